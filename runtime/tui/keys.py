"""Every command of the dashboard, once: its keys, the word in the last lines, its place in the palette, its help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.binding import Binding

from runtime.tui.line import Line, Part, packed, part


@dataclass(frozen=True, slots=True)
class Command:
    """Something that the user can do.

    Attributes:
        keys: as Textual names them, comma-separated.
        shown: the keys as they are told to people.
        action: the method `action_...` of the dashboard.
        word: in the last lines of the screen; empty when it is not shown there.
        help: one sentence.
        listed: stands in the command palette.
    """

    keys: str
    shown: str
    action: str
    word: str
    help: str
    listed: bool = True


COMMANDS: tuple[Command, ...] = (
    Command("space", "space", "pause", "pause", "Pause, or go on."),
    Command("full_stop", ".", "step", "step", "Let one frame through while paused."),
    Command("b", "b", "bypass", "bypass", "Let frames pass the chosen node by, or through it again."),
    Command("enter", "enter", "detail", "node", "Everything about the chosen node; change its settings there."),
    Command("s", "s", "set", "set", "Change a setting, written as for --set: node.setting=value."),
    Command("plus,equals_sign", "+", "quality(1)", "ladder", "One step up the ladder of quality."),
    Command("minus", "-", "quality(-1)", "", "One step down the ladder of quality."),
    Command("f", "f", "face", "face", "Swap to the face in another picture."),
    Command("p", "p", "picture", "picture", "Save the last presented picture."),
    Command("r", "r", "reload", "reload", "Read the graph file again."),
    Command("w", "w", "save", "save", "Write changed settings into the graph file; comments stay."),
    Command("l", "l", "log", "log", "The whole log; there, v chooses the least level that is shown."),
    Command("question_mark,h,f1", "? h", "help", "help", "This page."),
    Command("ctrl+p", "ctrl+p", "command_palette", "", "All commands by name.", listed=False),
    Command(
        "ctrl+z", "ctrl+z", "suspend_process", "",
        "Give the terminal back until fg, while the run goes on; not on Windows, not with --inline.", listed=False,
    ),
    Command("up,k", "up k", "move(-1)", "", "Choose the node above.", listed=False),
    Command("down,j", "down j", "move(1)", "", "Choose the node below.", listed=False),
    Command(
        "q,ctrl+q,ctrl+c", "q", "quit", "quit",
        "Stop in order and leave; a file that is not finished asks first. A second q ends at once.",
    ),
)  # fmt: skip


def bindings() -> list[Binding]:
    """Returns the commands as Textual's bindings."""
    return [Binding(item.keys, item.action, item.word or item.help, show=bool(item.word)) for item in COMMANDS]


def key_lines(width: int) -> list[Line]:
    """Returns the keys and their words, in as many lines as they need."""
    lines: list[list[Part]] = [[]]
    for item in _parts():
        if lines[-1] and sum(other.width + 2 for other in lines[-1]) + item.width > width:
            lines.append([])
        lines[-1].append(item)
    return [packed(parts, width) for parts in lines]


def few_keys(width: int) -> Line:
    """Returns the keys that have room in one line; help and quit always have."""
    vital = ("help", "quit", "pause")
    ranked = [
        Part(item.pieces, 0 if item.pieces[1][0].strip() in vital else 1 + number)
        for number, item in enumerate(_parts())
    ]
    return packed(ranked, width)


def hints(keys: Sequence[tuple[str, str]], width: int) -> Line:
    """Returns the keys of another screen."""
    return packed([part((key, "accent"), f" {word}") for key, word in keys], width)


def key_table() -> str:
    """Returns the table of keys as Markdown, for docs/dashboard.md."""
    rows = [f"| {' '.join(f'`{key}`' for key in item.shown.split())} | {item.help} |" for item in COMMANDS]
    return "\n".join(["| key | |", "| --- | --- |", *rows]) + "\n"


def _parts() -> Iterator[Part]:
    for item in COMMANDS:
        if item.word:
            key = "+ -" if item.word == "ladder" else item.shown.split()[0]
            yield part((key, "accent"), f" {item.word}")

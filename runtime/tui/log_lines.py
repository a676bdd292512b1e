"""The log as lines: time, level in a word, node, text, and how often. Keeps no more than fits a screen many times."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from runtime.tui.line import Line, Tone, clean, cropped, wrapped
from runtime.view import Level, LogLine

KEPT = 1000
_ROOMY = 8
"""Lines from which on the newest message may have several of them."""

LEVELS: tuple[Level, ...] = ("debug", "info", "warning", "error")
_TONES: dict[str, Tone] = {"debug": "quiet", "info": "plain", "warning": "warning", "error": "error"}


class Log:
    """The latest lines, in order."""

    def __init__(self) -> None:
        self.lines: dict[int, LogLine] = {}

    @property
    def last(self) -> int:
        """The index of the newest line, or -1."""
        return max(self.lines, default=-1)

    def add(self, lines: Iterable[LogLine]) -> None:
        """Takes new lines, and newer counts of old ones."""
        self.lines.update((line.index, line) for line in lines)
        for index in sorted(self.lines)[:-KEPT]:
            del self.lines[index]

    def at_least(self, level: Level) -> list[LogLine]:
        """Returns the lines of a level and above, oldest first."""
        least = LEVELS.index(level)
        return [self.lines[index] for index in sorted(self.lines) if LEVELS.index(self.lines[index].level) >= least]

    def tally(self) -> str:
        """Returns how many errors and warnings there are, repeated ones counted."""
        counts = dict.fromkeys(LEVELS, 0)
        for line in self.lines.values():
            counts[line.level] += line.count
        return ", ".join(f"{counts[level]} {level}{'s' * (counts[level] != 1)}" for level in ("error", "warning"))


def log_lines(lines: Sequence[LogLine], width: int, *, whole: bool) -> Iterator[Line]:
    """Yields a line of text for each; `whole` gives long texts the lines that they need."""
    for line in lines:
        stamp = time.strftime("%H:%M:%S ", time.localtime(line.time))
        node = f"{clean(line.node)}: " if line.node else ""
        often = f" (x{line.count})" if line.count > 1 else ""
        head = f"{stamp}{line.level:<7} "
        tone = _TONES[line.level]
        if not whole:
            first, *more = line.text.split("\n")
            told = f"{node}{clean(first)}{' …' * bool(more)}"
            yield _short(head, told, often, width, tone)
            continue
        for number, text in enumerate(wrapped(node + line.text + often, max(8, width - len(head)))):
            stamp_tone: Tone = "quiet" if tone == "plain" else tone
            yield cropped(Line(((head if not number else " " * len(head), stamp_tone), (text, tone))), width)


def board_lines(lines: Sequence[LogLine], width: int, height: int) -> Iterator[Line]:
    """Yields a line of text for each; all lines of the newest one where half of a roomy height is enough for them."""
    yield from log_lines(lines[:-1], width, whole=False)
    whole = list(log_lines(lines[-1:], width, whole=True))
    roomy = height >= _ROOMY and len(whole) <= height // 2
    yield from whole if roomy else log_lines(lines[-1:], width, whole=False)


def _short(head: str, told: str, often: str, width: int, tone: Tone) -> Line:
    text = cropped(Line(((told, tone),)), max(8, width - len(head) - len(often)))
    return cropped(Line(((head, "quiet" if tone == "plain" else tone), *text.pieces, (often, tone))), width)

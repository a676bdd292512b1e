"""Asks for a line of text: a setting, or a file. What the engine refuses can be mended at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import islice
from os.path import commonprefix
from pathlib import Path
from typing import ClassVar
from weakref import WeakSet

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key
from textual.widgets import Input

from runtime.tui.keys import hints
from runtime.tui.line import Line, clean, cropped, wrapped
from runtime.tui.panel import Panel
from runtime.tui.scene_screen import Overlay
from runtime.view import Refused

Complete = Callable[[str], Sequence[str]]
"""Returns what a text could be completed to."""

_SHOWN = 5
"""Completions that are shown."""

_LOOKED_AT = 2000
"""Entries of a folder that are looked at."""


class Prompt(Overlay):
    """A line of input; Tab completes, Enter sends, Escape leaves.

    Args:
        title: what is asked for.
        about: what it means and takes; a line each.
        text: to begin with.
        complete: finds completions.
        send: carries the text out; `answered` has to follow.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave", priority=True),
        Binding("tab", "complete", "complete", priority=True),
    ]
    DEFAULT_CSS = """
    Prompt Input, Prompt Input:focus { border: none; height: 1; padding: 0; margin: 0; background: $boost; }
    """

    def __init__(
        self, title: str, about: Sequence[str], text: str, complete: Complete, send: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._title, self._about, self._text = title, about, text
        self._complete, self._send = complete, send
        self._heard: WeakSet[Key] = WeakSet()

    def compose(self) -> ComposeResult:
        """Makes the parts."""
        with Vertical():
            yield Panel(id="about")
            yield Input(self._text, id="input", select_on_focus=False)
            yield Panel(id="found")
            yield Panel(id="error")
            yield Panel(id="hints")

    def on_resize(self) -> None:
        """Lays out anew."""
        width = self._width
        title = [Line(((line, "strong"),)) for line in wrapped(self._title, width)]
        about = [Line(((line, "quiet"),)) for text in self._about if text for line in wrapped(text, width)]
        self.query_one("#about", Panel).show(title + about)
        self.query_one("#hints", Panel).show(
            [hints([("enter", "send"), ("tab", "complete"), ("escape", "leave")], width)]
        )
        self._show_found(self.query_one(Input).value)

    def on_key(self, event: Key) -> None:
        """Notes what was typed here, and gives what the field was not ready for to the field."""
        self._heard.add(event)
        if self.focused is None:
            event.stop()
            self.type_again(event)

    def missed(self, event: Key) -> bool:
        """Returns whether a key went to another screen, because this one was only about to open."""
        return event not in self._heard

    def type_again(self, event: Key) -> None:
        """Gives a key to the field that it was meant for: on a busy machine people type ahead."""
        self.set_focus(self.query_one(Input))
        self.app.post_message(Key(event.key, event.character))

    @property
    def _width(self) -> int:
        return max(10, min(100, self.size.width * 9 // 10) - 6)

    @on(Input.Changed)
    def changed(self, event: Input.Changed) -> None:
        """Shows what the text could become."""
        self._show_found(event.value)
        self.query_one("#error", Panel).show([])

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """Sends the text."""
        event.stop()
        if event.value.strip():
            self._send(event.value.strip())

    def answered(self, refused: Refused | None) -> None:
        """Leaves, or shows why the text was refused."""
        if refused is None:
            self.action_leave()
            return
        lines = [line for text in (refused.message, refused.help) if text for line in wrapped(text, self._width)]
        self.query_one("#error", Panel).show([Line(((line, "error"),)) for line in lines])

    def action_leave(self) -> None:
        """Leaves without sending."""
        if self.is_current:
            self.app.pop_screen()

    def action_complete(self) -> None:
        """Completes as far as all completions agree, or to the first of them."""
        field = self.query_one(Input)
        found = list(self._complete(field.value))
        if not found:
            return
        common = commonprefix(found)  # noqa: RUF071 - letters are completed, not whole folders
        field.value = common if len(common) > len(field.value) else found[0]
        field.cursor_position = len(field.value)

    def _show_found(self, text: str) -> None:
        found = [item for item in self._complete(text) if item != text]
        lines = [cropped(Line(((f"  {clean(item)}", "accent"),)), self._width) for item in found[:_SHOWN]]
        more = len(found) - _SHOWN
        self.query_one("#found", Panel).show([*lines, *([Line(((f"  {more} more", "quiet"),))] if more > 0 else [])])


def starting_with(choices: Sequence[str]) -> Complete:
    """Completes to one of some texts."""
    return lambda text: [choice for choice in choices if choice.casefold().startswith(text.casefold())]


def files(text: str) -> list[str]:
    """Completes paths; folders end with a slash. Hidden entries are told where the text asks for them."""
    head, name = os.path.split(text)
    folder = Path(head or ".").expanduser()
    try:
        with os.scandir(folder) as entries:
            found = [
                os.path.join(head, entry.name) + ("/" if entry.is_dir() else "")  # noqa: PTH118 - keeps `~` and `./`
                for entry in islice(entries, _LOOKED_AT)
                if entry.name.startswith(name) and entry.name.startswith(".") <= name.startswith(".")
            ]
    except OSError:
        return []
    return sorted(found)

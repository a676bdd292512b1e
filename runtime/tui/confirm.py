"""Asks before a file is left unfinished."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from runtime.tui.keys import hints
from runtime.tui.line import Line, wrapped
from runtime.tui.panel import Panel
from runtime.tui.scene_screen import Overlay


class Confirm(Overlay):
    """A question that is answered with y or n; a second q means yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,q,ctrl+c,ctrl+q", "agree", "yes", priority=True),
        Binding("n,escape", "leave", "no", priority=True),
    ]

    def __init__(self, question: str, then: Callable[[], None]) -> None:
        super().__init__()
        self._question, self._then = question, then

    def compose(self) -> ComposeResult:
        """Makes the parts."""
        with Vertical():
            yield Panel(id="words")

    def on_resize(self) -> None:
        """Lays out anew."""
        width = max(10, min(100, self.size.width * 9 // 10) - 6)
        words = [Line(((line, "strong"),)) for line in wrapped(self._question, width)]
        self.query_one("#words", Panel).show([*words, hints([("y", "stop"), ("n", "go on")], width)])

    def action_agree(self) -> None:
        """Does it."""
        self.app.pop_screen()
        self._then()

    def action_leave(self) -> None:
        """Does nothing."""
        self.app.pop_screen()

"""A page of text that can be moved: the help, and answers that are too long for the main screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from runtime.tui.keys import hints
from runtime.tui.line import Line, wrapped
from runtime.tui.pane import Pane
from runtime.tui.panel import Panel
from runtime.tui.scene import Scene
from runtime.tui.scene_screen import SceneScreen


class Page(SceneScreen):
    """Shows lines.

    Args:
        scene: what is known.
        lines: returns the lines for a width.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,h,f1,enter", "app.back", "back"),
        Binding("up,k", "scroll(-1)", "up"),
        Binding("down,j", "scroll(1)", "down"),
        Binding("pageup", "scroll(-10)", "page up"),
        Binding("pagedown,space", "scroll(10)", "page down"),
    ]
    DEFAULT_CSS = "Page > Pane { height: 1fr; }"

    def __init__(self, scene: Scene, lines: Callable[[int], Iterable[Line]]) -> None:
        super().__init__(scene)
        self._lines = lines

    def compose(self) -> ComposeResult:
        """Makes the parts."""
        yield Pane(id="page")
        yield Panel(id="hints")

    def draw(self) -> None:
        """Shows the page."""
        width = self.size.width
        self.query_one("#page", Pane).show_all(list(self._lines(width)))
        self._hint()

    def action_scroll(self, by: int) -> None:
        """Moves by lines."""
        self.query_one("#page", Pane).move(by)
        self._hint()

    def _hint(self) -> None:
        """Shows the keys, and how many lines there are further down."""
        below = self.query_one("#page", Pane).beyond[1]
        keys = [("escape", "back"), ("up down", "move"), *[(f"↓{below}", "more lines")] * bool(below)]
        self.query_one("#hints", Panel).show([hints(keys, self.size.width)])


def told(title: str, text: str) -> Callable[[int], Iterator[Line]]:
    """Returns the lines of a text below a title."""

    def lines(width: int) -> Iterator[Line]:
        yield Line(((title, "strong"),))
        yield from (Line(((line, "plain"),)) for line in wrapped(text, width))

    return lines

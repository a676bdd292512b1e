"""A panel with more lines than it has room for: shows a part of them, and keeps a chosen line or the end in sight."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message

from runtime.tui.line import Line
from runtime.tui.panel import Panel


class Pane(Panel):
    """A window onto lines; a wheel moves it, a click tells which line was meant."""

    class Picked(Message):
        """A line was clicked."""

        def __init__(self, pane: Pane, index: int) -> None:
            super().__init__()
            self.pane, self.index = pane, index

        @property
        def control(self) -> Pane:
            """The pane that was clicked."""
            return self.pane

    def __init__(self, id: str | None = None, *, ends: bool = False) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._all: tuple[Line, ...] = ()
        self._top = 0
        self._ends = self._follows = ends

    @property
    def room(self) -> int:
        """Lines that can be seen at a time."""
        height = self.styles.height
        fixed = int(height.value) if height is not None and height.is_cells else 0  # known before it is laid out
        return max(1, fixed or self.size.height)

    @property
    def beyond(self) -> tuple[int, int]:
        """How many lines there are above and below those that can be seen."""
        return self._top, max(0, len(self._all) - self._top - self.room)

    def show_all(self, lines: Sequence[Line], keep: tuple[int, int] | None = None) -> None:
        """Takes all lines; those from the first to the last of `keep` stay in sight, as does the end if followed."""
        self._all = tuple(lines)
        if keep is not None:
            first, last = keep
            self._top = min(max(self._top, last - self.room + 1), first)
        elif self._follows:
            self._top = len(self._all)
        self._draw()

    def move(self, by: int) -> None:
        """Moves the window; what was following the end does so again once it is back there."""
        self._top += by
        self._draw()
        self._follows = self._ends and not self.beyond[1]

    def _draw(self) -> None:
        self._top = max(0, min(self._top, len(self._all) - self.room))
        self.show(self._all[self._top : self._top + self.room])

    def on_resize(self) -> None:
        """Shows as many lines as there is room for now."""
        self._draw()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Shows earlier lines."""
        event.stop()
        self.move(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Shows later lines."""
        event.stop()
        self.move(3)

    def on_click(self, event: events.Click) -> None:
        """Tells which line was clicked."""
        self.post_message(self.Picked(self, self._top + event.y))

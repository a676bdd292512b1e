"""A widget that shows lines and draws anew only those that changed.

Measured beside tables and sparklines of Textual's own (8 nodes, four times a second), one such widget costs the least
processor time and disturbs the engine's threads least.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from runtime.tui.line import TONES, Line, difference


class Panel(Widget):
    """Lines of toned text; colours come from the theme's variables only."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"panel--chosen", *(f"panel--{tone}" for tone in TONES)}
    DEFAULT_CSS = """
    Panel { height: auto; width: 1fr; }
    Panel .panel--plain { color: $foreground; }
    Panel .panel--quiet { color: $text-muted; }
    Panel .panel--strong { color: $foreground; text-style: bold; }
    Panel .panel--good { color: $text-success; text-style: bold; }
    Panel .panel--warning { color: $text-warning; }
    Panel .panel--error { color: $text-error; text-style: bold; }
    Panel .panel--accent { color: $text-accent; }
    Panel .panel--chosen { background: $panel; }
    """

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.lines: tuple[Line, ...] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Shows these lines; only those that differ are drawn, and only their parts that differ are sent."""
        before, self.lines = self.lines, tuple(lines)
        if len(before) != len(self.lines):
            if self.styles.height is None or self.styles.height.is_auto:
                self.refresh(layout=True)
            else:
                self.refresh()
            return
        width = self.size.width
        pairs = enumerate(zip(before, self.lines, strict=True))
        spans = [(y, difference(old, new, width)) for y, (old, new) in pairs if old != new]
        if spans:
            self.refresh(*(Region(start, y, end - start, 1) for y, (start, end) in spans))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:  # noqa: ARG002
        """Returns the number of lines."""
        return len(self.lines)

    def render_line(self, y: int) -> Strip:
        """Draws one line."""
        width = self.size.width
        base = self.visual_style.rich_style
        if y >= len(self.lines):
            return Strip.blank(width, base)
        line = self.lines[y]
        if line.chosen:
            base += Style(bgcolor=self.get_component_rich_style("panel--chosen").bgcolor)
        segments = [Segment(text, self._style(tone) + Style(bgcolor=base.bgcolor)) for text, tone in line.pieces]
        return Strip(segments).simplify().adjust_cell_length(width, base)

    def _style(self, tone: str) -> Style:
        return self.get_visual_style(f"panel--{tone}").rich_style

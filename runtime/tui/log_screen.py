"""The whole log: long texts in full, from a level on."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from runtime.tui.keys import hints
from runtime.tui.line import Line
from runtime.tui.log_lines import LEVELS, log_lines
from runtime.tui.pane import Pane
from runtime.tui.panel import Panel
from runtime.tui.scene import Scene
from runtime.tui.scene_screen import SceneScreen
from runtime.view import Level


class LogScreen(SceneScreen):
    """Follows the end of the log unless the user has moved up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l,escape", "app.back", "back"),
        Binding("v", "level", "level"),
        Binding("up,k", "scroll(-1)", "up"),
        Binding("down,j", "scroll(1)", "down"),
        Binding("pageup", "page(-1)", "page up"),
        Binding("pagedown", "page(1)", "page down"),
        Binding("home", "scroll(-100000)", "start"),
        Binding("end", "scroll(100000)", "end"),
    ]
    DEFAULT_CSS = "LogScreen > Pane { height: 1fr; }"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._level: Level = "info"

    def compose(self) -> ComposeResult:
        """Makes the parts."""
        yield Panel(id="title")
        yield Pane(id="lines", ends=True)
        yield Panel(id="hints")

    def draw(self) -> None:
        """Shows the log."""
        width, log = self.size.width, self.scene.log
        words = f"{log.tally()}  shown: {self._level} and above"
        self.query_one("#title", Panel).show([Line((("Log  ", "strong"), (words, "quiet")))])
        pane = self.query_one("#lines", Pane)
        pane.show_all(list(log_lines(log.at_least(self._level), width, whole=True)))
        keys = [("l", "back"), ("v", "level"), ("up down", "move"), ("end", "newest")]
        self.query_one("#hints", Panel).show([hints(keys, width)])

    def action_level(self) -> None:
        """Goes on to the next level."""
        self._level = LEVELS[(LEVELS.index(self._level) + 1) % len(LEVELS)]
        self.draw()

    def action_scroll(self, by: int) -> None:
        """Moves by lines."""
        self.query_one("#lines", Pane).move(by)

    def action_page(self, by: int) -> None:
        """Moves by screens."""
        pane = self.query_one("#lines", Pane)
        pane.move(by * max(1, pane.room - 1))

"""One node on a screen of its own; its settings can be changed there."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from runtime.tui.answer import answer_lines
from runtime.tui.detail_lines import about, histogram_lines, setting_help, setting_lines
from runtime.tui.keys import hints
from runtime.tui.line import Line
from runtime.tui.pane import Pane
from runtime.tui.panel import Panel
from runtime.tui.scene import Scene
from runtime.tui.scene_screen import SceneScreen
from runtime.view import SettingView

_HELP_SHARE = 6
"""What a setting does may take the sixth part of the lines."""

_SETTINGS = 6
"""Settings that are in sight before the spread of times gets lines."""

_LOW = 12
"""Lines of a terminal up to which little is said about the node itself."""


class DetailScreen(SceneScreen):
    """The chosen node; left and right go on to its neighbours.

    Args:
        scene: what is known.
        change: opens the question for a setting's new value.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.back", "back"),
        Binding("enter,s", "change", "change"),
        Binding("up,k", "choose(-1)", "setting above"),
        Binding("down,j", "choose(1)", "setting below"),
        Binding("left", "node(-1)", "node before"),
        Binding("right", "node(1)", "node after"),
    ]
    DEFAULT_CSS = "DetailScreen > #hints { dock: bottom; }"

    def __init__(self, scene: Scene, change: Callable[[SettingView], None]) -> None:
        super().__init__(scene)
        self._change = change
        self._setting = 0

    def compose(self) -> ComposeResult:
        """Makes the parts."""
        yield Panel(id="about")
        yield Panel(id="title")
        yield Pane(id="settings")
        yield Panel(id="setting")
        yield Panel(id="times")
        yield Panel(id="answer")
        yield Panel(id="hints")

    def draw(self) -> None:
        """Shows the node."""
        width, height, node = self.size.width, self.size.height, self.scene.node
        if node is None:
            return
        self._setting = max(0, min(self._setting, len(node.settings) - 1))
        row = self.scene.row(node)
        head = about(row, width)
        head = head if height > _LOW else head[:3]
        answer = answer_lines(self.scene, width, 2)
        told = setting_help(node, self._setting, width, max(2, height // _HELP_SHARE))
        room = height - len(head) - len(answer) - len(told) - 2
        times = histogram_lines(row.now, width, room - min(_SETTINGS, len(node.settings)))
        self.query_one("#about", Panel).show(head)
        self.query_one("#title", Panel).show([Line((("Settings" if node.settings else "No settings", "strong"),))])
        pane = self.query_one("#settings", Pane)
        pane.styles.height = max(0, min(room - len(times), len(node.settings)))
        pane.show_all(setting_lines(node, self._setting, width), keep=(self._setting, self._setting))
        self.query_one("#setting", Panel).show(told)
        self.query_one("#times", Panel).show(times)
        self.query_one("#answer", Panel).show(answer)
        keys = [
            ("enter", "change"),
            ("up down", "setting"),
            ("left right", "node"),
            ("b", "bypass"),
            ("escape", "back"),
        ]
        self.query_one("#hints", Panel).show([hints(keys, width)])

    def action_choose(self, by: int) -> None:
        """Moves among the settings."""
        self._setting += by
        self.draw()

    def action_node(self, by: int) -> None:
        """Goes on to another node."""
        self.scene.move(by)
        self._setting = 0
        self.draw()

    def action_change(self) -> None:
        """Asks for a new value of the chosen setting."""
        if self.scene.node is not None and self.scene.node.settings:
            self._change(self.scene.node.settings[self._setting])

    def on_pane_picked(self, event: Pane.Picked) -> None:
        """Chooses the setting that was clicked."""
        event.stop()
        self._setting = event.index
        self.draw()

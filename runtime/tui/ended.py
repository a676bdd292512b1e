"""Says that the engine has ended: how, with which exit code, and what it said last."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from runtime.tui.keys import hints
from runtime.tui.line import Line, wrapped
from runtime.tui.log_lines import log_lines
from runtime.tui.panel import Panel
from runtime.tui.scene import Scene
from runtime.tui.scene_screen import Overlay

_LAST_LINES = 5


class EndScreen(Overlay):
    """Lies over the last figures until the user leaves.

    Args:
        scene: what was known last.
        words: what the engine, or whoever watched it, said last.
        exit_code: of the run.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,escape,enter,ctrl+c,ctrl+q", "leave", "leave", priority=True)]

    def __init__(self, scene: Scene, words: str, exit_code: int) -> None:
        super().__init__()
        self._scene, self._words, self._exit_code = scene, words, exit_code

    def compose(self) -> ComposeResult:
        """Makes the parts."""
        with Vertical():
            yield Panel(id="words")
            yield Panel(id="hints")

    def on_resize(self) -> None:
        """Lays out anew."""
        width = max(10, min(100, self.size.width * 9 // 10) - 6)
        lines = [Line((("The engine has ended", "error"), (f"  exit code {self._exit_code}", "plain")))]
        lines += [Line(((line, "plain"),)) for line in wrapped(self._words, width)][: max(1, self.size.height - 12)]
        latest = self._scene.log.at_least("warning")[-_LAST_LINES:]
        if latest:
            lines += [Line(), Line((("Last in the log", "strong"),)), *log_lines(latest, width, whole=False)]
        self.query_one("#words", Panel).show(lines[: max(3, self.size.height - 6)])
        self.query_one("#hints", Panel).show([hints([("q", "leave")], width)])

    def action_leave(self) -> None:
        """Leaves the dashboard."""
        self.app.exit(self._exit_code)

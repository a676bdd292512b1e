"""Keys, marks and words of the dashboard, explained."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from runtime.tui.charts import WORK
from runtime.tui.keys import COMMANDS, hints
from runtime.tui.line import Line, wrapped
from runtime.tui.node_rows import BOTTLENECK, CURSOR
from runtime.tui.pane import Pane
from runtime.tui.panel import Panel
from runtime.tui.scene_screen import SceneScreen

MARKS = (
    (CURSOR, "the chosen node"),
    (BOTTLENECK, "sets the pace: nothing gets faster unless this does"),
    ("▼ ● ■", "a source, a node, a sink; lines are what flows between them"),
    (WORK["working"], "share of time at work"),
    (WORK["runnable"], "share of time in which other nodes of the same thread had their turn"),
    (WORK["waiting"], "share of time without input: look upstream"),
    (WORK["blocked"], "share of time held up by what comes behind: look downstream"),
)
WORDS = (
    ("Age", "from capture to presentation, over the latest frames"),
    ("drops", "frames that a newer one replaced before any work was done on them"),
    ("skipped", "frames lost because a node raised an error"),
    ("held", "the last good picture was shown instead of a frame that was not covered"),
    ("blurred", "faces, or the whole picture, were blurred instead"),
    ("withheld", "a sink refused a frame because a face in it was not covered"),
    ("credits", "frames under way, and the most that may be"),
    ("cpu", "cores that dlc keeps busy"),
    ("sound delay", "set this for the microphone in OBS, so that lips and voice fit"),
    ("hits", "times that work was not done again"),
)


class HelpScreen(SceneScreen):
    """One page that can be moved."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,h,f1,enter", "app.back", "back"),
        Binding("up,k", "scroll(-1)", "up"),
        Binding("down,j", "scroll(1)", "down"),
        Binding("pageup", "scroll(-10)", "page up"),
        Binding("pagedown,space", "scroll(10)", "page down"),
    ]
    DEFAULT_CSS = "HelpScreen > Pane { height: 1fr; }"

    def compose(self) -> ComposeResult:
        """Makes the parts."""
        yield Pane(id="page")
        yield Panel(id="hints")

    def draw(self) -> None:
        """Shows the page."""
        width = self.size.width
        self.query_one("#page", Pane).show_all(list(help_lines(width)))
        self.query_one("#hints", Panel).show([hints([("escape", "back"), ("up down", "move")], width)])

    def action_scroll(self, by: int) -> None:
        """Moves by lines."""
        self.query_one("#page", Pane).move(by)


def help_lines(width: int) -> Iterator[Line]:
    """Yields the page."""
    tables = (("Keys", [(item.shown, item.help) for item in COMMANDS]), ("Marks", MARKS), ("Words", WORDS))
    for title, rows in tables:
        yield Line(((title, "strong"),))
        for term, text in rows:
            for number, line in enumerate(wrapped(text, max(10, width - 15))):
                yield Line((((" " * 15 if number else f"  {term:<13}"), "accent"), (line, "plain")))
        yield Line()

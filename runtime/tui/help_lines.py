"""Keys, marks and words of the dashboard, explained."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.tui.charts import WORK
from runtime.tui.keys import COMMANDS
from runtime.tui.line import Line, wrapped
from runtime.tui.node_rows import BOTTLENECK, CURSOR

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


def help_lines(width: int) -> Iterator[Line]:
    """Yields the page."""
    tables = (("Keys", [(item.shown, item.help) for item in COMMANDS]), ("Marks", MARKS), ("Words", WORDS))
    for title, rows in tables:
        yield Line(((title, "strong"),))
        for term, text in rows:
            for number, line in enumerate(wrapped(text, max(10, width - 15))):
                yield Line((((" " * 15 if number else f"  {term:<13}"), "accent"), (line, "plain")))
        yield Line()

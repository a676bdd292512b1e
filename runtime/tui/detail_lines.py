"""Everything about one node as lines: what it is, its figures, its settings, how its times are spread."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from runtime.tui import amounts
from runtime.tui.charts import histogram, sparkline, work_bar
from runtime.tui.line import Line, Part, Piece, clean, cropped, packed, padded, part, shortened, wrapped
from runtime.tui.node_rows import BOTTLENECK, CURSOR, NodeRow, counters, origin
from runtime.tui.selected import runs_on
from runtime.view import NodeNow, NodeView
from runtime.words import changes

HOW = {
    "live": "changes at once",
    "rebuilds": "a change rebuilds the node, while the run goes on",
    "new run": "changes only with a new run",
}
"""What `changes` means, in a sentence."""

_TITLE = 7
"""Columns of the words that lines begin with."""


def about(row: NodeRow, width: int) -> list[Line]:
    """Returns what a node is and how it does."""
    view, now = row.view, row.now
    head = [
        part((clean(view.name), "strong"), f"  {clean(view.type)}"),
        part((f"{BOTTLENECK} sets the pace", "warning") if row.bottleneck else ""),
        part(("bypassed", "warning") if now.bypassed else ""),
        part((clean(view.summary), "quiet"), rank=1),
    ]
    lines = [packed(head, width), *_takes(view, width), packed(_times(now), width)]
    lines += [packed(_counts(now), width), packed(_shares(now), width)]
    if told := counters(now):
        lines.append(cropped(Line((("Counts   ", "strong"), (told, "plain"))), width))
    room = max(10, min(60, width - 50))
    past = [*row.past][-room:]
    trend = part((sparkline(past, room), "accent"))
    lines.append(packed([_title("Trend"), trend, part((_span(past), "quiet"), rank=1)], width))
    return lines


def setting_lines(node: NodeView, chosen: int, width: int) -> list[Line]:
    """Returns a line for each setting of a node."""
    settings = node.settings
    name = min(24, max((cell_len(clean(item.name)) for item in settings), default=0))
    value = max(10, min(40, width // 3))
    return [
        cropped(
            Line(
                (
                    (f"{CURSOR if number == chosen else ' '} ", "strong"),
                    (padded(clean(item.name), name), "strong"),
                    ("  " + padded(clean(item.value), value), "plain" if item.value == item.default else "accent"),
                    (f"  {changes(live=item.live, end=node.end):<8}  ", "good" if item.live else "quiet"),
                    (clean(item.type), "quiet"),
                ),
                number == chosen,
            ),
            width,
        )
        for number, item in enumerate(settings)
    ]


def setting_help(node: NodeView, chosen: int, width: int, height: int) -> list[Line]:
    """Returns what a setting of a node does, its default and what it takes."""
    if not node.settings:
        return []
    item = node.settings[chosen]
    takes = ", ".join(word for word in (item.type, item.unit) if word)
    default = f"default {item.default}" if item.default else "no default"
    how = HOW[changes(live=item.live, end=node.end)]
    does = item.help.rstrip(".") or "no description"
    text = f"{item.name}: {does}. {default.capitalize()}; {how}. Takes {takes or 'anything'}."
    return shortened((Line(((line, "plain"),)) for line in wrapped(text, width)), height, width)


def histogram_lines(now: NodeNow, width: int, height: int) -> list[Line]:
    """Returns how the times of the latest calls are spread; the rarest ends are left out where there is no room."""
    rows = histogram(now.histogram, max(6, min(40, width - 24)))
    if not rows or height < 2:
        return []
    lines = [cropped(Line((("Times of the latest calls", "strong"),)), width)]
    room = height - 1
    first = max(
        range(max(1, len(rows) - room + 1)), key=lambda start: sum(row[2] for row in rows[start : start + room])
    )
    for name, bar, count in rows[first : first + room]:
        lines.append(cropped(Line(((f"{name:>12} ", "quiet"), (bar, "accent"), (f" {count}", "plain"))), width))
    return lines


def _takes(view: NodeView, width: int) -> list[Line]:
    """Returns where a node's inputs come from, in at most two lines."""
    inputs = ", ".join(f"{item.port}: {item.kind} from {origin(item)}" for item in view.inputs) or "nothing"
    first, *more = wrapped(inputs, max(8, width - _TITLE - 2))
    lines = [("Takes", first), *(("", words) for words in more)]
    return shortened((packed([_title(word), part(words)], width) for word, words in lines), 2, width)


def _times(now: NodeNow) -> list[Part]:
    told = (("p50", now.p50), ("p95", now.p95), ("p99", now.p99))
    parts = [part((f"{name} ", "quiet"), amounts.milliseconds(value)) for name, value in told]
    return [_title("Time"), *parts, part(("ms", "quiet")), part(("on ", "quiet"), runs_on(now))]


def _span(past: Sequence[float]) -> str:
    """Returns between which times a trend lies."""
    if not past:
        return ""
    least, most = (amounts.milliseconds(value) for value in (min(past), max(past)))
    return f"{least} to {most} ms, newest right"


def _counts(now: NodeNow) -> list[Part]:
    return [
        _title("Frames"),
        part(f"{amounts.rate(now.fps)} fps"),
        part(("calls ", "quiet"), amounts.count(now.calls)),
        part(("errors ", "quiet"), (amounts.count(now.errors), amounts.bad(now.errors, "error"))),
        part(("skipped ", "quiet"), (amounts.count(now.skipped), amounts.bad(now.skipped, "warning"))),
    ]


def _shares(now: NodeNow) -> list[Part]:
    names = ("working", "runnable", "waiting", "blocked")
    words: tuple[Piece, ...] = tuple((f"{name} {amounts.percent(getattr(now, name))}  ", "plain") for name in names)
    return [_title("Spent"), part(*words), Part(work_bar(now, 20), 1)]


def _title(word: str) -> Part:
    return part((f"{word:<{_TITLE}}", "strong"))

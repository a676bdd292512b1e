"""The nodes of a graph as lines: rails, names, and as many figures as the terminal has room for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len

from runtime.rails import Cell
from runtime.tui import amounts
from runtime.tui.charts import sparkline, work_bar
from runtime.tui.line import Line, Piece, clean, cropped, padded
from runtime.view import InputView, NodeNow, NodeView

BOTTLENECK = "◆"
CURSOR = ">"
_SAVED = ("hits", "reuses")
"""Counters that tell of work that was not done again."""


@dataclass(frozen=True, slots=True)
class NodeRow:
    """What there is to say about a node.

    Attributes:
        view, now: the node, and its figures.
        past: how long its calls took of late, ms.
        rails, below: the rails beside it, and beside further lines about it.
        bottleneck: whether it sets the pace.
    """

    view: NodeView
    now: NodeNow
    past: Sequence[float] = ()
    rails: tuple[Cell, ...] = ()
    below: tuple[Cell, ...] = ()
    bottleneck: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column; of those without room the highest ranks give way first, rank 0 never.

    Attributes:
        least: columns that it needs.
        most: columns that it makes use of where there is room.
    """

    heading: str
    rank: int
    least: int
    most: int
    cell: Callable[[NodeRow, int], tuple[Piece, ...]] = field(compare=False)
    right: bool = False


Columns = Sequence[tuple[Column, int]]
"""Columns from left to right, each with its width."""


def layout(rows: Sequence[NodeRow], width: int, gutter: int, *, tall: bool = False) -> list[tuple[Column, int]]:
    """Returns the columns that have room, each with its width; `tall` when second lines tell what runs a node."""
    room = width - 2 - (gutter + 1 if gutter else 0)
    kept = _columns(rows, with_placement=not tall)
    while kept and sum(column.least + 1 for column in kept) - 1 > room and any(column.rank for column in kept):
        kept.remove(max(kept, key=lambda column: column.rank))
    left = max(0, room - sum(column.least + 1 for column in kept) + 1)
    widths = {column.heading: column.least for column in kept}
    for column in sorted(kept, key=lambda column: column.rank):
        more = min(left, column.most - column.least)
        widths[column.heading] += more
        left -= more
    return [(column, widths[column.heading]) for column in kept]


def heading_line(columns: Columns, width: int, gutter: int, above: int = 0, below: int = 0) -> Line:
    """Returns the headings of the columns, and how many lines there are above and below those in sight."""
    words = " ".join(padded(column.heading, room, right=column.right) for column, room in columns)
    more = f"↑{above}" * bool(above) + f"↓{below}" * bool(below)
    line = Line(((padded(more, 2 + (gutter + 1 if gutter else 0)), "accent"), (words, "quiet")))
    return cropped(line, width)


def row_line(row: NodeRow, columns: Columns, width: int, gutter: int, *, chosen: bool) -> Line:
    """Returns the first line about a node."""
    marks: list[Piece] = [
        (CURSOR if chosen else " ", "strong"),
        (BOTTLENECK if row.bottleneck else " ", "warning"),
        *_gutter(row.rails, gutter),
    ]
    for number, (column, room) in enumerate(columns):
        if number:
            marks.append((" ", "plain"))
        marks += column.cell(row, room)
    return cropped(Line(tuple(marks), chosen), width)


def second_line(row: NodeRow, width: int, gutter: int, *, chosen: bool) -> Line:
    """Returns a further line about a node: where its inputs come from, what really runs it, what it counts."""
    words = "  ".join(word for word in (origins(row.view), clean(row.now.placement), counters(row.now)) if word)
    pieces: tuple[Piece, ...] = (("  ", "plain"), *_gutter(row.below, gutter), ("  " + words, "quiet"))
    return cropped(Line(pieces, chosen), width)


def origins(node: NodeView) -> str:
    """Returns where a node's inputs come from."""
    names = dict.fromkeys(clean(origin(item)) for item in node.inputs)
    return f"from {', '.join(names)}" if names else ""


def origin(item: InputView) -> str:
    """Returns an output as graph files write it."""
    return f"{item.node}.{item.output}" if item.output else item.node


def counters(node: NodeNow) -> str:
    """Returns what a node counts."""
    return "  ".join(f"{clean(name)} {amounts.count(number)}" for name, number in node.counters.items())


def _columns(rows: Sequence[NodeRow], *, with_placement: bool) -> list[Column]:
    name, kind, device = (
        max(map(cell_len, words), default=0)
        for words in (
            [clean(row.view.name) for row in rows],
            [clean(row.view.type) for row in rows],
            [clean(row.now.device) for row in rows],
        )
    )
    placement = max((cell_len(clean(row.now.placement)) for row in rows), default=0)
    columns = [
        Column("node", 0, min(max(4, name), 12), max(4, min(name, 40)), _name),
        Column("type", 4, min(max(4, kind), 8), max(4, min(kind, 16)), _type),
        Column("device", 5, min(max(6, device), 8), max(6, min(device, 12)), _device),
        _number("fps", 1, lambda now: amounts.rate(now.fps)),
        _number("p50ms", 2, lambda now: amounts.milliseconds(now.p50)),
        _number("p95ms", 0, lambda now: amounts.milliseconds(now.p95)),
        _number("p99ms", 8, lambda now: amounts.milliseconds(now.p99)),
        Column("trend", 6, 8, 60, lambda row, width: ((sparkline(row.past, width), "plain"),)),
        Column("time", 3, 10, 24, _time),
        Column("err", 1, 4, 5, _errors, right=True),
        Column("hits", 7, 4, 5, _saved, right=True),
        Column("skip", 9, 4, 5, _skipped, right=True),
    ]
    if placement and with_placement:
        columns.append(Column("runs on", 10, min(placement, 20), min(placement, 48), _placement))
    return columns


def _number(heading: str, rank: int, text: Callable[[NodeNow], str]) -> Column:
    def cell(row: NodeRow, width: int) -> tuple[Piece, ...]:
        words = text(row.now) if row.now.calls else amounts.NONE
        return ((padded(words, width, right=True), "plain"),)

    return Column(heading, rank, 5, 5, cell, right=True)


def _name(row: NodeRow, width: int) -> tuple[Piece, ...]:
    return ((padded(clean(row.view.name), width), "strong"),)


def _type(row: NodeRow, width: int) -> tuple[Piece, ...]:
    return ((padded(clean(row.view.type), width), "plain"),)


def _device(row: NodeRow, width: int) -> tuple[Piece, ...]:
    return ((padded(clean(row.now.device), width), "plain"),)


def _placement(row: NodeRow, width: int) -> tuple[Piece, ...]:
    return ((padded(clean(row.now.placement), width), "quiet"),)


def _errors(row: NodeRow, width: int) -> tuple[Piece, ...]:
    return ((padded(amounts.short(row.now.errors), width, right=True), amounts.bad(row.now.errors, "error")),)


def _skipped(row: NodeRow, width: int) -> tuple[Piece, ...]:
    return ((padded(amounts.short(row.now.skipped), width, right=True), amounts.bad(row.now.skipped, "warning")),)


def _time(row: NodeRow, width: int) -> tuple[Piece, ...]:
    return ((padded("bypassed", width), "warning"),) if row.now.bypassed else work_bar(row.now, width)


def _saved(row: NodeRow, width: int) -> tuple[Piece, ...]:
    told = [row.now.counters[name] for name in _SAVED if name in row.now.counters]
    return ((padded(amounts.short(sum(told)) if told else "", width, right=True), "plain"),)


def _gutter(cells: Iterable[Cell], width: int) -> list[Piece]:
    if not width:
        return []
    return [("".join(glyph for glyph, _ in cells)[:width].ljust(width + 1), "quiet")]

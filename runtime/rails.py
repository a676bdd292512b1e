"""Where a graph's edges run beside a list of its nodes: one rail for each output that somebody still waits for.

Lays out rows of box-drawing characters, as logs of version control do. Knows no words and no colours.

    ▼        a node without inputs: a rail begins
    ├─╮      an edge leaves a rail that goes on
    │ ●      the node that it leads to, whose output goes on in its place
    ├─│─╮    an edge passes beneath another rail
    │ ╰─┤    an edge that is the last of its rail
    │   ●
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from runtime.graph import Graph, Origin
from runtime.node import Role

MARKERS: dict[Role, str] = {"source": "▼", "node": "●", "sink": "■"}
ASCII = str.maketrans("▼●■│─├┤┬╭╮╰╯", "v*#|-+++..''")
"""Stands in for the characters above where they cannot be written."""

Cell = tuple[str, str]
"""A character, and the kind that flows there; empty where nothing flows."""


@dataclass(frozen=True, slots=True)
class Joint:
    """A node as far as rails are concerned.

    Attributes:
        name: of the node.
        role: decides its marker.
        inputs: where each edge into it comes from, and the kind that flows along it, in the order of its ports.
        outputs: the name and the kind of each of its outputs.
    """

    name: str
    role: Role
    inputs: tuple[tuple[Origin, str], ...]
    outputs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A node, or an edge on its way into the next node.

    Attributes:
        node: the name of the node.
        edge: which of its inputs the row is about, or None where it is about the node itself.
        cells: the rails in this row.
        below: the rails that go on, for further lines of text about the subject.
    """

    node: str
    edge: int | None
    cells: tuple[Cell, ...]
    below: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class _Rail:
    """What occupies a lane: an output, or None for edges that have joined and reach their node next."""

    origin: Origin | None
    kind: str


def joints(graph: Graph) -> list[Joint]:
    """Returns the nodes of a checked graph, in its order."""
    edges = graph.edges()
    return [
        Joint(
            node.name,
            node.spec.role,
            tuple((edge.origin, edge.kind.__name__) for edge in edges if edge.to is node),
            tuple((output.name, output.kind.__name__) for output in node.spec.outputs),
        )
        for node in graph.nodes
    ]


def rail_rows(nodes: Sequence[Joint]) -> list[Row]:
    """Returns a row for each edge and each node: a node's inputs stand above it, in the order of its ports."""
    return list(_Layout(nodes).rows())


def folded_rows(nodes: Sequence[Joint]) -> list[Row]:
    """Returns a row for each node, the edges into it drawn in that row."""
    return [_folded(list(rows)) for _, rows in groupby(rail_rows(nodes), key=lambda row: row.node)]


class _Layout:
    """Walks the nodes in order and keeps which rail runs in which lane."""

    def __init__(self, nodes: Sequence[Joint]) -> None:
        self._nodes = nodes
        self._lanes: list[_Rail | None] = []
        self._waiting = Counter(origin for node in nodes for origin, _ in node.inputs)

    def rows(self) -> Iterator[Row]:
        for node in self._nodes:
            lane = self._lane_for(node)
            for edge in range(len(node.inputs)):
                yield self._edge_row(node, edge, lane)
            yield self._node_row(node, lane)

    def _lane_for(self, node: Joint) -> int:
        """Returns the lane of the first rail that ends at the node, or else a free one."""
        here = Counter(origin for origin, _ in node.inputs)
        for origin in here:
            if here[origin] == self._waiting[origin]:
                return self._lane_of(origin)
        return self._free_lane()

    def _lane_of(self, origin: Origin) -> int:
        return next(lane for lane, rail in enumerate(self._lanes) if rail and rail.origin == origin)

    def _free_lane(self, after: int = -1) -> int:
        """Returns the first free lane behind another."""
        free = (lane for lane, rail in enumerate(self._lanes) if rail is None and lane > after)
        lane = next(free, len(self._lanes))
        if lane == len(self._lanes):
            self._lanes.append(None)
        return lane

    def _edge_row(self, node: Joint, edge: int, lane: int) -> Row:
        origin, kind = node.inputs[edge]
        start = self._lane_of(origin)
        self._waiting[origin] -= 1
        cells = self._verticals()
        if start != lane:
            ends = not self._waiting[origin]
            joins = self._lanes[lane] is not None
            leave, arrive = ("├╰", "╮┤") if start < lane else ("┤╯", "╭├")
            self._draw(cells, start, lane, kind)
            cells[2 * start] = leave[ends], kind
            cells[2 * lane] = arrive[joins], kind
            if ends:
                self._lanes[start] = None
            if not joins:
                self._lanes[lane] = _Rail(None, kind)
        return Row(node.name, edge, tuple(cells), tuple(self._verticals()))

    def _node_row(self, node: Joint, lane: int) -> Row:
        """Returns the node's row: its first output goes on below it, others begin in lanes to its right."""
        self._lanes[lane] = None
        outputs = [(name, kind) for name, kind in node.outputs if self._waiting[node.name, name]]
        begun = []
        for number, (name, kind) in enumerate(outputs):
            begun.append(lane if number == 0 else self._free_lane(lane))
            self._lanes[begun[-1]] = _Rail((node.name, name), kind)
        cells = self._verticals()
        for other, (_, kind) in reversed([*zip(begun, outputs, strict=True)][1:]):
            cells[2 * other] = " ", ""
            self._draw(cells, lane, other, kind)
            cells[2 * other] = "╮" if other == max(begun) else "┬", kind
        cells[2 * lane] = MARKERS[node.role], ""
        return Row(node.name, None, tuple(cells), tuple(self._verticals()))

    def _verticals(self) -> list[Cell]:
        cells: list[Cell] = [(" ", "")] * (2 * len(self._lanes))
        for lane, rail in enumerate(self._lanes):
            if rail:
                cells[2 * lane] = "│", rail.kind
        return cells

    @staticmethod
    def _draw(cells: list[Cell], start: int, end: int, kind: str) -> None:
        """Draws a level line between two lanes, beneath the rails that it meets."""
        low, high = sorted((2 * start, 2 * end))
        cells[low : high + 1] = [("─", kind) if cell[0] == " " else cell for cell in cells[low : high + 1]]


_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_STROKES = {
    "│": _UP | _DOWN, "─": _LEFT | _RIGHT, "├": _UP | _DOWN | _RIGHT, "┤": _UP | _DOWN | _LEFT,
    "╭": _DOWN | _RIGHT, "╮": _DOWN | _LEFT, "╰": _UP | _RIGHT, "╯": _UP | _LEFT,
    "┬": _DOWN | _LEFT | _RIGHT, "┴": _UP | _LEFT | _RIGHT, "┼": _UP | _DOWN | _LEFT | _RIGHT,
}  # fmt: skip
_GLYPHS = {strokes: glyph for glyph, strokes in _STROKES.items()}


def _folded(rows: Sequence[Row]) -> Row:
    """Returns a node's rows as one: its last row, with the edges of the rows above laid over it."""
    last = rows[-1]
    columns = zip_longest(*(row.cells for row in rows), fillvalue=(" ", ""))
    return Row(last.node, None, tuple(_laid_over(column) for column in columns), last.below)


def _laid_over(column: Iterable[Cell]) -> Cell:
    """Returns one column of a node's rows as one cell: what comes in above, what goes on below, what leads aside."""
    cells = tuple(column)
    if cells[-1][0] in MARKERS.values():
        return cells[-1]
    strokes = [_STROKES.get(glyph, 0) for glyph, _ in cells]
    aside = 0
    for stroke in strokes:
        aside |= stroke & (_LEFT | _RIGHT)
    both = strokes[0] & _UP | strokes[-1] & _DOWN | aside
    kind = next((kind for _, kind in reversed(cells) if kind), "")
    return _GLYPHS.get(both, " "), kind

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
from collections.abc import Iterator
from dataclasses import dataclass

from runtime.graph import Edge, Graph, GraphNode, Origin
from runtime.kinds import Kind
from runtime.node import Role

MARKERS: dict[Role, str] = {"source": "▼", "node": "●", "sink": "■"}
ASCII = str.maketrans("▼●■│─├┤┬╭╮╰╯", "v*#|-+++..''")
"""Stands in for the characters above where they cannot be written."""

Cell = tuple[str, type[Kind] | None]
"""A character, and what flows there."""


@dataclass(frozen=True, slots=True)
class Row:
    """A node, or an edge on its way into the next node.

    Attributes:
        subject: what the row is about.
        cells: the rails in this row.
        below: the rails that go on, for further lines of text about the subject.
    """

    subject: GraphNode | Edge
    cells: tuple[Cell, ...]
    below: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class _Rail:
    """What occupies a lane: an output, or None for edges that have joined and reach their node next."""

    origin: Origin | None
    kind: type[Kind]


def rail_rows(graph: Graph) -> list[Row]:
    """Returns a row for each edge and each node: a node's inputs stand above it, in the order of its ports."""
    return list(_Layout(graph).rows())


class _Layout:
    """Walks the nodes in order and keeps which rail runs in which lane."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._lanes: list[_Rail | None] = []
        self._waiting = Counter(edge.origin for edge in graph.edges())

    def rows(self) -> Iterator[Row]:
        edges = self._graph.edges()
        for node in self._graph.nodes:
            incoming = [edge for edge in edges if edge.to is node]
            lane = self._lane_for(incoming)
            for edge in incoming:
                yield self._edge_row(edge, lane)
            yield self._node_row(node, lane)

    def _lane_for(self, incoming: list[Edge]) -> int:
        """Returns the lane of the first rail that ends at the node, or else a free one."""
        here = Counter(edge.origin for edge in incoming)
        for edge in incoming:
            if here[edge.origin] == self._waiting[edge.origin]:
                return self._lane_of(edge.origin)
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

    def _edge_row(self, edge: Edge, lane: int) -> Row:
        start = self._lane_of(edge.origin)
        self._waiting[edge.origin] -= 1
        cells = self._verticals()
        if start != lane:
            ends = not self._waiting[edge.origin]
            joins = self._lanes[lane] is not None
            leave, arrive = ("├╰", "╮┤") if start < lane else ("┤╯", "╭├")
            self._draw(cells, start, lane, edge.kind)
            cells[2 * start] = leave[ends], edge.kind
            cells[2 * lane] = arrive[joins], edge.kind
            if ends:
                self._lanes[start] = None
            if not joins:
                self._lanes[lane] = _Rail(None, edge.kind)
        return Row(edge, tuple(cells), tuple(self._verticals()))

    def _node_row(self, node: GraphNode, lane: int) -> Row:
        """Returns the node's row: its first output goes on below it, others begin in lanes to its right."""
        self._lanes[lane] = None
        outputs = [output for output in node.spec.outputs if self._waiting[node.name, output.name]]
        begun = []
        for number, output in enumerate(outputs):
            begun.append(lane if number == 0 else self._free_lane(lane))
            self._lanes[begun[-1]] = _Rail((node.name, output.name), output.kind)
        cells = self._verticals()
        for other, output in reversed([*zip(begun, outputs, strict=True)][1:]):
            cells[2 * other] = " ", None
            self._draw(cells, lane, other, output.kind)
            cells[2 * other] = "╮" if other == max(begun) else "┬", output.kind
        cells[2 * lane] = MARKERS[node.spec.role], None
        return Row(node, tuple(cells), tuple(self._verticals()))

    def _verticals(self) -> list[Cell]:
        cells: list[Cell] = [(" ", None)] * (2 * len(self._lanes))
        for lane, rail in enumerate(self._lanes):
            if rail:
                cells[2 * lane] = "│", rail.kind
        return cells

    @staticmethod
    def _draw(cells: list[Cell], start: int, end: int, kind: type[Kind]) -> None:
        """Draws a level line between two lanes, beneath the rails that it meets."""
        low, high = sorted((2 * start, 2 * end))
        cells[low : high + 1] = [("─", kind) if cell[0] == " " else cell for cell in cells[low : high + 1]]

"""The rails beside the nodes of a graph that is known only as plain data, one row for each node."""

from __future__ import annotations

from collections.abc import Sequence

from runtime.node import Role
from runtime.rails import Cell, Joint, Row, folded_rows
from runtime.view import GraphView


def rails_of(graph: GraphView) -> dict[str, Row]:
    """Returns the rails of each node; edges from nodes that the graph does not have are left out."""
    edges = {node.name: [((item.node, item.output), item.kind) for item in node.inputs] for node in graph.nodes}
    edges = {name: [edge for edge in inputs if edge[0][0] in edges] for name, inputs in edges.items()}
    taken: dict[str, dict[str, str]] = {name: {} for name in edges}
    for inputs in edges.values():
        for (node, output), kind in inputs:
            taken[node][output] = kind
    joints = [
        Joint(name, _role(bool(inputs), bool(taken[name])), tuple(inputs), tuple(taken[name].items()))
        for name, inputs in edges.items()
    ]
    return {row.node: row for row in folded_rows(joints)}


def wide(cells: Sequence[Cell]) -> int:
    """Returns how many columns rails take."""
    return len("".join(glyph for glyph, _ in cells).rstrip())


def _role(fed: bool, taken: bool) -> Role:  # noqa: FBT001 - the two facts that decide
    if not fed:
        return "source"
    return "node" if taken else "sink"

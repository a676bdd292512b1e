"""Turns a graph's named edges into numbered slots of a token, once, so that no name is looked up per frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.graph import Graph, GraphNode, stand_ins
from runtime.kinds import Kind


@dataclass(frozen=True, slots=True)
class Wire:
    """One connected port: its name, the slot it reads, and whether it takes None for a skipped frame."""

    port: str
    slot: int
    tolerant: bool


@dataclass(frozen=True, slots=True)
class Outlet:
    """One output: the slot it writes, and its kind."""

    slot: int
    kind: type[Kind]


@dataclass(frozen=True, slots=True)
class Wiring:
    """How one node is connected.

    Attributes:
        ports: all its ports, in the order of its signature.
        wires: the ports that are connected.
        outlets: its outputs.
        passes: from the slot of an input to that of an output which it stands for when the node is bypassed.
    """

    ports: tuple[str, ...]
    wires: tuple[Wire, ...]
    outlets: tuple[Outlet, ...]
    passes: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """All nodes' wiring, and the number of slots that a token needs."""

    of: Mapping[str, Wiring]
    slots: int

    @staticmethod
    def of_graph(graph: Graph) -> Board:
        """Numbers the outputs of a graph in its order."""
        slots: dict[tuple[str, str], int] = {}
        for node in graph.nodes:
            for output in node.spec.outputs:
                slots[node.name, output.name] = len(slots)
        return Board({node.name: _wiring(node, slots) for node in graph.nodes}, len(slots))


def _wiring(node: GraphNode, slots: Mapping[tuple[str, str], int]) -> Wiring:
    return Wiring(
        ports=tuple(port.name for port in node.spec.ports),
        wires=tuple(
            Wire(port.name, slots[node.inputs[port.name]], port.tolerant)
            for port in node.spec.ports
            if port.name in node.inputs
        ),
        outlets=tuple(Outlet(slots[node.name, output.name], output.kind) for output in node.spec.outputs),
        passes=tuple(
            (slots[node.inputs[port]], slots[node.name, output])
            for output, port in stand_ins(node.spec, node.inputs).items()
        ),
    )

"""A checked graph: which nodes there are, how they are joined, and with which settings. Does not run anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from runtime.kinds import Kind
from runtime.node import Mode, NodeSpec, Output, Port, Quality
from runtime.policies import OnError
from runtime.rung import Rung
from runtime.settings import paths_in

Origin = tuple[str, str]
"""Where an edge comes from: a node's name, and the name of its output (empty for the only one)."""


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One node of a graph.

    Attributes:
        name: as in the graph file.
        spec: its type.
        inputs: port to origin, for the ports that are connected.
        fixed, live: its validated settings.
        workers: threads that run it.
        batch: most frames that it takes at once.
        on_error: what happens when it raises.
        raw: a live sink that shows uncleared frames too.
        device: where its networks run; None where the graph's device says.
    """

    name: str
    spec: NodeSpec
    inputs: Mapping[str, Origin]
    fixed: BaseModel
    live: BaseModel
    workers: int = 1
    batch: int = 1
    on_error: OnError = "stop"
    raw: bool = False
    device: str | None = None

    def files(self) -> list[Path]:
        """Returns the existing files that its settings name."""
        return [*paths_in(self.fixed), *paths_in(self.live)]


def is_same(one: GraphNode, other: GraphNode) -> bool:
    """Returns whether two nodes have one type, device and fixed settings, so that one instance can do for both."""
    return (
        one.device == other.device
        and one.spec.target is other.spec.target
        and one.fixed.model_dump() == other.fixed.model_dump()
    )


def stand_ins(spec: NodeSpec, inputs: Collection[str]) -> dict[str, str]:
    """Returns, for each output that one connected input can stand for, that input's port: the only one of its kind."""
    found: dict[str, str] = {}
    for output in spec.outputs:
        same = [port.name for port in spec.ports if port.kind is output.kind and port.name in inputs]
        if len(same) == 1:
            found[output.name] = same[0]
    return found


@dataclass(frozen=True, slots=True)
class Edge:
    """What joins an output to a port.

    Attributes:
        origin: the node and its output that the edge comes from.
        to: the node that it leads to.
        port: of that node.
        kind: what flows along it.
    """

    origin: Origin
    to: GraphNode
    port: Port
    kind: type[Kind]


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole graph; its nodes stand in topological order.

    Attributes:
        name: of the graph.
        mode: live or file.
        quality: what is asked of live sources.
        nodes: what there is to run.
        credits: frames in flight, when the graph sets them.
        max_memory: ceiling for buffers, bytes.
        description: one sentence for people.
        file: where it comes from.
        profile: name of the machine to plan for.
        device: where networks run whose node names none; `auto` leaves it to the planner.
        strict_device: whether an operator that a device leaves to the CPU is an error.
        target_fps: the rate that a live graph holds, or None for its source's.
        latency_budget_ms: how old its pictures may be when they are shown, or None.
        adapt: whether it takes less work upon itself while it cannot hold these.
        ladder: the steps by which it does, or None for those that its node types offer.
    """

    name: str
    mode: Mode
    quality: Quality
    nodes: tuple[GraphNode, ...]
    credits: int | None = None
    max_memory: int = 512 << 20
    description: str = ""
    file: Path | None = None
    profile: str = "auto"
    device: str = "auto"
    strict_device: bool = False
    target_fps: float | None = None
    latency_budget_ms: float | None = None
    adapt: bool = False
    ladder: tuple[Rung, ...] | None = None

    def of_role(self, role: str) -> tuple[GraphNode, ...]:
        """Returns the nodes that are sources, sinks, or plain nodes."""
        return tuple(node for node in self.nodes if node.spec.role == role)

    def edges(self) -> tuple[Edge, ...]:
        """Returns the edges, in the order of the nodes that they lead to and of those nodes' ports."""
        return tuple(
            self._edge(node, port) for node in self.nodes for port in node.spec.ports if port.name in node.inputs
        )

    def _edge(self, node: GraphNode, port: Port) -> Edge:
        name, wanted = node.inputs[port.name]
        output = next(output for output in self.node(name).spec.outputs if wanted in ("", output.name))
        return Edge((name, output.name), node, port, output.kind)

    def node(self, name: str) -> GraphNode:
        """Returns a node by name; raises `KeyError`."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)


def why_no_bypass(graph: Graph, node: GraphNode) -> str:
    """Returns why a node cannot be passed by, or nothing.

    It can where its input stands for its output, and in a live graph also where what it fails to give is covered on
    the way to each sink, as a guard does.
    """
    if node.spec.role != "node":
        return f"{node.name} is a {node.spec.name}: only nodes between the ends can be passed by"
    used = {output for other in graph.nodes for origin, output in other.inputs.values() if origin == node.name}
    stands = stand_ins(node.spec, node.inputs)
    lacking = [output for output in node.spec.outputs if output.name in used and output.name not in stands]
    if not lacking or (graph.mode == "live" and _is_covered(graph, node.name)):
        return ""
    return without_stand_in(node.name, lacking[0])


def without_stand_in(name: str, output: Output) -> str:
    """Returns why a node cannot be switched off, one of whose outputs no input stands for."""
    return f"{name} cannot be switched off: it takes nothing that can stand for its {output.kind.__name__}"


def _is_covered(graph: Graph, name: str) -> bool:
    """Returns whether each way from a node to a sink leads through a node that also answers frames that failed."""
    for node in graph.nodes:
        if not any(origin == name for origin, _ in node.inputs.values()):
            continue
        if node.spec.role == "sink":
            return False
        if not any(port.tolerant for port in node.spec.ports) and not _is_covered(graph, node.name):
            return False
    return True

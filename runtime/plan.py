"""Cuts a graph into stages, and says how many frames may be in flight, from the measured cost of each node.

A stage is a set of nodes on one thread. Handing a frame to another thread costs 20 to 30 us, so cheap neighbours
share one; a shared set must be convex (no path leaves it and comes back), or it would wait for itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx

from runtime.clock import MILLISECOND
from runtime.graph import Graph, GraphNode
from runtime.stats import NodeMeter

CHEAP_MS = 1.0
"""A node under this cost shares its neighbour's thread."""

UNKNOWN_MS = 1000.0
"""What a node counts for that has not been measured."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one frame costs a node: wall and CPU time, ms."""

    wall_ms: float
    cpu_ms: float

    @staticmethod
    def measured(meter: NodeMeter, cold: int) -> Cost:
        """Returns the median of a meter's samples but the first `cold`; without any, the node counts as expensive."""
        warm = sorted(meter.work.samples()[cold:])
        if not warm:
            return Cost(UNKNOWN_MS, UNKNOWN_MS)
        return Cost(warm[len(warm) // 2] / MILLISECOND, meter.cpu / meter.work.count / MILLISECOND)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a graph is run.

    Attributes:
        stages: names of the nodes of each stage, in the order in which they run; stages in topological order.
        credits: frames that may be in flight.
        batches: most frames that a node takes at once, for nodes with more than one.
        reasons: why, one sentence each.
        serial: one worker for each node, whatever the graph says.
    """

    stages: tuple[tuple[str, ...], ...]
    credits: int
    batches: Mapping[str, int]
    reasons: tuple[str, ...]
    serial: bool = False


def serial_plan(graph: Graph) -> Plan:
    """Returns the plan with all nodes on one thread and one frame in flight, on which costs are measured."""
    return Plan(
        (tuple(node.name for node in _inner(graph)),),
        1,
        {},
        ("one frame at a time, to measure each node",),
        serial=True,
    )


def make_plan(
    graph: Graph, costs: Mapping[str, Cost], *, target_fps: float, cores: int, frame_bytes: int, decode_ms: float = 0.0
) -> Plan:
    """Cuts stages by cost and sets credits.

    Args:
        graph: what to run.
        costs: of each node but the sources.
        target_fps: rate of a live source.
        cores: processor cores.
        frame_bytes: buffers that one frame takes while in flight.
        decode_ms: CPU time of the source for a frame, which competes with the nodes.
    """
    wall_ms = {name: cost.wall_ms for name, cost in costs.items()}
    stages = cut_stages(graph, wall_ms)
    counts = _workers(graph)
    times = [sum(wall_ms[name] for name in stage) / max(counts[name] for name in stage) for stage in stages]
    cpu = sum(cost.cpu_ms for cost in costs.values()) + decode_ms
    bottleneck = max(*times, cpu / cores, 1e-6)
    path = _critical_path(graph, wall_ms)
    reasons = [f"stage {' + '.join(stage)}: {time:.1f} ms a frame" for stage, time in zip(stages, times, strict=True)]
    if graph.credits is not None:
        credits_ = graph.credits
        why = "set in the graph"
    elif graph.mode == "live":
        credits_ = live_credits(target_fps, path, bottleneck)
        why = f"{target_fps:g} fps x {path:.1f} ms on the longest path, bottleneck {bottleneck:.1f} ms"
    else:
        credits_ = file_credits(graph, len(stages), frame_bytes)
        why = f"{len(stages)} stages and their workers, {frame_bytes / 1e6:.1f} MB a frame"
    batches = fitting_batches(graph, credits_)
    reasons += [f"batch of {name}: {batch}, of {graph.node(name).batch} asked for" for name, batch in batches.items()]
    return Plan(stages, credits_, batches, (*reasons, f"credits {credits_}: {why}"))


def live_credits(target_fps: float, path_ms: float, bottleneck_ms: float) -> int:
    """Returns rate x time on the longest path, at least 1, and no more than what keeps the bottleneck busy."""
    most = max(1, math.ceil(path_ms / bottleneck_ms))
    return min(max(1, math.ceil(target_fps * path_ms / 1000)), most)


def file_credits(graph: Graph, stages: int, frame_bytes: int) -> int:
    """Returns enough to keep every worker and batch busy, bounded by the graph's memory."""
    busy = stages + sum(node.workers * node.batch for node in _inner(graph))
    return max(1, min(busy, graph.max_memory // max(1, frame_bytes)))


def fitting_batches(graph: Graph, credits_: int) -> dict[str, int]:
    """Returns the batches that so many credits can fill.

    In file mode a stage waits for a full batch, so every batch may hold back one frame less than it takes; with as many
    credits as that, each stage would wait for the others. The largest batches give way first.
    """
    batches = {node.name: node.batch for node in _inner(graph) if node.batch > 1}
    while graph.mode == "file" and sum(batch - 1 for batch in batches.values()) >= credits_:
        largest = max(batches, key=lambda name: batches[name])
        batches[largest] -= 1
    return batches


def cut_stages(graph: Graph, cost_ms: Mapping[str, float]) -> tuple[tuple[str, ...], ...]:
    """Fuses cheap neighbours, cheapest pair first, as long as each stage stays convex.

    A node with workers or a batch of its own keeps a stage to itself.
    """
    order = [node.name for node in _inner(graph)]
    alone = {node.name for node in graph.nodes if node.workers > 1 or node.batch > 1}
    cut: nx.DiGraph[frozenset[str]] = nx.relabel_nodes(_links(graph), {name: frozenset({name}) for name in order})

    def cost(stage: frozenset[str]) -> float:
        return sum(cost_ms[name] for name in stage)

    def may_fuse(pair: tuple[frozenset[str], frozenset[str]]) -> bool:
        above, below = pair
        cheap = min(cost(above), cost(below)) < CHEAP_MS
        return cheap and not (above | below) & alone and _stays_convex(cut, above, below)

    while pairs := [pair for pair in cut.edges if may_fuse(pair)]:
        above, below = min(pairs, key=lambda pair: (cost(pair[0]) + cost(pair[1]), sorted(pair[0] | pair[1])))
        cut = _fused(cut, above, below)
    ranked = nx.lexicographical_topological_sort(cut, key=lambda stage: min(order.index(name) for name in stage))
    return tuple(tuple(name for name in order if name in stage) for stage in ranked)


def _stays_convex(cut: nx.DiGraph[frozenset[str]], above: frozenset[str], below: frozenset[str]) -> bool:
    """Returns whether the edge is the only way from one stage to the other."""
    others = (stage for stage in cut.successors(above) if stage != below)
    return not any(nx.has_path(cut, stage, below) for stage in others)


def _fused(cut: nx.DiGraph[frozenset[str]], above: frozenset[str], below: frozenset[str]) -> nx.DiGraph[frozenset[str]]:
    fused = nx.relabel_nodes(cut, dict.fromkeys((above, below), above | below))
    fused.remove_edges_from(list(nx.selfloop_edges(fused)))
    return fused


def _links(graph: Graph) -> nx.DiGraph[str]:
    """Returns the graph without its sources, which have threads of their own."""
    names = {node.name for node in _inner(graph)}
    links: nx.DiGraph[str] = nx.DiGraph()
    links.add_nodes_from(node.name for node in _inner(graph))
    for node in _inner(graph):
        links.add_edges_from((source, node.name) for source, _ in node.inputs.values() if source in names)
    return links


def _critical_path(graph: Graph, cost_ms: Mapping[str, float]) -> float:
    """Returns the cost of the most expensive way through the graph, ms."""
    done: dict[str, float] = {}
    for node in _inner(graph):
        before = max((done.get(source, 0.0) for source, _ in node.inputs.values()), default=0.0)
        done[node.name] = before + cost_ms[node.name]
    return max(done.values(), default=0.0)


def _inner(graph: Graph) -> list[GraphNode]:
    return [node for node in graph.nodes if node.spec.role != "source"]


def _workers(graph: Graph) -> dict[str, int]:
    return {node.name: node.workers for node in graph.nodes}

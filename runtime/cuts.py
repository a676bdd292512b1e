"""Which nodes share a thread. Small graphs are searched through; in larger ones cheap neighbours are fused.

A stage is a set of nodes on one thread. Handing a frame to another thread costs 20 to 30 us, so cheap neighbours
share one; a shared set must be convex (no path leaves it and comes back), or it would wait for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import networkx as nx

from runtime.graph import Graph, GraphNode

Stages = tuple[tuple[str, ...], ...]

CHEAP_MS = 1.0
"""Where stages are fused: a node under this cost shares its neighbour's thread."""

MOST_NODES = 12
MOST_CUTS = 20_000
"""What is searched through: a chain of 12 nodes has 2048 cuts, a broad graph more."""


def all_cuts(graph: Graph) -> list[Stages] | None:
    """Returns every way to cut a graph into convex stages, or None where there are too many.

    Stages are in topological order. A node with workers or a batch of its own keeps a stage to itself.
    """
    order = inner_names(graph)
    if len(order) > MOST_NODES:
        return None
    found: dict[frozenset[tuple[str, ...]], Stages] = {}
    for tried, stages in enumerate(_cuts(graph, order)):
        if tried > MOST_CUTS:
            return None
        found.setdefault(frozenset(stages), stages)
    return list(found.values())


def _cuts(graph: Graph, order: list[str]) -> Iterator[Stages]:
    """Yields every sequence of stages in which each node's inputs come before it or stand in its own stage."""
    place = {name: 1 << index for index, name in enumerate(order)}
    needs = {
        name: sum({place[origin] for origin, _ in graph.node(name).inputs.values() if origin in place})
        for name in order
    }
    alone = sum(place[node.name] for node in inner_nodes(graph) if node.workers > 1 or node.batch > 1)
    everything = (1 << len(order)) - 1

    def grown(done: int, stage: int, first: int) -> Iterator[int]:
        """Yields the stages that begin with `stage` and go on with nodes from `first` on."""
        yield stage
        if stage & alone:
            return
        for index in range(first, len(order)):
            name = order[index]
            if not place[name] & (done | stage | alone) and needs[name] & ~(done | stage) == 0:
                yield from grown(done, stage | place[name], index + 1)

    def cut(done: int, stages: Stages) -> Iterator[Stages]:
        if done == everything:
            yield stages
            return
        for index, name in enumerate(order):
            if not place[name] & done and needs[name] & ~done == 0:
                for stage in grown(done, place[name], index + 1):
                    names = tuple(name for name in order if place[name] & stage)
                    yield from cut(done | stage, (*stages, names))

    yield from cut(0, ())


def finest_cut(graph: Graph) -> Stages:
    """Returns the cut with a stage for each node."""
    return tuple((name,) for name in inner_names(graph))


def fused_cut(graph: Graph, cost_ms: Mapping[str, float]) -> Stages:
    """Fuses cheap neighbours, cheapest pair first, as long as each stage stays convex.

    A node with workers or a batch of its own keeps a stage to itself.
    """
    order = inner_names(graph)
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


def stages_before(graph: Graph, stages: Stages) -> list[list[int]]:
    """Returns, for each stage, the stages from which it takes values."""
    stage_of = {name: index for index, stage in enumerate(stages) for name in stage}
    return [
        sorted(
            {stage_of[origin] for name in stage for origin, _ in graph.node(name).inputs.values() if origin in stage_of}
            - {index}
        )
        for index, stage in enumerate(stages)
    ]


def inner_nodes(graph: Graph) -> list[GraphNode]:
    """Returns the nodes that run on stages: all but sources, which have threads of their own."""
    return [node for node in graph.nodes if node.spec.role != "source"]


def inner_names(graph: Graph) -> list[str]:
    """Returns their names."""
    return [node.name for node in inner_nodes(graph)]


def _stays_convex(cut: nx.DiGraph[frozenset[str]], above: frozenset[str], below: frozenset[str]) -> bool:
    """Returns whether the edge is the only way from one stage to the other."""
    others = (stage for stage in cut.successors(above) if stage != below)
    return not any(nx.has_path(cut, stage, below) for stage in others)


def _fused(cut: nx.DiGraph[frozenset[str]], above: frozenset[str], below: frozenset[str]) -> nx.DiGraph[frozenset[str]]:
    fused = nx.relabel_nodes(cut, dict.fromkeys((above, below), above | below))
    fused.remove_edges_from(list(nx.selfloop_edges(fused)))
    return fused


def _links(graph: Graph) -> nx.DiGraph[str]:
    names = set(inner_names(graph))
    links: nx.DiGraph[str] = nx.DiGraph()
    links.add_nodes_from(inner_names(graph))
    for node in inner_nodes(graph):
        links.add_edges_from((source, node.name) for source, _ in node.inputs.values() if source in names)
    return links

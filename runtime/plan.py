"""How a graph is run: which nodes share a thread, how many frames may be in flight, and what is to be expected.

What a cut is worth is told by `Demand`: the slowest of its stages, of the devices and of the processor says how many
frames pass; of cuts that are equal in that, the one with the least time on the longest path is taken, which is the one
that hands over least. Devices of networks are chosen before, in `runtime/placing.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from runtime.costs import Costs
from runtime.cuts import CHEAP_MS, Stages, all_cuts, finest_cut, fused_cut, inner_names, inner_nodes, stages_before
from runtime.graph import Graph
from runtime.simulate import HANDOVER_MS, Setup, play

HEADROOM = 0.7
"""Share of a live source's period that the slowest stage may take: the rest is for frames that take longer."""

EQUAL = 1.02
"""Cuts whose slowest stages differ by less count as equally fast."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a plan is expected to do.

    Attributes:
        fps: presented frames a second.
        age_ms: capture to present, median.
        memory_mb: networks, program, and frames in flight.
        node_ms: time of a call of each node, median, with all stages at work.
        limit: what keeps it from being faster.
        cpu_ms: processor time of a call of each node, mean.
    """

    fps: float
    age_ms: float
    memory_mb: float
    node_ms: Mapping[str, float]
    limit: str
    cpu_ms: Mapping[str, float] = field(default_factory=dict)


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

    stages: Stages
    credits: int
    batches: Mapping[str, int]
    reasons: tuple[str, ...]
    serial: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """What plans are made for.

    Attributes:
        cores: of the processor.
        aside_threads: of libraries, an encoder's for example.
        devices: of nodes whose networks run elsewhere than on the processor.
        batches: most frames at once of nodes whose own batch is more than their device has memory for.
    """

    cores: int
    aside_threads: int = 1
    devices: Mapping[str, str] = field(default_factory=dict)
    batches: Mapping[str, int] = field(default_factory=dict)


def serial_plan(graph: Graph) -> Plan:
    """Returns the plan with all nodes on one thread and one frame in flight, on which costs are measured."""
    return Plan(
        (tuple(inner_names(graph)),), 1, {}, ("one frame at a time, to measure each node",), serial=True
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Demand:
    """What frames ask of a machine, and with that what cuts are worth."""

    graph: Graph
    costs: Costs
    machine: Machine

    def time_ms(self, stage: tuple[str, ...]) -> float:
        """Returns how often a stage can take a frame: every so many ms."""
        workers = max(self.graph.node(name).workers for name in stage)
        return sum(self.costs.nodes[name].wall_ms for name in stage) / workers

    @property
    def floor_ms(self) -> float:
        """The time between frames below which no cut gets: the processor's, the devices', and the source's."""
        rate = live_rate(self.graph, self.costs)
        period = HEADROOM * 1000 / rate if rate else 0.0
        return max(self.costs.cpu_ms / self.machine.cores, self.device_ms, self.source_ms, period, 1e-6)

    @property
    def source_ms(self) -> float:
        """The slowest source."""
        return max((self.costs.nodes[node.name].cpu_ms for node in self.graph.of_role("source")), default=0.0)

    @property
    def device_ms(self) -> float:
        """The busiest device: sessions on one add up."""
        busy: dict[str, float] = {}
        for name, device in self.machine.devices.items():
            cost = self.costs.nodes[name]
            busy[device] = busy.get(device, 0.0) + cost.wall_ms - cost.cpu_ms
        return max(busy.values(), default=0.0)

    def bottleneck_ms(self, stages: Stages) -> float:
        """Returns the least time between two frames."""
        return max(self.floor_ms, *map(self.time_ms, stages))

    def path_ms(self, stages: Stages) -> float:
        """Returns the time on the longest path, hand-overs included."""
        done: list[float] = []
        for stage, before in zip(stages, stages_before(self.graph, stages), strict=True):
            work = sum(self.costs.nodes[name].typical_ms for name in stage)
            done.append(max((done[index] for index in before), default=0.0) + work + HANDOVER_MS)
        return max(done, default=0.0)

    def best_cut(self) -> tuple[Stages, str]:
        """Returns the cut with the smallest bottleneck, then the smallest latency; and how it was found."""
        cuts = all_cuts(self.graph)
        if cuts is None:
            wall_ms = {name: self.costs.nodes[name].wall_ms for name in inner_names(self.graph)}
            return fused_cut(self.graph, wall_ms), f"too many ways to cut: nodes under {CHEAP_MS:g} ms share a thread"
        least = self.bottleneck_ms(finest_cut(self.graph))
        fast = [stages for stages in cuts if self.bottleneck_ms(stages) <= least * EQUAL]
        best = min(fast, key=lambda stages: (round(self.path_ms(stages), 3), len(stages)))
        return best, f"best of {len(cuts)} ways to cut"


def make_plan(graph: Graph, costs: Costs, machine: Machine) -> Plan:
    """Cuts stages and sets credits."""
    demand = Demand(graph, costs, machine)
    stages, how = demand.best_cut()
    reasons = [how, *(f"stage {' + '.join(stage)}: {demand.time_ms(stage):.1f} ms a frame" for stage in stages)]
    path, bottleneck = demand.path_ms(stages), max(*map(demand.time_ms, stages), costs.cpu_ms / machine.cores)
    if graph.credits is not None:
        credits_ = graph.credits
        why = "set in the graph"
    elif graph.mode == "live":
        rate = live_rate(graph, costs)
        credits_ = live_credits(rate, path, bottleneck)
        why = f"{rate:g} fps x {path:.1f} ms on the longest path, bottleneck {bottleneck:.1f} ms"
    else:
        credits_ = file_credits(graph, len(stages), costs.frame_bytes)
        why = f"{len(stages)} stages and their workers, {costs.frame_bytes / 1e6:.1f} MB a frame"
    batches = fitting_batches(graph, credits_, machine.batches)
    reasons += [f"batch of {name}: {batch}, of {graph.node(name).batch} asked for" for name, batch in batches.items()]
    return Plan(stages, credits_, batches, (*reasons, f"credits {credits_}: {why}"))


def predict(graph: Graph, costs: Costs, machine: Machine, plan: Plan) -> Prediction:
    """Returns what a plan is expected to do, with all stages at work at once."""
    demand = Demand(graph, costs, machine)
    sources = [node.name for node in graph.of_role("source")]
    workers = [max(graph.node(name).workers for name in stage) for stage in plan.stages]
    played = play(
        Setup(
            plan.stages, stages_before(graph, plan.stages), costs.nodes, sources, workers, plan.credits, machine.cores,
            live_rate(graph, costs) or None, machine.devices, costs.aside_ms, machine.aside_threads, costs.sharing,
        )
    )  # fmt: skip
    memory = costs.base_bytes + plan.credits * costs.frame_bytes
    limit = _limit(demand, plan)
    return Prediction(played.fps, played.age_ms, memory / 1e6, played.node_ms, limit, played.cpu_ms)


def _limit(demand: Demand, plan: Plan) -> str:
    """Returns what keeps a plan from being faster."""
    slowest = max(plan.stages, key=demand.time_ms)
    limits = {
        f"stage {' + '.join(slowest)}": demand.time_ms(slowest),
        f"the processor's {demand.machine.cores} cores": demand.costs.cpu_ms / demand.machine.cores,
        "a device": demand.device_ms,
        "decoding": demand.source_ms,
    }
    if rate := live_rate(demand.graph, demand.costs):
        held = "target_fps" if rate < demand.costs.rate else "the source"
        limits[f"{held}, at {rate:g} fps"] = 1000 / rate
    return max(limits, key=lambda name: limits[name])


def live_rate(graph: Graph, costs: Costs) -> float:
    """Returns how many frames a second enter a live graph: its source's, or `target_fps` if less; 0 for files."""
    if graph.mode != "live":
        return 0.0
    return min(costs.rate, graph.target_fps or costs.rate)


def live_credits(target_fps: float, path_ms: float, bottleneck_ms: float) -> int:
    """Returns rate x time on the longest path, at least 1, and no more than what keeps the bottleneck busy."""
    most = max(1, math.ceil(path_ms / max(bottleneck_ms, 1e-6)))
    return min(max(1, math.ceil(target_fps * path_ms / 1000)), most)


def file_credits(graph: Graph, stages: int, frame_bytes: int) -> int:
    """Returns enough to keep every worker and batch busy, bounded by the graph's memory."""
    busy = stages + sum(node.workers * node.batch for node in inner_nodes(graph))
    return max(1, min(busy, graph.max_memory // max(1, frame_bytes)))


def fitting_batches(
    graph: Graph, credits_: int, most: Mapping[str, int] = MappingProxyType({})
) -> dict[str, int]:  # fmt: skip
    """Returns the batches that so many credits can fill and, where `most` names a node, its device has memory for.

    In file mode a stage waits for a full batch, so every batch may hold back one frame less than it takes; with as many
    credits as that, each stage would wait for the others. The largest batches give way first.
    """
    batches = {node.name: min(node.batch, most.get(node.name, node.batch)) for node in inner_nodes(graph)}
    batches = {name: batch for name, batch in batches.items() if graph.node(name).batch > 1}
    while graph.mode == "file" and sum(batch - 1 for batch in batches.values()) >= credits_:
        largest = max(batches, key=lambda name: batches[name])
        batches[largest] -= 1
    return batches

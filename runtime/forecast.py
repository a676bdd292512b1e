"""What a graph will do on a machine: placement, threads, plan and prediction, made of costs that are known already.

Costs are those of this machine. For another one they are scaled by `core_factor`, which is an estimate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from runtime.costs import Costs, Times
from runtime.graph import Graph
from runtime.hardware import Hardware
from runtime.placing import CPU, Placement, costs_on, place
from runtime.plan import HEADROOM, Machine, Plan, Prediction, live_rate, make_plan, predict
from runtime.threads import Threads

CORE_FACTOR = {"m1": 0.70, "m2": 0.63, "m3": 0.53, "m4": 0.43, "m5": 0.40}
"""How long a core of a chip takes for what a server's core (Xeon, EPYC of 2022) does in 1; after published single-core
scores of Geekbench 6, about 1600 there and 2350, 2600, 3050, 3750 and 4100 for M1 to M5."""

DESKTOP_FACTOR = 0.77
"""The same for a six-core desktop processor, about 2100."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a graph would run on a machine.

    Attributes:
        hardware: the machine.
        threads: of libraries.
        placement: of networks.
        costs: of nodes, with their networks where they are placed.
        plan: stages and credits.
        prediction: what is to be expected.
        notes: what of that is estimated from less than a measurement.
    """

    hardware: Hardware
    threads: Threads
    placement: Placement
    costs: Costs
    plan: Plan
    prediction: Prediction
    notes: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Returns all that for JSON."""
        predicted = self.prediction
        return {
            "profile": self.hardware.name,
            "chip": self.hardware.chip,
            "here": self.hardware.here,
            "fps": round(predicted.fps, 1),
            "age_ms": round(predicted.age_ms, 2),
            "memory_mb": round(predicted.memory_mb),
            "limit": predicted.limit,
            "stages": [list(stage) for stage in self.plan.stages],
            "credits": self.plan.credits,
            "threads": {name: getattr(self.threads, name) for name in ("inference", "opencv", "decode", "encode")},
            "nodes": {
                name: {"ms": round(ms, 3), "device": self.placement.devices.get(name, CPU)}
                for name, ms in predicted.node_ms.items()
            },
            "reasons": list(self.reasons),
        }

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is placed like that."""
        return (*self.notes, *self.placement.reasons, *self.plan.reasons)


def forecast(graph: Graph, costs: Costs, hardware: Hardware, times: Times, threads: int = 0) -> Forecast:
    """Returns how a graph would run on a machine.

    Args:
        graph: what to run.
        costs: measured on this machine.
        hardware: the machine to run on.
        times: of networks on that machine.
        threads: of ONNX Runtime; 0 lets the work decide.
    """
    cores = planned_cores(hardware)
    scaled = costs if hardware.here else costs.scaled(core_factor(hardware))
    settled = settle(graph, scaled, times, hardware.devices(), cores, threads, hardware.device_memory())
    machine = Machine(cores, settled.threads.encode, settled.placement.elsewhere, settled.placement.batches)
    plan = make_plan(graph, settled.costs, machine)
    prediction = predict(graph, settled.costs, machine, plan)
    return Forecast(hardware, settled.threads, settled.placement, settled.costs, plan, prediction)


class Settled(NamedTuple):
    """Where networks run, how many threads libraries get, and what nodes cost then."""

    placement: Placement
    threads: Threads
    costs: Costs


def settle(
    graph: Graph, costs: Costs, times: Times, here: Sequence[str], cores: int, threads: int, memory: Mapping[str, int]
) -> Settled:  # fmt: skip
    """Chooses devices and threads; the arguments are those of `place`, `threads` 0 lets the work decide."""
    at_once = min(max(1, threads), cores)
    placement = place(graph, costs, times, here, cores, at_once, memory)
    moved = costs_on(costs, placement.devices, times, at_once)
    chosen = threads_for(graph, moved, cores, threads)
    if threads == 0:
        moved = costs_on(costs, placement.devices, times, chosen.inference)
    return Settled(placement, chosen, decoded_by(graph, moved, chosen.decode))


def threads_for(graph: Graph, costs: Costs, cores: int, inference: int = 0) -> Threads:
    """Returns how many threads libraries need for what a graph costs; `inference` other than 0 is taken as it is."""
    pace_ms = costs.cpu_ms / cores
    if rate := live_rate(graph, costs):
        pace_ms = max(pace_ms, HEADROOM * 1000 / rate)
    networks = max((_network_ms(costs, node.name) for node in graph.nodes), default=0.0)
    decode = sum(costs.nodes[node.name].cpu_ms for node in graph.of_role("source"))
    encode = sum(costs.nodes[node.name].cpu_ms for node in graph.of_role("sink")) + costs.aside_ms
    chosen = Threads.for_work(cores, pace_ms, networks, decode, encode)
    return chosen if inference == 0 else Threads(inference, chosen.opencv, chosen.decode, chosen.encode)


def decoded_by(graph: Graph, costs: Costs, threads: int) -> Costs:
    """Returns costs in which so many threads decode, which were measured with one."""
    sources = {node.name: costs.nodes[node.name].scaled(1 / threads) for node in graph.of_role("source")}
    return replace(costs, nodes={**costs.nodes, **sources})


def _network_ms(costs: Costs, name: str) -> float:
    """Returns what a node's networks take of the processor."""
    on_processor = costs.devices.get(name, CPU).endswith(CPU)
    return sum(costs.nodes[name].networks.values()) if on_processor else 0.0


def planned_cores(hardware: Hardware) -> int:
    """Returns the cores to plan for; a thrifty core counts as half a fast one."""
    return max(1, hardware.performance_cores + hardware.efficiency_cores // 2)


def core_factor(hardware: Hardware) -> float:
    """Returns how long a core of another machine takes for what a core of this one does in 1: an estimate."""
    return CORE_FACTOR.get(hardware.name.partition("-")[0], DESKTOP_FACTOR)


@dataclass(frozen=True, slots=True)
class Compared:
    """A predicted and a measured number; `error` is relative to what was measured."""

    name: str
    predicted: float
    measured: float

    @property
    def error(self) -> float | None:
        """Returns by what share of what was measured the prediction is off; None where that was nothing."""
        return (self.predicted - self.measured) / self.measured if self.measured else None


def compare(predicted: Prediction, metrics: Mapping[str, Any]) -> list[Compared]:
    """Returns prediction and measurement of the whole path and of each node.

    Args:
        predicted: of a graph.
        metrics: what `--metrics` wrote of the same graph.

    Raises:
        KeyError: these are no metrics, or those of another graph.
    """
    run = metrics["run"]
    whole = [
        Compared("fps", predicted.fps, run["fps"]),
        Compared("age p50, ms", predicted.age_ms, run["age_ms"]["p50"]),
    ]
    if run["peak_rss_mb"] is not None:
        whole.append(Compared("memory, MB", predicted.memory_mb, run["peak_rss_mb"]))
    nodes = [Compared(name, ms, metrics["nodes"][name]["ms"]["p50"]) for name, ms in predicted.node_ms.items()]
    return [*whole, *nodes]

"""Where each node's networks run: the assignment of devices with the smallest bottleneck, then the shortest path.

Nothing is opened here. Without measured costs a rule decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from types import MappingProxyType

from runtime.costs import Cost, Costs, Times
from runtime.cuts import finest_cut
from runtime.device_memory import DeviceMemory
from runtime.graph import Graph, GraphNode
from runtime.keys import may_run_networks
from runtime.plan import EQUAL, Demand, Machine
from runtime.schema import AUTO

CPU = "cpu"

PREFERRED = ("cuda:0", "coreml:ane")
"""Devices that are taken where they are and nothing is known of costs, best first. CoreML left to itself may take eight
times as long as with CPU and neural engine alone (78 ms against 657 ms in one published case)."""

MOST_DEVICES = 4
MOST_ASSIGNMENTS = 4096


@dataclass(frozen=True, slots=True)
class Placement:
    """The devices of a graph's nodes.

    Attributes:
        devices: of each node that may run networks.
        reasons: why, one sentence each.
        batches: most frames at once of nodes whose own batch is more than their device has memory for.
    """

    devices: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    batches: Mapping[str, int] = field(default_factory=dict)

    @property
    def elsewhere(self) -> Mapping[str, str]:
        """The nodes whose networks do not run on the processor, and where they do."""
        return {name: device for name, device in self.devices.items() if not device.endswith(CPU)}


def place_by_rule(graph: Graph, here: Collection[str]) -> Placement:
    """Returns what the graph says, and for what it leaves open the best device of those that are here."""
    best = next((device for device in PREFERRED if device in here), CPU)
    wanted = {node.name: _wanted(graph, node) for node in graph.nodes if may_run_networks(node.spec)}
    devices = {name: best if device == AUTO else device for name, device in wanted.items()}
    reason = f"networks on {best}: nothing has been measured yet" if best != CPU else "networks on cpu"
    return Placement(devices, ((reason,) if AUTO in wanted.values() else ()) + _pinned(wanted))


def place(
    graph: Graph, costs: Costs, times: Times, here: Sequence[str], cores: int, threads: int = 1,
    memory: Mapping[str, int] = MappingProxyType({}),
) -> Placement:  # fmt: skip
    """Returns the best assignment of devices; each node that the graph pins stays where it is.

    Args:
        graph: what to run.
        costs: of each node, as measured.
        times: of networks on devices.
        here: devices that there are, best known first.
        cores: of the processor.
        threads: of ONNX Runtime for one run on the processor.
        memory: bytes that networks may take on devices; one that is not named has no limit.
    """
    wanted = {node.name: _wanted(graph, node) for node in graph.nodes if may_run_networks(node.spec)}
    free = [name for name, device in wanted.items() if device == AUTO and costs.nodes[name].networks]
    fixed = {name: CPU if device == AUTO else device for name, device in wanted.items()}
    rule = place_by_rule(graph, here)
    choices = [
        [device for device in here if _comparable(costs, name, times, device, threads)][:MOST_DEVICES]
        or [rule.devices[name]]
        for name in free
    ]
    if prod(map(len, choices)) > MOST_ASSIGNMENTS:
        return replace(rule, reasons=(f"{len(here)} devices for {len(free)} nodes are too many to try", *rule.reasons))
    tried = [(fixed | dict(zip(free, devices, strict=True))) for devices in product(*choices)]
    room = DeviceMemory(graph, costs, times, {device: memory[device] for device in here if device in memory})
    tried = [devices for devices in tried if room.fits(devices)] or tried
    best = tried[min(_ranked(graph, costs, times, tried, cores, threads))[-1]]
    told = _reasons(costs, times, dict(zip(free, choices, strict=True)), best, threads)
    return Placement(best, (*room.reasons(free), *told, *_pinned(wanted)), room.batches(best))


def costs_on(costs: Costs, devices: Mapping[str, str], times: Times, threads: int = 1) -> Costs:
    """Returns what nodes cost with their networks on other devices than they were measured on."""
    moved = {
        name: _moved(cost, times, costs.devices.get(name, CPU), devices.get(name, CPU), threads)
        for name, cost in costs.nodes.items()
    }
    return replace(costs, nodes=moved, devices={**costs.devices, **devices})


def _ranked(
    graph: Graph, costs: Costs, times: Times, tried: Sequence[Mapping[str, str]], cores: int, threads: int
) -> Iterator[tuple[float, float, int, int]]:
    """Yields bottleneck (those that are about equal alike), path, devices in use, and index of each assignment."""
    measures = []
    for devices in tried:
        machine = Machine(cores, devices=Placement(devices).elsewhere)
        demand = Demand(graph, costs_on(costs, devices, times, threads), machine)
        finest = finest_cut(graph)
        measures.append((demand.bottleneck_ms(finest), demand.path_ms(finest)))
    least = min(bottleneck for bottleneck, _ in measures)
    for index, (bottleneck, path) in enumerate(measures):
        yield max(bottleneck, least * EQUAL), round(path, 2), len(Placement(tried[index]).elsewhere), index


def _moved(cost: Cost, times: Times, origin: str, device: str, threads: int) -> Cost:
    wall_ms, cpu_ms = cost.wall_ms, cost.cpu_ms
    for network, ms in cost.networks.items():
        before, after = times.time(network, origin, 1), times.time(network, device, threads)
        if (origin, threads) == (device, 1) or before is None or after is None or before.ms <= 0:
            continue
        runs = ms / before.ms
        wall_ms += runs * (after.ms - before.ms)
        cpu_ms += runs * (after.cpu_ms - before.cpu_ms)
    least = 0.01 * cost.wall_ms
    return cost.moved(max(wall_ms, least), min(max(cpu_ms, least), max(wall_ms, least)))


def _comparable(costs: Costs, name: str, times: Times, device: str, threads: int) -> bool:
    """Returns whether it can be said what a node costs on a device: it was measured there, or its networks were."""
    origin = costs.devices.get(name, CPU)
    return device == origin or all(
        times.time(network, place, count) is not None
        for network in costs.nodes[name].networks
        for place, count in ((origin, 1), (device, threads))
    )


def _reasons(
    costs: Costs, times: Times, choices: Mapping[str, Sequence[str]], devices: Mapping[str, str], threads: int
) -> Iterator[str]:
    """Yields, for each node whose device is free, what its networks take where."""
    for name, known in choices.items():
        if len(known) == 1:
            if known != [CPU]:
                yield f"{name} on {known[0]}: what its networks take elsewhere is not known"
            continue
        told = []
        for device in known:
            found = [times.time(network, device, threads) for network in costs.nodes[name].networks]
            taken = [time for time in found if time is not None]
            if len(taken) == len(found):
                about = "about " if any(time.estimated for time in taken) else ""
                told.append(f"{about}{sum(time.ms for time in taken):.1f} ms on {device}")
        yield f"{name} on {devices[name]}: its networks take {', '.join(told)}"


def _wanted(graph: Graph, node: GraphNode) -> str:
    return node.device or graph.device


def _pinned(wanted: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{name} on {device}, as the graph says" for name, device in wanted.items() if device != AUTO)

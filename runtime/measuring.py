"""Times the nodes of a running engine between two marks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runtime.clock import MILLISECOND
from runtime.costs import Cost, Costs

if TYPE_CHECKING:
    from runtime.engine import Engine
    from runtime.graph import Graph
    from runtime.node import StreamInfo
    from runtime.stats import NodeMeter


@dataclass(frozen=True, slots=True)
class Mark:
    """What all meters showed at one moment: calls and CPU time of nodes, time in networks, CPU time of the process."""

    calls: Mapping[str, int]
    cpu: Mapping[str, int]
    networks: Mapping[str, Mapping[str, int]]
    process: int

    @staticmethod
    def of(engine: Engine) -> Mark:
        """Reads the meters."""
        meters = _meters(engine)
        return Mark(
            {name: meter.work.count for name, meter in meters.items()},
            {name: meter.cpu for name, meter in meters.items()},
            {name: use.spent() for name, use in engine.crew.uses.items()},
            time.process_time_ns(),
        )


_NOTHING = Mark({}, {}, {}, 0)


def target_fps(graph: Graph, info: StreamInfo) -> float:
    """Returns the rate that a graph is to hold: its own, or that of its first source."""
    return graph.target_fps or source_fps(graph, info)


def source_fps(graph: Graph, info: StreamInfo) -> float:
    """Returns the rate of a source, or what is asked of it where it tells none."""
    return float(info.rate or graph.quality.fps)


def lent_for_a_frame(engine: Engine) -> int:
    """Returns the bytes of buffers that one frame has taken so far, in the mean."""
    return engine.pool.lent // max(1, engine.gate.admitted)


def costs_between(engine: Engine, first: Mark, last: Mark) -> Costs:
    """Returns what frames cost between two marks, while one frame at a time ran."""
    nodes = {name: _cost(name, meter, first, last) for name, meter in _meters(engine).items()}
    frames = max(1, max((last.calls[name] - first.calls[name] for name in nodes), default=1))
    threads_ms = sum(last.cpu[name] - first.cpu[name] for name in nodes) / MILLISECOND
    aside_ms = max(0.0, (last.process - first.process) / MILLISECOND - threads_ms) / frames
    info = engine.info
    frame_bytes = lent_for_a_frame(engine) + info.width * info.height * 3
    devices = {name: use.where for name, use in engine.crew.uses.items() if use.names}
    return Costs(nodes, aside_ms, frame_bytes, source_fps(engine.graph, info), devices=devices, frames=frames)


def _cost(name: str, meter: NodeMeter, first: Mark, last: Mark) -> Cost:
    if last.calls[name] == first.calls[name]:  # all calls were before: a picture is read once, as the source starts
        first = _NOTHING
    calls = last.calls[name] - first.calls.get(name, 0)
    samples = [ns / MILLISECOND for ns in meter.work.latest(calls)]
    before = first.networks.get(name, {})
    networks = {
        network: (ns - before.get(network, 0)) / MILLISECOND / max(1, calls)
        for network, ns in last.networks[name].items()
        if ns > before.get(network, 0)
    }
    return Cost.of(samples, (last.cpu[name] - first.cpu.get(name, 0)) / MILLISECOND / max(1, calls), networks)


def _meters(engine: Engine) -> dict[str, NodeMeter]:
    """Returns the meter of each node's first worker, which alone runs while nodes are measured."""
    return {
        node.name: engine.feed.readers[node.name].meter
        if node.spec.role == "source"
        else engine.crew.invocations(node.name)[0].meter
        for node in engine.graph.nodes
    }

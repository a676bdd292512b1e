"""What one frame costs each node, measured while one frame at a time runs; and the file that keeps it.

Costs of networks on other devices than the measured one come from `Times`, which whoever knows the models passes in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from pydantic import TypeAdapter

from runtime.facts import Time
from runtime.json_cache import JsonCache

UNKNOWN_MS = 1000.0
"""What a node counts for that has not been measured."""

MOST_SAMPLES = 64

INTERRUPTED = 6.0
"""A sample over so many medians is a pause of the machine, not work of the node."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one frame costs a node.

    Attributes:
        wall_ms: time of a call, in the mean.
        cpu_ms: of that, processor time of the calling thread.
        samples: times of single calls, ms, in the order of frames; at most `MOST_SAMPLES`.
        networks: time in each network, ms a frame; part of `wall_ms`.
    """

    wall_ms: float
    cpu_ms: float
    samples: tuple[float, ...] = ()
    networks: Mapping[str, float] = field(default_factory=dict)

    @staticmethod
    def of(samples_ms: list[float], cpu_ms: float, networks: Mapping[str, float]) -> Cost:
        """Returns the cost behind samples; without any, the node counts as expensive."""
        if not samples_ms:
            return Cost(UNKNOWN_MS, UNKNOWN_MS)
        most = INTERRUPTED * median(samples_ms)
        kept = [min(sample, most) for sample in samples_ms]
        wall_ms = sum(kept) / len(kept)
        return Cost(wall_ms, min(cpu_ms, wall_ms), tuple(kept[-MOST_SAMPLES:]), networks)

    @property
    def typical_ms(self) -> float:
        """The median call."""
        return median(self.samples) if self.samples else self.wall_ms

    def scaled(self, factor: float) -> Cost:
        """Returns the cost on a processor on which all takes `factor` times as long."""
        return Cost(
            self.wall_ms * factor, self.cpu_ms * factor, tuple(sample * factor for sample in self.samples),
            {name: ms * factor for name, ms in self.networks.items()},
        )  # fmt: skip

    def moved(self, wall_ms: float, cpu_ms: float) -> Cost:
        """Returns the cost where networks take another time, so that the mean is `wall_ms`."""
        shift = wall_ms - self.wall_ms
        return replace(
            self, wall_ms=wall_ms, cpu_ms=cpu_ms, samples=tuple(max(0.0, sample + shift) for sample in self.samples)
        )


@dataclass(frozen=True, slots=True)
class Sharing:
    """How threads share the cores: what others cost each of them, and how long one takes to wake.

    Attributes:
        slowdown: by node and source, how much more processor time its work takes while other work runs beside it, as a
            share; below 0 it takes less. It differs, because some compute and others move bytes.
        stall_ms: by node and source, how much longer a call then waits than alone: Python runs one thread at a time.
            Less than 0 where something else kept it waiting when it ran alone.
        wake_ms: until a thread that was handed a frame begins with it; others may be in its way.
    """

    slowdown: Mapping[str, float] = field(default_factory=dict)
    stall_ms: Mapping[str, float] = field(default_factory=dict)
    wake_ms: float = 0.03


@dataclass(frozen=True, slots=True)
class Costs:
    """What a graph costs for each frame.

    Attributes:
        nodes: of each node, sources included (to decode a picture).
        aside_ms: processor time that libraries spend on threads of their own, such as an encoder's.
        frame_bytes: buffers that a frame takes while in flight.
        rate: frames a second at which a live source delivers.
        base_bytes: memory of the process with all networks loaded.
        sharing: of the cores by threads, as this graph's nodes do it.
        devices: where each node's networks ran meanwhile.
        frames: how many were timed.
    """

    nodes: Mapping[str, Cost]
    aside_ms: float = 0.0
    frame_bytes: int = 0
    rate: float = 0.0
    base_bytes: int = 0
    sharing: Sharing = field(default_factory=Sharing)
    devices: Mapping[str, str] = field(default_factory=dict)
    frames: int = 0

    @property
    def cpu_ms(self) -> float:
        """Processor time of a frame."""
        return sum(cost.cpu_ms for cost in self.nodes.values()) + self.aside_ms

    @property
    def networks(self) -> list[str]:
        """The networks of all nodes, the one that takes most of a frame first."""
        taken = sum((Counter(cost.networks) for cost in self.nodes.values()), Counter[str]())
        return [network for network, _ in taken.most_common()]

    def of_those(self, names: Collection[str]) -> Costs:
        """Returns what is known of some nodes; those that were not measured are not known."""
        return replace(self, nodes={name: cost for name, cost in self.nodes.items() if name in names and cost.samples})

    def scaled(self, factor: float) -> Costs:
        """Returns the costs on a processor on which all takes `factor` times as long."""
        nodes = {name: cost.scaled(factor) for name, cost in self.nodes.items()}
        stall_ms = {name: ms * factor for name, ms in self.sharing.stall_ms.items()}
        sharing = replace(self.sharing, stall_ms=stall_ms, wake_ms=self.sharing.wake_ms * factor)
        return replace(self, nodes=nodes, aside_ms=self.aside_ms * factor, sharing=sharing)


class Times(Protocol):
    """What networks take on devices."""

    def size(self, network: str) -> int | None:
        """Returns how many bytes its file has, or None where that is not known."""

    def time(self, network: str, device: str, threads: int) -> Time | None:
        """Returns what one run takes, or None where that can be told neither from a measurement nor otherwise."""


class CostFile:
    """Costs of graphs by key, in a file that can be made again."""

    def __init__(self, file: Path) -> None:
        self._cache = JsonCache(file)

    def get(self, key: str) -> Costs | None:
        """Returns the costs that were put under a key; None for an entry of another layout too."""
        entry = self._cache.get(key)
        if entry is None:
            return None
        try:
            costs = TypeAdapter(Costs).validate_python(entry)
            return costs if _written(costs) == entry else None
        except ValueError:
            return None

    def put(self, key: str, costs: Costs) -> None:
        """Keeps costs, unless there are some that more frames tell of."""
        known = self.get(key)
        if known is None or known.frames <= costs.frames:
            self._cache.put(key, _written(costs))


def _written(costs: Costs) -> Any:
    """Returns costs as they come back from a file, so that what lacks a field or has another one is not equal.

    Raises `ValueError` where a number is none.
    """
    return json.loads(json.dumps(asdict(costs), allow_nan=False))

"""What the controller is told of the last moments of a run: plain figures, made by `runtime/observer.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.vitals import Pressure, Thermal

TOLERANCE = 0.02
"""Shares above 1 by less than this are a matter of when clocks were read."""


@dataclass(frozen=True, slots=True)
class NodeLoad:
    """How busy a node was.

    Attributes:
        stage: the stage that it runs in; nodes of one stage share a thread.
        share: part of the time in which it ran, 0 to 1, in the mean of its workers.
        cpu_share: part of the time in which its thread had a processor.
        device: where its networks run; `cpu` where it has none.
        is_sink: whether it shows or writes.
    """

    stage: str
    share: float
    cpu_share: float
    device: str = "cpu"
    is_sink: bool = False


@dataclass(frozen=True, slots=True)
class Observation:
    """A run over the last `window_s` seconds.

    Attributes:
        window_s: how long it was looked at.
        fps: frames a second that came out of the graph.
        source_fps: frames a second that the source offered.
        drops: frames that a newer one replaced at the gate.
        age_p50_ms, age_p95_ms: capture to present, of the latest `aged` frames: they may reach back further than the
            window, though never behind the last change.
        credits: most frames in flight.
        nodes: of all nodes but the sources.
        cores: processor cores.
        cores_busy: of these, how many this process kept busy.
        machine_busy: share of all cores that anybody kept busy, or None where that is not known.
        thermal: how hot the machine says it is.
        memory: how short the machine says memory is.
        taken_over: node and setting of what somebody has set from outside.
        sets: how often somebody has.
    """

    window_s: float
    fps: float
    source_fps: float
    drops: int
    age_p50_ms: float
    age_p95_ms: float
    aged: int = 1000
    credits: int = 1
    nodes: Mapping[str, NodeLoad] = field(default_factory=dict)
    cores: int = 1
    cores_busy: float = 0.0
    machine_busy: float | None = None
    thermal: Thermal = "nominal"
    memory: Pressure = "normal"
    taken_over: frozenset[tuple[str, str]] = frozenset()
    sets: int = 0

    @property
    def stages(self) -> Mapping[str, float]:
        """How busy each stage was, 0 to 1."""
        shares: dict[str, float] = {}
        for node in self.nodes.values():
            shares[node.stage] = shares.get(node.stage, 0.0) + node.share
        return shares

    @property
    def stalled(self) -> bool:
        """Whether one call took as long as all of this: nothing came out, or a node has worked for longer than that."""
        return self.fps == 0 or any(node.share > 1 + TOLERANCE for node in self.nodes.values())

    @property
    def frame_ms(self) -> float:
        """What a frame costs of that which there is least of, ms: 1000 / it is the rate that can be held at most."""
        busiest = max(*self.stages.values(), self.cores_busy / self.cores, 0.0)
        return 1000 * busiest / self.fps if self.fps > 0 else 0.0

    @property
    def path_ms(self) -> float:
        """What a frame costs of the credits, ms: its time in the graph, shared by the frames that are in it."""
        return self.age_p50_ms / self.credits

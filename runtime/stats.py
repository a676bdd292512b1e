"""Counters that cost next to nothing on the hot path, and the frozen snapshot that readers get.

Each meter has one writing thread and no lock; sums and percentiles are made by whoever reads.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime.clock import MILLISECOND
from runtime.vitals import Vitals

WINDOW = 1024
"""How many of the latest samples percentiles speak of."""


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of the latest samples, in ms; all 0 when there are none."""

    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    max: float = 0.0
    mean: float = 0.0

    @staticmethod
    def of(samples: Iterable[int]) -> Percentiles:
        """Returns the percentiles of samples in ns (nearest rank)."""
        ranked = sorted(samples)
        if not ranked:
            return Percentiles()

        def rank(share: float) -> float:
            return ranked[math.ceil(share * len(ranked)) - 1] / MILLISECOND

        return Percentiles(
            rank(0.5), rank(0.95), rank(0.99), ranked[-1] / MILLISECOND, sum(ranked) / len(ranked) / MILLISECOND
        )


class Window:
    """The latest `WINDOW` samples of one writer, in ns."""

    __slots__ = ("_ring", "count", "total")

    def __init__(self) -> None:
        self._ring = array("q", bytes(8 * WINDOW))
        self.count = 0
        self.total = 0

    def add(self, ns: int) -> None:
        """Takes one sample."""
        self._ring[self.count % WINDOW] = ns
        self.count += 1
        self.total += ns

    def samples(self) -> list[int]:
        """Returns the samples that are in the window, in no order."""
        return self._ring[: min(self.count, WINDOW)].tolist()

    def latest(self, count: int) -> list[int]:
        """Returns the latest samples in their order, at most `WINDOW`."""
        first = self.count - min(count, self.count, WINDOW)
        return [self._ring[index % WINDOW] for index in range(first, self.count)]


class NodeMeter:
    """What one worker of a node counts."""

    __slots__ = ("cpu", "errors", "skipped", "work")

    def __init__(self) -> None:
        self.work = Window()
        self.cpu = 0
        self.errors = 0
        self.skipped = 0


class StageMeter:
    """What one worker of a stage counts, in ns: waiting for input, and holding finished frames back for order.

    `since` is when the wait began that goes on now (ns of `perf_counter`), or 0.
    """

    __slots__ = ("blocked", "since", "waiting")

    def __init__(self) -> None:
        self.waiting = 0
        self.blocked = 0
        self.since = 0

    def waited(self) -> int:
        """Returns the time that was waited so far, with the wait that goes on."""
        waiting, since = self.waiting, self.since
        return waiting + (time.perf_counter_ns() - since if since else 0)


@dataclass(frozen=True, slots=True)
class NodeStats:
    """One node, summed over its workers.

    Attributes:
        type: node type.
        stage: name of the stage that it runs in; waiting and blocked are that stage's.
        workers: threads that run it.
        calls: frames on which it ran, errors included.
        errors: frames on which it raised.
        skipped: frames that it never saw because upstream had skipped them.
        device: where its work runs.
        networks: what really runs each of its networks.
        ms: wall time of a call.
        cpu_ms_mean: mean CPU time of the calling thread in a call.
        waiting_s, working_s, blocked_s: where its stage's time went.
        counters: what the node itself counts.
    """

    type: str
    stage: str
    workers: int
    calls: int
    errors: int
    skipped: int
    device: str
    ms: Percentiles
    cpu_ms_mean: float
    waiting_s: float
    working_s: float
    blocked_s: float
    counters: Mapping[str, int] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunStats:
    """The run as a whole; at its end every admitted frame is presented, withheld or skipped.

    Attributes:
        frames_presented: admitted frames that a sink took.
        frames_admitted: frames that passed the gate.
        drops: frames that a newer one replaced at the gate.
        paced: frames that the gate left out to hold a rate below the source's.
        skipped: admitted frames that no sink took because a node raised, or the run was broken off.
        withheld: admitted frames that a live sink refused because a face in them was not cleared.
        held, blurred: what guards did.
        errors: times that a node raised.
        in_flight: admitted and not yet done.
        credits: most frames in flight.
        wall_s: since the first frame was offered.
        fps: presented frames a second over the wall time.
        age_ms: capture to present.
        memory_mb: buffers in use now.
    """

    frames_presented: int
    frames_admitted: int
    drops: int
    skipped: int
    withheld: int
    held: int
    blurred: int
    errors: int
    in_flight: int
    credits: int
    wall_s: float
    fps: float
    age_ms: Percentiles
    memory_mb: float
    paced: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One change that the controller made: when (s since frames flow), rungs down then, and why."""

    at_s: float
    step: int
    reason: str


@dataclass(frozen=True, slots=True)
class Adaptation:
    """How a live graph is held to its rate and latency.

    Attributes:
        step: rungs of the ladder that are taken now.
        steps: rungs that there are.
        eased: settings with their values now, for the rungs that are taken.
        aim_fps: the rate that is to be held.
        budget_ms: capture to present (p95) that is to be held, or None.
        cap_fps: most frames a second that may enter, or None.
        limit: what there is too little of: cpu, device, thread, sink, source, path or none.
        reason: why, of the last change; or why there is none though one is needed.
        changes: how many there were.
        history: the latest of them.
    """

    step: int
    steps: int
    eased: Mapping[str, Any]
    aim_fps: float
    budget_ms: float | None
    cap_fps: float | None
    limit: str
    reason: str
    changes: int
    history: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """How the machine was `at_s` seconds after frames began to flow."""

    at_s: float
    vitals: Vitals


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that a reader may know of a run, at one moment.

    `adaptation` is None where nothing adapts, `vitals` where nobody looks at the machine; `monitored` has readings only
    where that was asked for.
    """

    graph: str
    mode: str
    state: str
    settings_version: int
    run: RunStats
    nodes: Mapping[str, NodeStats]
    stages: tuple[tuple[str, ...], ...]
    adaptation: Adaptation | None = None
    vitals: Vitals | None = None
    monitored: tuple[Reading, ...] = ()

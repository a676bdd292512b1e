"""Predicts how a plan runs: plays frames through its stages on a machine with so many cores, event by event.

Each node's call is a piece of processor time and a rest that needs none (a GPU at work). A thread that has work waits
for a core and keeps it for the nodes of its stage, as schedulers do whose turns last some milliseconds. Times come from
measured calls, frame by frame, so that a detector that looks every quarter of a second does so here, too. Frames wait
where they wait in the engine: at the gate for a credit, before a stage for its thread, at a device for its turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from runtime.costs import Cost, Sharing

HANDOVER_MS = 0.03
"""Processor time of passing a frame to another thread."""

FRAMES, WARM = 160, 40
"""Frames that are played, and those of them that only fill the pipeline."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What is played.

    Attributes:
        stages: names of the nodes of each stage.
        before: for each stage, the stages that it waits for.
        costs: of each node.
        source: decoding of a picture.
        devices: of nodes whose rest is spent on one that serves one frame after another.
        workers: of each stage.
        credits: frames in flight.
        cores: of the machine.
        rate: at which a live source delivers; None: a file's, as fast as frames are taken.
        aside_ms: processor time of library threads for a frame.
        aside_threads: how many there are.
        sharing: of the cores by threads.
    """

    stages: Sequence[Sequence[str]]
    before: Sequence[Sequence[int]]
    costs: Mapping[str, Cost]
    source: Cost
    workers: Sequence[int]
    credits: int
    cores: int
    rate: float | None = None
    devices: Mapping[str, str] = field(default_factory=dict)
    aside_ms: float = 0.0
    aside_threads: int = 1
    sharing: Sharing = field(default_factory=Sharing)


@dataclass(frozen=True, slots=True)
class Played:
    """What came of it: rate, age of a frame when it is presented (median), and the median time of each node's call."""

    fps: float
    age_ms: float
    node_ms: Mapping[str, float]


def play(setup: Setup) -> Played:
    """Returns how frames flow in the steady state."""
    world = _World(setup)
    world.run()
    return world.result()


@dataclass(slots=True)
class _Job:
    """Processor time that is still to be spent, and what follows."""

    left: float
    then: Callable[[], None]


class _World:
    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._now = 0.0
        self._jobs: list[_Job] = []
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._admitted = 0
        self._in_flight = 0
        self._free = list(setup.workers)
        self._inbox: list[deque[int]] = [deque() for _ in setup.stages]
        self._arrived: list[dict[int, int]] = [{} for _ in setup.stages]
        self._after = [
            [s for s, before in enumerate(setup.before) if stage in before] for stage in range(len(setup.stages))
        ]
        self._ends = [stage for stage, after in enumerate(self._after) if not after]
        self._ended: dict[int, int] = {}
        self._captured: dict[int, float] = {}
        self._presented: list[tuple[float, float]] = []
        self._calls: dict[str, list[float]] = {name: [] for stage in setup.stages for name in stage}
        self._device_free: dict[str, float] = {}
        self._idle = setup.cores
        self._ready: deque[Callable[[], None]] = deque()
        self._waiting: float | None = None  # capture time of the frame in the gate's slot
        self._aside = 0
        self._read = 0

    def run(self) -> None:
        self._decode()
        while len(self._presented) < FRAMES and self._read < 4 * FRAMES:
            self._step()

    def result(self) -> Played:
        steady = self._presented[min(WARM, len(self._presented) // 2) :]
        span = steady[-1][0] - steady[0][0] if len(steady) > 1 else 0.0
        fps = 1000 * (len(steady) - 1) / span if span > 0 else 0.0
        ages = [at - captured for at, captured in steady]
        calls = {name: median(times[len(times) // 4 :] or [0.0]) for name, times in self._calls.items()}
        return Played(fps, median(ages) if ages else 0.0, calls)

    def _step(self) -> None:
        """Goes to the next moment at which something ends."""
        rate = 1.0 if len(self._jobs) <= 1 else 1 / (1 + self._setup.sharing.slowdown)
        soonest = min(self._jobs, key=lambda job: job.left) if self._jobs else None
        job_at = self._now + soonest.left / rate if soonest else float("inf")
        timer_at = self._timers[0][0] if self._timers else float("inf")
        at = min(job_at, timer_at)
        for job in self._jobs:
            job.left -= (at - self._now) * rate
        self._now = at
        if soonest and job_at <= timer_at:
            self._jobs.remove(soonest)
            soonest.then()
        else:
            self._timers.pop(0)[2]()

    def _on_core(self, then: Callable[[], None]) -> None:
        """Goes on as soon as a core is free, and holds it until `_leave_core`."""
        if self._idle:
            self._idle -= 1
            then()
        else:
            self._ready.append(then)

    def _leave_core(self) -> None:
        if self._ready:
            self._ready.popleft()()
        else:
            self._idle += 1

    def _compute(self, ms: float, then: Callable[[], None]) -> None:
        self._jobs.append(_Job(ms, then))

    def _at(self, when: float, then: Callable[[], None]) -> None:
        self._count += 1
        self._timers.append((when, self._count, then))
        self._timers.sort(key=lambda timer: timer[:2])

    # source and gate

    def _decode(self) -> None:
        self._read += 1
        self._on_core(lambda: self._compute(max(self._setup.source.cpu_ms, 1e-3), self._offer_when_due))

    def _offer_when_due(self) -> None:
        self._leave_core()
        if self._setup.rate is None:
            self._offer()
        else:
            self._at(max(self._now, self._read * 1000 / self._setup.rate), self._offer)

    def _offer(self) -> None:
        self._waiting = self._now
        if self._setup.rate is not None or self._in_flight < self._setup.credits:
            self._admit()
            self._decode()

    def _admit(self) -> None:
        if self._waiting is None or self._in_flight >= self._setup.credits:
            return
        seq, self._admitted = self._admitted, self._admitted + 1
        self._captured[seq], self._waiting = self._waiting, None
        self._in_flight += 1
        for stage, before in enumerate(self._setup.before):
            if not before:
                self._deliver(stage, seq)

    # stages

    def _deliver(self, stage: int, seq: int) -> None:
        arrived = self._arrived[stage]
        arrived[seq] = arrived.get(seq, 0) + 1
        if arrived[seq] >= len(self._setup.before[stage]):
            del arrived[seq]
            self._inbox[stage].append(seq)
            self._serve(stage)

    def _serve(self, stage: int) -> None:
        """Has a free thread take the next frame, which it begins with after the pause that a hand-over costs."""
        if self._free[stage] and self._inbox[stage]:
            self._free[stage] -= 1
            seq = self._inbox[stage].popleft()
            awake = self._now + self._setup.sharing.wake_ms
            self._at(
                awake, lambda: self._on_core(lambda: self._compute(HANDOVER_MS, lambda: self._call(stage, seq, 0)))
            )

    def _call(self, stage: int, seq: int, index: int) -> None:
        names = self._setup.stages[stage]
        if index == len(names):
            self._leave_core()
            self._leave(stage, seq)
            return
        name = names[index]
        cost = self._setup.costs[name]
        sample = cost.samples[seq % len(cost.samples)] if cost.samples else cost.wall_ms
        cpu = sample * min(1.0, cost.cpu_ms / cost.wall_ms) if cost.wall_ms else 0.0
        began = self._now

        def done() -> None:
            self._calls[name].append(self._now - began)
            self._call(stage, seq, index + 1)

        self._compute(max(cpu, 1e-4), lambda: self._rest(name, sample - cpu, done))

    def _rest(self, name: str, ms: float, done: Callable[[], None]) -> None:
        """Spends what needs no processor; a device serves one call after another."""
        if ms <= 1e-4:
            done()
            return
        device = self._setup.devices.get(name)
        self._leave_core()
        start = self._now if device is None else max(self._now, self._device_free.get(device, 0.0))
        if device is not None:
            self._device_free[device] = start + ms
        self._at(start + ms, lambda: self._on_core(done))

    def _leave(self, stage: int, seq: int) -> None:
        self._free[stage] += 1
        for after in self._after[stage]:
            self._deliver(after, seq)
        if not self._after[stage]:
            self._ended[seq] = self._ended.get(seq, 0) + 1
            if self._ended[seq] == len(self._ends):
                self._finish(seq)
        self._serve(stage)

    def _finish(self, seq: int) -> None:
        self._presented.append((self._now, self._captured.pop(seq)))
        if self._setup.aside_ms > 0.05:
            self._aside += 1
            self._on_core(lambda: self._compute(self._setup.aside_ms, self._end_aside))
            if self._aside > self._setup.aside_threads:
                return  # the encoder is behind: the credit goes back when it has caught up
        self._give_back()

    def _end_aside(self) -> None:
        self._leave_core()
        behind = self._aside > self._setup.aside_threads
        self._aside -= 1
        if behind:
            self._give_back()

    def _give_back(self) -> None:
        self._in_flight -= 1
        if self._setup.rate is not None:
            self._admit()
        elif self._waiting is not None:
            self._admit()
            self._decode()

"""Predicts how a plan runs: plays frames through its stages on a machine with so many cores, event by event.

Each node's call is a piece of processor time and a rest that needs none (a GPU at work). Times come from
measured calls, frame by frame, so that a detector that looks every quarter of a second does so here, too. Frames wait
where they wait in the engine: at the gate for a credit, before a stage for its thread, at a device for its turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean, median

from runtime.costs import Cost, Sharing
from runtime.processor import Processor, Thread

HANDOVER_MS = 0.03
"""Processor time of passing a frame to another thread."""

ALL_WORK = 0.9
"""A call that is on the processor for more than this share of its time is all work: the rest are interruptions."""

FRAMES, WARM = 160, 40
"""Frames that are played, and those of them that only fill the pipeline."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What is played.

    Attributes:
        stages: names of the nodes of each stage.
        before: for each stage, the stages that it waits for.
        costs: of each node, sources included.
        sources: names of the sources, which are read one after another.
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
    sources: Sequence[str]
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
    """What came of it. Sources count as nodes.

    Attributes:
        fps: presented frames a second.
        age_ms: of a frame when it is presented, median.
        node_ms: time of a call of each node, median.
        cpu_ms: of that, processor time, mean.
    """

    fps: float
    age_ms: float
    node_ms: Mapping[str, float]
    cpu_ms: Mapping[str, float]


def play(setup: Setup) -> Played:
    """Returns how frames flow in the steady state."""
    world = _World(setup)
    world.run()
    return world.result()


class _World:
    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._processor = Processor(setup.cores)
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
        self._calls: dict[str, list[tuple[float, float]]] = {
            name: [] for names in (setup.sources, *setup.stages) for name in names
        }
        self._device_free: dict[str, float] = {}
        self._waiting: float | None = None  # capture time of the frame in the gate's slot
        self._aside = 0
        self._read = 0

    def run(self) -> None:
        self._decode()
        while len(self._presented) < FRAMES and self._read < 4 * FRAMES:
            self._processor.step()

    def result(self) -> Played:
        steady = self._presented[min(WARM, len(self._presented) // 2) :]
        span = steady[-1][0] - steady[0][0] if len(steady) > 1 else 0.0
        fps = 1000 * (len(steady) - 1) / span if span > 0 else 0.0
        ages = [at - captured for at, captured in steady]
        calls = {name: calls[len(calls) // 4 :] or [(0.0, 0.0)] for name, calls in self._calls.items()}
        return Played(
            fps,
            median(ages) if ages else 0.0,
            {name: median(ms for ms, _ in times) for name, times in calls.items()},
            {name: mean(ms for _, ms in times) for name, times in calls.items()},
        )

    # source and gate

    def _decode(self) -> None:
        self._read += 1
        thread, seq = Thread(), self._read - 1
        self._processor.enter(
            thread, lambda: self._call(thread, self._setup.sources, seq, self._offer_when_due), slept=True
        )

    def _offer_when_due(self) -> None:
        self._processor.leave()
        if self._setup.rate is None:
            self._offer()
        else:
            self._processor.at(max(self._processor.now, self._read * 1000 / self._setup.rate), self._offer)

    def _offer(self) -> None:
        self._waiting = self._processor.now
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
        """Wakes a free thread for the next frame, which it begins with after the pause that waking costs."""
        if self._free[stage] and self._inbox[stage]:
            self._free[stage] -= 1
            seq, thread = self._inbox[stage].popleft(), Thread()
            self._processor.at(
                self._processor.now + self._setup.sharing.wake_ms,
                lambda: self._processor.enter(thread, lambda: self._take(stage, thread, seq), slept=True),
            )

    def _take(self, stage: int, thread: Thread, seq: int) -> None:
        """Has a thread on a core work on a frame."""

        def begin() -> None:
            self._call(thread, self._setup.stages[stage], seq, lambda: self._leave(stage, thread, seq))

        self._processor.work(thread, HANDOVER_MS, 0.0, begin)

    def _call(self, thread: Thread, names: Sequence[str], seq: int, then: Callable[[], None]) -> None:
        """Calls nodes one after another on a thread that has a core."""
        if not names:
            then()
            return
        name, *others = names
        cost = self._setup.costs[name]
        sample = cost.samples[seq % len(cost.samples)] if cost.samples else cost.wall_ms
        share = cost.cpu_ms / cost.wall_ms if cost.wall_ms else 0.0
        cpu = sample if share > ALL_WORK else sample * share
        sharing = self._setup.sharing
        began, worked = self._processor.now, thread.worked_ms

        def done() -> None:
            self._calls[name].append((self._processor.now - began, thread.worked_ms - worked))
            self._call(thread, others, seq, then)

        def rest() -> None:
            stall = sharing.stall_ms.get(name, 0.0) if self._processor.is_busy else 0.0
            self._rest(thread, name, max(0.0, sample - cpu + stall), done)

        self._processor.work(thread, max(cpu, 1e-4), sharing.slowdown.get(name, 0.0), rest)

    def _rest(self, thread: Thread, name: str, ms: float, done: Callable[[], None]) -> None:
        """Spends what needs no processor; a device serves one call after another."""
        if ms <= 1e-4:
            done()
            return
        device = self._setup.devices.get(name)
        self._processor.leave()
        start = self._processor.now if device is None else max(self._processor.now, self._device_free.get(device, 0.0))
        if device is not None:
            self._device_free[device] = start + ms
        self._processor.at(start + ms, lambda: self._processor.enter(thread, done, slept=True))

    def _leave(self, stage: int, thread: Thread, seq: int) -> None:
        """Passes a frame on; its thread goes on with the next one, or sleeps."""
        for after in self._after[stage]:
            self._deliver(after, seq)
        if not self._after[stage]:
            self._ended[seq] = self._ended.get(seq, 0) + 1
            if self._ended[seq] == len(self._ends):
                self._finish(seq)
        if self._inbox[stage]:
            self._take(stage, thread, self._inbox[stage].popleft())
        else:
            self._free[stage] += 1
            self._processor.leave()

    def _finish(self, seq: int) -> None:
        self._presented.append((self._processor.now, self._captured.pop(seq)))
        if self._setup.aside_ms > 0.05:
            self._aside += 1
            thread = Thread()
            self._processor.enter(
                thread, lambda: self._processor.work(thread, self._setup.aside_ms, 0.0, self._end_aside)
            )
            if self._aside > self._setup.aside_threads:
                return  # the encoder is behind: the credit goes back when it has caught up
        self._give_back()

    def _end_aside(self) -> None:
        self._processor.leave()
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

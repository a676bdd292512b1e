"""A processor in simulated time: so many cores, threads that take turns on them, and timers.

A thread that has work keeps a core until it leaves, or its turn is over and others wait. One that has slept does not
wait for a core: it takes that of the thread that has worked longest, as schedulers do that are fair.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

TURN_MS = 3.0
"""How long a thread keeps a core that others wait for; Linux: 2.8 ms on eight cores and more (EEVDF)."""

Then = Callable[[], None]
"""What follows."""


@dataclass(slots=True)
class Thread:
    """A thread, what is left of its turn on a core, and how long it has worked in all."""

    turn_ms: float = 0.0
    worked_ms: float = 0.0


@dataclass(slots=True)
class _Job:
    """Work that a thread still has to do, how much slower it goes beside other work, and what follows."""

    thread: Thread
    left_ms: float
    slowdown: float
    then: Then

    def lasts(self, *, alone: bool) -> float:
        """Returns how long that will take, ms."""
        return self.left_ms if alone else self.left_ms * (1 + self.slowdown)


class Processor:
    """Runs what threads do on so many cores, event by event; `now` is the time in ms."""

    def __init__(self, cores: int) -> None:
        self.now = 0.0
        self._idle = cores
        self._ready: deque[tuple[Thread, Then]] = deque()
        self._jobs: list[_Job] = []
        self._timers: list[tuple[float, int, Then]] = []
        self._timed = 0

    def step(self) -> None:
        """Goes to the next moment at which something ends."""
        alone = len(self._jobs) <= 1
        first = min(self._jobs, key=lambda job: job.lasts(alone=alone), default=None)
        job_at = self.now + first.lasts(alone=alone) if first else float("inf")
        timer_at = self._timers[0][0] if self._timers else float("inf")
        passed, self.now = min(job_at, timer_at) - self.now, min(job_at, timer_at)
        for job in self._jobs:
            job.left_ms -= passed / (1.0 if alone else 1 + job.slowdown)
            job.thread.worked_ms += passed
        if first and job_at <= timer_at:
            self._jobs.remove(first)
            first.then()
        else:
            self._timers.pop(0)[2]()

    @property
    def is_busy(self) -> bool:
        """Whether any thread works."""
        return bool(self._jobs)

    def enter(self, thread: Thread, then: Then, *, slept: bool = False) -> None:
        """Goes on as soon as a core is free, at once where the thread has slept; and holds the core until `leave`."""
        if slept and not self._idle and self._jobs:
            self._push_out(self._jobs.pop(0))
        if self._idle:
            self._idle -= 1
            thread.turn_ms = TURN_MS
            then()
        else:
            self._ready.append((thread, then))

    def _push_out(self, job: _Job) -> None:
        """Takes the core of a thread, which goes on as soon as one is free."""
        self._ready.appendleft((job.thread, lambda: self._jobs.append(job)))
        self._idle += 1

    def leave(self) -> None:
        """Frees a core for whoever waits for one."""
        self._idle += 1
        if self._ready:
            self.enter(*self._ready.popleft())

    def work(self, thread: Thread, ms: float, slowdown: float, then: Then) -> None:
        """Works for so long on the core that the thread has, in turns as long as others want it."""
        piece = min(ms, thread.turn_ms)

        def done() -> None:
            thread.turn_ms -= piece
            if piece == ms:
                then()
                return
            self.leave()
            self.enter(thread, lambda: self.work(thread, ms - piece, slowdown, then))

        self._jobs.append(_Job(thread, piece, slowdown, done))

    def at(self, when: float, then: Then) -> None:
        """Goes on at a time, ms."""
        self._timed += 1
        self._timers.append((when, self._timed, then))
        self._timers.sort(key=lambda timer: timer[:2])

"""The engine's only source of time, passed in so that tests can hold it still."""

from __future__ import annotations

import threading
import time
from typing import Protocol

MILLISECOND = 1_000_000
SECOND = 1_000_000_000
"""In ns."""


class Clock(Protocol):
    """Tells the time and waits for it."""

    def now(self) -> int:
        """Returns ns since some fixed moment; never goes back."""
        ...

    def wait_until(self, when: int, stop: threading.Event) -> bool:
        """Waits until `when` (ns) or until `stop` is set; returns False when stopped."""
        ...


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> int:
        """Returns ns of the monotonic clock."""
        return time.perf_counter_ns()

    def wait_until(self, when: int, stop: threading.Event) -> bool:
        """Waits in one piece; `stop` ends the wait at once."""
        left = when - self.now()
        return not (stop.wait(left / SECOND) if left > 0 else stop.is_set())


class ManualClock:
    """A clock that stands still until it is told to go on; for tests."""

    def __init__(self, start: int = 0) -> None:
        self._now = start
        self._changed = threading.Condition()  # guards _now

    def now(self) -> int:
        """Returns the time that was set, ns."""
        return self._now

    def advance(self, ns: int) -> None:
        """Moves the time on and wakes who waits for it."""
        with self._changed:
            self._now += ns
            self._changed.notify_all()

    def wait_until(self, when: int, stop: threading.Event) -> bool:
        """Waits for `advance` to reach `when`; looks at `stop` every 10 ms of real time."""
        with self._changed:
            while self._now < when and not stop.is_set():
                self._changed.wait(0.01)
        return not stop.is_set()

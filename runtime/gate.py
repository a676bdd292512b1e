"""The only place where frames are dropped: a frame enters when a credit is free, and gets the next number.

A policy says what happens to a frame that finds no credit: `Latest` keeps the newest one,
`Block` makes the source wait. A live graph that shall run slower than its source leaves frames out here (`pace.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from runtime.kinds import Frame

Offer = tuple[Frame, ...]
"""One frame of each source, the graph's first source first."""


class Gate:
    """Admits frames in order and counts them. Any thread may call it.

    Args:
        policy: what happens to frames that find no credit.
        admit: takes admitted frames and their number; called with the lock held, so it only hands on.
        credits_: most frames in flight.
        limit: frames after which the gate closes by itself.
        has_room: whether there is memory for one more frame; not asked when nothing is in flight.
    """

    def __init__(
        self, policy: GatePolicy, admit: Callable[[Offer, int], None], credits_: int, limit: int | None = None,
        has_room: Callable[[], bool] = lambda: True,
    ) -> None:  # fmt: skip
        self.admitted = 0
        self.drops = 0
        self.paced = 0
        self.credits = credits_
        self.in_flight = 0
        self._policy = policy
        self._admit = admit
        self._limit = limit
        self._has_room = has_room
        self._hold_at: int | None = None
        self._paused = False
        self._steps = 0  # frames that may enter while paused
        self._closed = False
        self._slot: Offer | None = None
        # Guards all of the above; `admit` runs under it so that numbers and hand-over have one order.
        lock = threading.RLock()
        self._changed = threading.Condition(lock)
        self._ended = threading.Condition(lock)  # apart, so that whoever waits for the end is not woken by each frame

    def offer(self, frames: Offer) -> bool:
        """Brings the next frame of each source; returns False when no more are wanted."""
        with self._changed:
            return self._policy.offer(self, frames)

    def give_back(self) -> None:
        """Returns one credit: a frame has left the graph."""
        with self._changed:
            self.in_flight -= 1
            if self._slot is not None:
                self.take_waiting()
            self._changed.notify_all()

    def hold_after(self, more: int | None) -> None:
        """Admits so many more frames and then none; None lifts this."""
        with self._changed:
            self._hold_at = None if more is None else self.admitted + more
            self.take_waiting()
            self._changed.notify_all()

    def grant(self, credits_: int) -> None:
        """Sets how many frames may be in flight."""
        with self._changed:
            self.credits = credits_
            self.take_waiting()
            self._changed.notify_all()

    def pause(self, paused: bool) -> None:  # noqa: FBT001 - a switch
        """Stops or goes on admitting; live frames that come meanwhile are lost and not counted."""
        with self._changed:
            self._paused = paused
            self._steps = 0
            if paused:
                self.drops += self._slot is not None
                self._slot = None
            self._changed.notify_all()

    def step(self) -> None:
        """Admits the next frame although admission is paused."""
        with self._changed:
            self._steps += self._paused
            self._changed.notify_all()

    def close(self) -> None:
        """Admits nothing more; a frame that waits in the slot is dropped."""
        with self._changed:
            self.drops += self._slot is not None
            self._slot = None
            self._shut()

    def finish(self) -> None:
        """The source has ended: admits what waits, then closes."""
        with self._changed:
            self._changed.wait_for(lambda: self._slot is None or self._closed)
        self.close()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Waits until nothing is in flight; returns whether that came within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.in_flight == 0, timeout)

    def wait_closed(self, timeout: float | None = None) -> bool:
        """Waits until nothing more will be admitted; returns whether that came within `timeout` seconds."""
        with self._ended:
            return self._ended.wait_for(lambda: self._closed, timeout)

    def wait_admitted(self, count: int, timeout: float | None = None) -> bool:
        """Waits until so many frames have entered and come out, or the gate is closed; as above."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._closed or (self.admitted >= count and self.in_flight == 0), timeout
            )

    def wait_held(self, timeout: float | None = None) -> bool:
        """Waits until the frames before `hold_after` are through, or the gate is closed and empty; as above."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self.in_flight == 0 and (self._closed or self.admitted == self._hold_at), timeout
            )

    @property
    def closed(self) -> bool:
        """Whether nothing more will be admitted."""
        return self._closed

    @property
    def paused(self) -> bool:
        """Whether admission is paused."""
        return self._paused

    @property
    def barred(self) -> bool:
        """Whether admission is paused, and no step is due."""
        return self._paused and not self._steps

    # The rest is for policies and runs with the lock held.

    def is_open(self) -> bool:
        """Returns whether a frame may enter now."""
        held = self._hold_at is not None and self.admitted >= self._hold_at
        if self.barred or self._closed or held or self.in_flight >= self.credits:
            return False
        return self.in_flight == 0 or self._has_room()

    def let_in(self, frames: Offer) -> None:
        """Gives the frames the next number and hands them on."""
        seq = self.admitted
        self.admitted += 1
        self.in_flight += 1
        self._steps -= self._steps > 0
        if self._limit is not None and self.admitted >= self._limit:
            self._shut()
        self._admit(frames, seq)

    def _shut(self) -> None:
        self._closed = True
        self._changed.notify_all()
        self._ended.notify_all()

    @property
    def has_waiting(self) -> bool:
        """Whether frames wait in the slot."""
        return self._slot is not None

    def leave_out(self) -> None:
        """Counts frames that do not enter for the sake of the rate."""
        self.paced += 1

    def keep(self, frames: Offer) -> None:
        """Lets the frames wait in the slot; those that waited there are dropped."""
        self.drops += self._slot is not None
        self._slot = frames

    def wait_open(self) -> None:
        """Waits until a frame may enter or the gate is closed."""
        self._changed.wait_for(lambda: self._closed or self.is_open())

    def take_waiting(self) -> None:
        """Admits what waits in the slot, if it may enter."""
        if self._slot is not None and self.is_open():
            frames, self._slot = self._slot, None
            self.let_in(frames)


class GatePolicy(Protocol):
    """Decides about frames that are offered; called with the gate's lock held."""

    def offer(self, gate: Gate, frames: Offer) -> bool:
        """Admits, keeps or drops the frames; returns False when no more are wanted."""
        ...


class Latest:
    """Live: frames that find no credit wait in one slot, where the next ones replace them.

    Args:
        is_due: whether frames are due that find the slot empty; others are left out. What waits was due.
    """

    def __init__(self, is_due: Callable[[], bool] = lambda: True) -> None:
        self._is_due = is_due

    def offer(self, gate: Gate, frames: Offer) -> bool:
        """Keeps the frames as the newest ones, and admits them if they may enter; while paused they are lost."""
        if gate.closed:
            return False
        if gate.barred:
            return True
        if not gate.has_waiting and not self._is_due():
            gate.leave_out()
        else:
            gate.keep(frames)
            gate.take_waiting()
        return True


class Block:
    """Files: the source waits until its frames can enter, so that nothing is dropped."""

    def offer(self, gate: Gate, frames: Offer) -> bool:
        """Waits for a credit, then admits."""
        if not gate.is_open():
            gate.wait_open()
        if gate.closed:
            return False
        gate.let_in(frames)
        return True

"""Turns a file's time stamps into a time that strictly rises, and leaves stamps alone that already do."""

from __future__ import annotations

from fractions import Fraction

RESTART_S = 1
"""Stamps that fall back by more than this start again (joined recordings); by less, one frame is stamped wrongly."""


class Timeline:
    """Places frames in time, in ticks of the stream's time base.

    A missing stamp lies one frame after the last. A stamp that repeats or falls back a little becomes the next tick,
    so that no other frame moves; when stamps start again, all that follow are moved by the same span.
    """

    def __init__(self, time_base: Fraction, rate: Fraction | None) -> None:
        self.time_base = time_base
        self._step = max(1, round(1 / ((rate or 25) * time_base)))
        self._offset = 0
        self._first: int | None = None
        self._last: int | None = None
        self.mended = 0

    def place(self, stamp: int | None) -> Fraction:
        """Returns the time of the next frame in seconds."""
        ticks = self._after_last() if stamp is None else stamp + self._offset
        if self._last is not None and ticks <= self._last:
            fell_s = (self._last - ticks) * self.time_base
            mended = self._after_last() if fell_s > RESTART_S else self._last + 1
            if fell_s > RESTART_S:
                self._offset += mended - ticks
            ticks = mended
            self.mended += 1
        elif stamp is None:
            self.mended += 1
        self._first = ticks if self._first is None else self._first
        self._last = ticks
        return ticks * self.time_base

    @property
    def last(self) -> Fraction | None:
        """The time of the last frame that was placed, s."""
        return None if self._last is None else self._last * self.time_base

    def loop(self, duration: Fraction | None) -> None:
        """Moves all that follows behind what was placed so far; `duration` (s) tells how long the last frame stays."""
        if self._last is None or self._first is None:
            return
        span = round((duration or 0) / self.time_base)
        length = self._last - self._first
        self._offset += span if span > length else length + self._step
        self._first = None

    def jump(self) -> None:
        """Forgets what was placed: the next frame's stamp holds as it is."""
        self._first = self._last = None
        self._offset = 0

    def _after_last(self) -> int:
        return 0 if self._last is None else self._last + self._step

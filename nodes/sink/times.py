"""When a frame is shown in a file: at the time it came with, or at the time it was captured."""

from __future__ import annotations

from abc import ABC, abstractmethod
from fractions import Fraction

from runtime.kinds import Frame

RECORDING_TIME_BASE = Fraction(1, 90_000)
"""For recordings: video's usual clock, 11 us."""


class Times(ABC):
    """Gives frames strictly rising times, in ticks of `time_base` seconds."""

    def __init__(self, time_base: Fraction) -> None:
        self.time_base = time_base
        self._last: int | None = None

    def ticks(self, frame: Frame) -> int:
        """Returns the time of the next frame."""
        ticks = round(self._seconds(frame) / self.time_base)
        self._last = ticks if self._last is None else max(ticks, self._last + 1)
        return self._last

    @abstractmethod
    def _seconds(self, frame: Frame) -> Fraction: ...


class Stamped(Times):
    """The frames of a file: their `pts`, which are whole ticks of the input's time base and so stay exact."""

    def _seconds(self, frame: Frame) -> Fraction:
        return frame.pts


class Captured(Times):
    """A recording: seconds since its first frame was captured."""

    def __init__(self) -> None:
        super().__init__(RECORDING_TIME_BASE)
        self._first: float | None = None

    def _seconds(self, frame: Frame) -> Fraction:
        self._first = frame.time if self._first is None else self._first
        return Fraction(frame.time - self._first)

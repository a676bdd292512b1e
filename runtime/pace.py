"""Keeps frames to a rate where they enter the graph, evenly: 27 of 30 are nine in ten, 15 of 30 every second one."""

from __future__ import annotations

from collections.abc import Callable

from runtime.clock import SECOND

_MOST = 2.0
"""Frames that may be saved up: more than one, so that one which comes late does not cost the next one its turn."""

_ENOUGH = 0.5
"""Share of a frame that must be saved up to let one in; what is missing is owed, so the rate holds in the mean."""

_ROUNDING = 1e-6

_FROM = 0.98
"""A limit over this share of the source's rate is none: it would only cost a frame now and then."""


def limit_below(fps: float, source_fps: float | None) -> float | None:
    """Returns a rate to hold as a limit for `Pace`, or None where the source does not give more."""
    return fps if source_fps is not None and fps < _FROM * source_fps else None


class Pace:
    """Says of each frame that comes whether its turn is due. One thread asks; another may set the rate.

    Args:
        now: the time, ns.
        fps: frames a second to let in, or None for all.
    """

    def __init__(self, now: Callable[[], int], fps: float | None = None) -> None:
        self.fps = fps
        self._now = now
        self._saved = _ENOUGH
        self._since: int | None = None

    def take(self) -> bool:
        """Returns whether the frame that comes now may enter, and counts it if so."""
        now, fps = self._now(), self.fps
        elapsed = 0 if self._since is None else now - self._since
        self._since = now
        if fps is None:
            self._saved = _ENOUGH
            return True
        self._saved = min(_MOST, self._saved + elapsed * fps / SECOND)
        if self._saved < _ENOUGH - _ROUNDING:
            return False
        self._saved -= 1
        return True

"""Keeps the points of one face from trembling: a one-euro filter about where the face is expected to be.

G. Casiez, N. Roussel, D. Vogel, "1 euro filter: a simple speed-based low-pass filter for noisy input in interactive
systems", CHI 2012: the faster something moves, the less it is smoothed. Here it is used twice: on how the face as a
whole (place, size, turn) differs from steady motion, and on how its shape differs from the shape before. What is
steady is so not delayed at all, slow changes of shape by up to 1 / (2 pi * 1 Hz) = 160 ms, a blink by a few ms.
"""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from runtime.kinds import Doubles, Floats

LEAP = 0.5
"""Step in sizes (or e-folds, or radians) beyond what is expected, from which it starts anew: that is no trembling."""

GAP_S = 0.25
"""Seconds without a sighting after which it starts anew."""

UNEVEN = 1.25
"""Factor by which a picture may follow faster or slower than in the mean: heads move more evenly than cameras stamp."""

Complexes = npt.NDArray[np.complex128]


class Strength(NamedTuple):
    """The filter's constants: cutoff at rest in Hz, Hz more for each size a second, and cutoff of the speed in Hz."""

    rest: float
    slope: float
    speed: float


WHOLE = Strength(rest=3.0, slope=30.0, speed=30.0)
SHAPE = Strength(rest=1.0, slope=100.0, speed=10.0)
STEADY = 1.0
"""Cutoff in Hz of the velocity that the face is expected to keep."""


class Smoother:
    """Smooths the points of one face, from frame to frame."""

    def __init__(self) -> None:
        self._state: _State | None = None
        self._pace: float | None = None

    def __call__(self, points: Floats, elapsed: float, smooth: float) -> Floats:
        """Returns the smoothed points, float32 [N, 2 or 3], `elapsed` seconds after the last ones; anew with another N.

        `smooth` is 0 for none, 0.5 for the constants as they stand, 1 for a quarter of their cutoffs.
        """
        if smooth <= 0:
            self._state = None
            return points
        if self._state is not None and 0 < elapsed <= GAP_S and len(self._state.plane) == len(points):
            self._state = self._state.after(points, self._evened(elapsed), 0.25 / smooth**2)
        else:
            self._state = _State.of(points)
        return self._state.points()

    def _evened(self, elapsed: float) -> float:
        """Returns the time since the last picture, not far from what it is in the mean lately."""
        pace = elapsed if self._pace is None else self._pace + 0.1 * (elapsed - self._pace)
        self._pace = pace
        return min(max(elapsed, pace / UNEVEN), pace * UNEVEN)


@dataclass(frozen=True, slots=True)
class _Course:
    """How one quantity of the whole face goes, a second: sizes, or e-folds and radians.

    Attributes:
        velocity: that it is expected to keep.
        unrest: how fast it differs from that.
    """

    velocity: complex = 0j
    unrest: float = 0.0

    def is_leap(self, seen: complex, elapsed: float) -> bool:
        """Whether a step is too far from what is expected."""
        return abs(seen - self.velocity * elapsed) > LEAP

    def after(self, seen: complex, elapsed: float, looseness: float) -> tuple[complex, _Course]:
        """Returns the smoothed step, and how it goes on."""
        surprise = seen - self.velocity * elapsed
        unrest = self.unrest + _share(WHOLE.speed, elapsed) * (abs(surprise) / elapsed - self.unrest)
        share = _share(looseness * (WHOLE.rest + WHOLE.slope * unrest), elapsed)
        velocity = self.velocity + _share(STEADY, elapsed) * surprise / elapsed
        return self.velocity * elapsed + share * surprise, _Course(velocity, unrest)


@dataclass(frozen=True, slots=True)
class _State:
    """What the filter knows after a frame; lengths in px.

    Attributes:
        plane: complex [N], smoothed places as x + iy.
        depth: float64 [N], or [0] where there is none.
        place: how the middle goes.
        form: how size and turn go.
        speed: float64 [N], or 0: how fast each point moves within the face, sizes a second.
    """

    plane: Complexes
    depth: Doubles
    place: _Course = _Course()
    form: _Course = _Course()
    speed: Doubles | float = 0.0

    @classmethod
    def of(cls, points: Floats) -> _State:
        plane = np.ascontiguousarray(points[:, :2], np.float64).view(np.complex128)[:, 0]
        return cls(plane, points[:, 2:].ravel().astype(np.float64))

    def points(self) -> Floats:
        """Returns the smoothed points, float32 [N, 2 or 3]."""
        result = np.empty((len(self.plane), 2 + bool(len(self.depth))), np.float32)
        result[:, 0], result[:, 1] = self.plane.real, self.plane.imag
        if len(self.depth):
            result[:, 2] = self.depth
        return result

    def after(self, points: Floats, elapsed: float, looseness: float) -> _State:
        """Returns the state `elapsed` seconds later."""
        seen = _State.of(points)
        middle, goal = complex(self.plane.mean()), complex(seen.plane.mean())
        arm, size = self.plane - middle, max(float(np.ptp(self.plane.imag)), 1e-3)
        turn = _turn(arm, seen.plane)
        shift, bend = (goal - middle) / size, cmath.log(turn)
        if self.place.is_leap(shift, elapsed) or self.form.is_leap(bend, elapsed):
            return seen
        step, place = self.place.after(shift, elapsed, looseness)
        growth, form = self.form.after(bend, elapsed, looseness)
        bent = seen.plane - (turn * arm + goal)
        speed = np.abs(bent) / (size * elapsed)
        speed = self.speed + _share(SHAPE.speed, elapsed) * (speed - self.speed)
        share = looseness * (SHAPE.rest + SHAPE.slope * speed) * (2 * math.pi * elapsed)
        share /= share + 1
        plane = cmath.exp(growth) * arm + (middle + step * size) + share * bent
        depth = self.depth
        if len(depth):
            depth = math.exp(growth.real) * depth + share * (seen.depth - abs(turn) * depth)
        return _State(plane, depth, place, form, speed)


def _share(cutoff: float, elapsed: float) -> float:
    """Returns how much of a difference a low-pass filter of that cutoff in Hz lets through."""
    reach = 2 * math.pi * cutoff * elapsed
    return reach / (reach + 1)


def _turn(arm: Complexes, now: Complexes) -> complex:
    """Returns the scaled rotation that brings centred points nearest to others, least squares."""
    product = complex(np.vdot(arm, now))
    return product / max(float(np.vdot(arm, arm).real), 1e-9) if product else 1.0

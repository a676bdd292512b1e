"""Keeps the points of one face from trembling: a one-euro filter about where the face is expected to be.

G. Casiez, N. Roussel, D. Vogel, "1 euro filter: a simple speed-based low-pass filter for noisy input in interactive
systems", CHI 2012: the faster something moves, the less it is smoothed. Here it is used twice: on how the face as a
whole (place, size, turn) differs from steady motion, and on how its shape differs from the shape before. What is
steady is so not delayed at all, slow changes of shape by up to 1 / (2 pi * 1 Hz) = 160 ms, a blink by a few ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from runtime.kinds import Doubles, Floats

LEAP = 0.5
"""Distance in sizes of the face from where it is expected, from which it starts anew: that is no trembling."""

GAP_S = 0.25
"""Seconds without a sighting after which it starts anew."""

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

    def __call__(self, points: Floats, elapsed: float, smooth: float) -> Floats:
        """Returns the smoothed points, float32 [N, 2 or 3], `elapsed` seconds after the last ones.

        `smooth` is 0 for none, 0.5 for the constants as they stand, 1 for a quarter of their cutoffs.
        """
        if self._state is None or smooth <= 0 or not 0 < elapsed <= GAP_S:
            self._state = _State.of(points)
        else:
            self._state = self._state.after(points, elapsed, 0.25 / smooth**2)
        return self._state.points.astype(np.float32)


@dataclass(frozen=True, slots=True)
class _State:
    """What the filter knows after a frame; lengths in px, rates in sizes (or e-folds, or radians) a second.

    Attributes:
        points: float64 [N, 2 or 3], smoothed.
        velocity: complex [2]: of the centre; of size and turn.
        unrest: float64 [2]: how fast these differ from steady motion.
        speed: float64 [N, 1]: how fast each point moves within the face.
    """

    points: Doubles
    velocity: Complexes
    unrest: Doubles
    speed: Doubles

    @classmethod
    def of(cls, points: Floats) -> _State:
        return cls(points.astype(np.float64), np.zeros(2, complex), np.zeros(2), np.zeros((len(points), 1)))

    def after(self, seen: Floats, elapsed: float, looseness: float) -> _State:
        """Returns the state `elapsed` seconds later."""
        now, before = _plane(seen), _plane(self.points)
        middle, size = before.mean(), max(float(np.ptp(seen[:, 1])), 1e-3)
        turn = _turn(before, now)
        step = np.array([(now.mean() - middle) / size, np.log(turn)])
        surprise = step - self.velocity * elapsed
        if abs(surprise[0]) > LEAP:
            return _State.of(seen)
        unrest = self.unrest + _share(WHOLE.speed, elapsed) * (np.abs(surprise) / elapsed - self.unrest)
        step = self.velocity * elapsed + _share(looseness * (WHOLE.rest + WHOLE.slope * unrest), elapsed) * surprise
        velocity = self.velocity + _share(STEADY, elapsed) * surprise / elapsed
        bent = seen - _joined(turn * (before - middle) + now.mean(), self.points, abs(turn))
        speed = np.sqrt((bent[:, :2] ** 2).sum(1, keepdims=True)) / (size * elapsed)
        speed = self.speed + _share(SHAPE.speed, elapsed) * (speed - self.speed)
        stretch = np.exp(step[1])
        moved = _joined(stretch * (before - middle) + middle + step[0] * size, self.points, abs(stretch))
        points = moved + _share(looseness * (SHAPE.rest + SHAPE.slope * speed), elapsed) * bent
        return _State(points, velocity, unrest, speed)


def _share(cutoff: Doubles | float, elapsed: float) -> Doubles:
    """Returns how much of a difference a low-pass filter of that cutoff in Hz lets through."""
    reach = np.multiply(cutoff, 2 * np.pi * elapsed)
    share: Doubles = reach / (reach + 1)
    return share


def _turn(before: Complexes, now: Complexes) -> complex:
    """Returns the scaled rotation that brings points nearest to others, least squares about their means."""
    arm = before - before.mean()
    product = complex(np.vdot(arm, now))
    return product / max(float(np.vdot(arm, arm).real), 1e-9) if product else 1.0


def _plane(points: Floats | Doubles) -> Complexes:
    """Returns points as complex numbers x + iy."""
    flat = np.ascontiguousarray(points[:, :2], np.float64)
    return flat.view(np.complex128)[:, 0]


def _joined(plane: Complexes, points: Doubles, scale: float) -> Doubles:
    """Returns points moved to these places in the plane, and their depths scaled."""
    result = points * scale
    result[:, 0], result[:, 1] = plane.real, plane.imag
    return result

"""Where a face will be: a Kalman filter with constant velocity.

Lengths count in sizes of the face, so that near and far faces are alike. It smooths nothing that is shown.
"""

from __future__ import annotations

import math

import numpy as np

from runtime.kinds import Floats

JERK = 20.0
"""Spectral density of a head's acceleration, sizes^2 / s^3: in a tenth of a second its speed changes by 1.4 sizes/s."""

NOISE = 0.02
"""Standard deviation of a sighting, sizes."""

COAST_S = 0.3
"""How long a face that is not seen is taken to keep its speed, s; it fades with this time constant."""


class Motion:
    """The motion of one face, whose place is the middle of its box, float32 [2] px."""

    def __init__(self, place: Floats) -> None:
        self._start(place)

    def see(self, place: Floats, elapsed: float, *, crowded: bool = False) -> None:
        """Takes in a sighting, `elapsed` seconds after the one before; 0 if nobody knows.

        In a crowd the landmarks may be drawn to the face in front: that says nothing of how fast this one moves.
        """
        if elapsed <= 0:
            self._start(place)
            return
        pp, pv, vv = self._later(elapsed)
        certainty = pp + NOISE**2
        gain, push = pp / certainty, pv / certainty
        expected = self._place + self._velocity * elapsed
        self._place = expected + gain * (place - expected)
        fade = math.exp(-elapsed / COAST_S)
        self._velocity = fade * self._velocity if crowded else self._velocity + push * (place - expected)
        self._doubt = (pp * (1 - gain), pv * (1 - gain), vv - push * pv)

    def shift(self, elapsed: float) -> Floats:
        """Returns how far it may have gone since it was last seen, px, float32 [2]."""
        return (self._velocity * _coasting(elapsed)).astype(np.float32)

    def spread(self, elapsed: float) -> float:
        """Returns how far it may be from where it should be, in sizes: one standard deviation."""
        return math.sqrt(self._later(elapsed)[0])

    def _start(self, place: Floats) -> None:
        self._place = place.astype(np.float64)
        self._velocity = np.zeros(2)
        self._doubt = (NOISE**2, 0.0, 1.0)  # variances and covariance of place and velocity: pp, pv, vv

    def _later(self, elapsed: float) -> tuple[float, float, float]:
        pp, pv, vv = self._doubt
        return (
            pp + 2 * pv * elapsed + vv * elapsed**2 + JERK * elapsed**3 / 3,
            pv + vv * elapsed + JERK * elapsed**2 / 2,
            vv + JERK * elapsed,
        )


def _coasting(elapsed: float) -> float:
    return COAST_S * (1 - math.exp(-elapsed / COAST_S))

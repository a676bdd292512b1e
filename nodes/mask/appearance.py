"""What one face looks like, sample by sample, and how far a picture of it differs from that. Colours are CIELAB."""

from __future__ import annotations

import math

import numpy as np

from runtime.kinds import Floats

GRAIN = np.array((9.0, 2.5, 3.0), np.float32)
"""How much lightness, green-red and blue-yellow of skin differ from frame to frame at least, in levels of 255."""
_BURNT = 230.0
"""From this lightness on skin loses its colour: what is expected to be burnt out, and is, is not strange."""
_DARKEST = 0.5
"""A shadow leaves at least this share of the lightness: about an eighth of the light."""
_GREY = np.array((0, 128, 128), np.float32)
_MOST = 6.0
"""No sample counts for more than this many times its usual difference."""
_IN_VIEW = 0.1
_FOLLOW_S = 1.0
"""Within this the model follows what is believed to be the face: a head turns and shades itself anew."""
_YOUNGEST_S, _OLDEST_S = 2.0, 20.0
"""Within this it follows what is believed to be something else: later, the longer it has known the face."""
_STIFF = np.diag((5.0, 50.0, 50.0, 5.0))
"""What holds the light as it was: as so many samples do for its level, its slopes across the face, and its strength."""


class Appearance:
    """The mean colour of each sample, float32 [S, 3], and how much it usually differs.

    Attributes:
        known: 1 for samples that have been seen, else 0, float32 [S]: some come into view when a head turns.
    """

    def __init__(self, count: int) -> None:
        self.known: Floats = np.zeros(count, np.float32)
        self._mean: Floats = np.zeros((count, 3), np.float32)
        self._usual: Floats = np.tile(GRAIN, (count, 1))
        self._light: Floats = np.zeros((count, 3), np.float32)
        self._rest: Floats = self._light
        self._age_s = 0.0

    def difference(self, colours: Floats, places: Floats, trust: Floats) -> Floats:
        """Returns how strange each sample is, in its usual differences, float32 [S, 2]; a change of light is not.

        First as it is, then as if it lay in a shadow as dark as itself.

        Args:
            colours: of the samples, float32 [S, 3].
            places: where they are, float32 [S, 2], about -1 to 1 across the patch.
            trust: how far each is to be believed, float32 [S], 0 for those that are not known.
        """
        change = colours - self._mean
        self._light = _light(change, places, self._mean[:, 0], trust)
        self._rest = change - self._light
        expected = colours[:, 0] - self._rest[:, 0]
        self._rest[np.minimum(colours[:, 0], expected) > _BURNT] = 0
        unshaded = self._rest - _shadow(colours - self._rest, colours)
        both = np.stack([self._rest, unshaded], 1) / self._usual[:, None]
        return np.minimum(np.sqrt(np.square(both).sum(2)), np.float32(_MOST))

    def learn(self, hidden: Floats, trust: Floats, elapsed_s: float) -> None:
        """Follows the picture that was compared last; slowly where something is in front of it.

        Args:
            hidden: 1 for each sample that is, else 0, float32 [S].
            trust: how far each is to be believed, known or not, float32 [S].
            elapsed_s: since the frame before.
        """
        self._age_s += elapsed_s
        follow = _share(elapsed_s, min(_FOLLOW_S, self._age_s))
        doubt = _share(elapsed_s, min(max(3 * self._age_s, _YOUNGEST_S), _OLDEST_S))
        new = (self.known == 0) & (trust > _IN_VIEW) & (hidden == 0)
        self._mean[new] += self._rest[new] + self._light[new]
        self._rest[new] = self._light[new] = 0
        self.known[new] = 1
        seen = (1 - hidden) * trust * self.known
        self._mean += (follow * seen + doubt * hidden)[:, None] * self._rest + follow * self._light
        usual = np.clip(np.abs(self._rest) * np.float32(1.25), GRAIN, 3 * GRAIN)
        self._usual += (follow * seen)[:, None] * (usual - self._usual)


def _light(change: Floats, places: Floats, lightness: Floats, trust: Floats) -> Floats:
    """Returns the change of light that the samples agree on, float32 [S, 3].

    Begins with no change and leaves out what does not fit, so something in front of a half of the face is no light.
    """
    plane = np.column_stack([np.ones(len(places), np.float32), places, lightness / 128 - 1])
    rest = change
    for _ in range(2):
        weights = trust / np.square(1 + np.square(rest / GRAIN).sum(1) / 4)
        weighted = (plane * weights[:, None]).T
        light = (plane @ np.linalg.solve(weighted @ plane + _STIFF, weighted @ change)).astype(np.float32)
        rest = change - light
    return light


def _shadow(expected: Floats, colours: Floats) -> Floats:
    """Returns how a shadow as dark as the colours would change those that are expected, float32 [S, 3].

    In CIELAB less light scales lightness and both colour axes alike.
    """
    ratio = np.clip(colours[:, :1] / np.maximum(expected[:, :1], 1), _DARKEST, 1)
    return (expected - _GREY) * (ratio - 1)


def _share(elapsed_s: float, within_s: float) -> np.float32:
    """Returns how much of the way to go in a step, to have gone most of it within a time."""
    return np.float32(1 - math.exp(-elapsed_s / within_s)) if within_s > 0 else np.float32(1)

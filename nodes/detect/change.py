"""Says how a picture differs from the one before: not at all, somewhat, or by belonging to another scene."""

from __future__ import annotations

from enum import Enum, auto

import numpy as np

from runtime.kinds import Floats, Image

ALIKE = 0.4
"""Correlation below which two pictures are of different scenes: neighbours in the demo clip have 0.96 and more."""

STEP = 12.0
"""Mean difference in levels that a cut has at least, so that the noise of a dark camera is none."""

_ROWS = 32


class Change(Enum):
    """What happened between two pictures."""

    NONE = auto()
    SOME = auto()
    SCENE = auto()


class Changes:
    """Compares each picture with the last one, at about 2000 places (0.02 ms); in full only where these are equal."""

    def __init__(self) -> None:
        self._image: Image | None = None
        self._samples: Floats = np.empty((0, 0, 3), np.float32)

    def before(self, image: Image) -> Change:
        """Returns what happened before this picture, uint8 [H, W, 3]; a first one is a new scene."""
        step = max(1, min(image.shape[:2]) // _ROWS)
        now = image[step // 2 :: step, step // 2 :: step].astype(np.float32)
        last, samples = self._image, self._samples
        self._image, self._samples = image, now
        if last is None or last.shape != image.shape:
            return Change.SCENE
        difference = float(np.abs(now - samples).mean())
        if difference == 0 and np.array_equal(image, last):
            return Change.NONE
        return Change.SCENE if difference > STEP and _correlation(now, samples) < ALIKE else Change.SOME


def _correlation(a: Floats, b: Floats) -> float:
    """Returns the correlation of all values: a change of brightness or contrast leaves it at 1."""
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / np.sqrt(max(float((a * a).sum() * (b * b).sum()), 1e-9)))

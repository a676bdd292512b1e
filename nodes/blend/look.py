"""How a patch's new pixels are brought nearer to the picture around: colour and sharpness. Works on patches alone."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from runtime.kinds import Doubles, Image

ColorMatch = Literal["none", "mean", "lab"]

_SMALL = 64
"""Side of the pictures whose colours are counted; grain is averaged out in them."""
_FEWEST = 32
"""So many of their px must show the new face, or there is nothing to go by."""
_CONTRAST = (0.6, 1.6)
_GAIN = (0.4, 2.5)
_LEVELS = np.arange(256)


def matched(image: Image, target: Image, mask: Image, color: ColorMatch) -> Image:
    """Returns the new pixels, uint8 [N, N, 3], with the colours that the target has under the mask [N, N]."""
    if color == "none":
        return image
    size = (_SMALL, _SMALL)
    where = cv2.threshold(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), 127, 255, cv2.THRESH_BINARY)[1]
    if cv2.countNonZero(where) < _FEWEST:
        return image
    new, old = (cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in (image, target))
    return _of_equal_mean(image, new, old, where) if color == "mean" else _of_equal_spread(image, new, old, where)


def _of_equal_mean(image: Image, new: Image, old: Image, where: Image) -> Image:
    """Returns the picture with a gain for each of blue, green and red, as another light makes."""
    have, want = (np.array(cv2.mean(picture, where)[:3]) for picture in (new, old))
    return cv2.LUT(image, _table(np.clip(want / np.maximum(have, 1), *_GAIN), np.zeros(3)))


def _of_equal_spread(image: Image, new: Image, old: Image, where: Image) -> Image:
    """Returns the picture with mean and standard deviation of lightness and of both colour axes changed.

    E. Reinhard et al., "Color Transfer between Images", IEEE CG&A 21(5), 2001, in CIELAB.
    """
    (mean, spread), (goal, goal_spread) = (
        (part.ravel() for part in cv2.meanStdDev(cv2.cvtColor(picture, cv2.COLOR_BGR2Lab), mask=where))
        for picture in (new, old)
    )
    gain = np.clip(goal_spread / np.maximum(spread, 1e-3), *_CONTRAST)
    lab = cv2.LUT(cv2.cvtColor(image, cv2.COLOR_BGR2Lab), _table(gain, goal - gain * mean))
    return cv2.cvtColor(lab, cv2.COLOR_Lab2BGR)


def _table(gain: Doubles, shift: Doubles) -> Image:
    """Returns a look-up table of gain x level + shift for three channels, uint8 [1, 256, 3]."""
    return np.rint(np.clip(_LEVELS[:, None] * gain + shift, 0, 255)).astype(np.uint8)[None]


def sharpened(image: Image, amount: float) -> Image:
    """Returns the picture with so much of its finest detail added once more; 0 adds none, 1 doubles it."""
    if not amount:
        return image
    return cv2.addWeighted(image, 1 + amount, cv2.GaussianBlur(image, (0, 0), max(1.0, len(image) / 256)), -amount, 0)

"""Gives a swapped patch the sharpness and the grain of the target's picture. Knows neither light nor landmarks."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from runtime.kinds import Floats, Image

_MIDDLE = (0.33, 0.75, 0.3, 0.7)
"""Top, bottom, left and right of the part that is looked at, as shares of the side: brows to mouth."""
_SIGMA = 1.4826
"""A normal distribution's standard deviation by the median of its absolute values."""
_SOFTEST = 0.1
_LIKE = 1.25
"""A face may be so much sharper than the picture around it before anybody sees that; it is never made sharper."""
_CLEAN = 1.5
"""Grain of fewer levels is not seen."""
_REACH = 3.0
"""Grain is what differs from its neighbours by no more than so many of its standard deviations: more is a line."""


class Detail(NamedTuple):
    """How sharp and how grainy a patch is.

    Attributes:
        sharpness: energy of the finest detail by that of coarser detail, the grain left out.
        grain: standard deviation of the finest detail on plain skin, levels.
    """

    sharpness: float
    grain: float

    def towards(self, other: Detail, share: float) -> Detail:
        """Returns what is so far on the way to another one."""
        return Detail(*(mine + (its - mine) * share for mine, its in zip(self, other, strict=True)))


def middle_of(image: Image) -> Image:
    """Returns the middle of a patch [N, N, 4], where the face is: a view."""
    top, bottom, left, right = (round(len(image) * share) for share in _MIDDLE)
    return image[top:bottom, left:right]


def detail_of(image: Image) -> Detail:
    """Looks at a patch uint8 [N, N, 4]. Most of its middle is plain skin, so the median there tells the grain."""
    grey = cv2.cvtColor(middle_of(image), cv2.COLOR_BGRA2GRAY).astype(np.float32)
    smooth = _smooth(grey)
    fine, coarse = grey - smooth, smooth - cv2.blur(smooth, (13, 13))
    grain = _SIGMA * float(np.median(np.abs(fine[::2, ::2])))
    energy = max(_mean_square(fine) - grain * grain, 1e-3)
    return Detail(float(np.sqrt(energy / max(_mean_square(coarse), 1e-3))), grain)


def match(image: Image, target: Image, own: Detail, wanted: Detail) -> Image:
    """Returns a swapped patch that has its own detail with the detail that is wanted; its grain is the target's own.

    All are uint8 [N, N, 4]; the fourth channel is a mask that stays as it is.
    """
    gain = min(max(_LIKE * wanted.sharpness / own.sharpness, _SOFTEST), 1.0)
    missing = wanted.grain**2 - (own.grain * gain) ** 2 - _CLEAN**2
    if gain == 1 and missing <= 0:
        return image
    result = cv2.addWeighted(image, gain, _smooth(image), 1 - gain, 0)
    if missing > 0:
        grain = cv2.subtract(target, _smooth(target), dtype=cv2.CV_16S)
        reach = round(_REACH * wanted.grain)
        grain = cv2.max(cv2.min(grain, (reach,) * 4), (-reach,) * 4)
        result = cv2.addWeighted(result, 1, grain, float(np.sqrt(missing)) / wanted.grain, 0, dtype=cv2.CV_8U)
    return cv2.insertChannel(cv2.extractChannel(image, 3), result, 3)


def _smooth(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return cv2.GaussianBlur(image, (5, 5), 1.3)


def _mean_square(values: Floats) -> float:
    return float(cv2.norm(values, cv2.NORM_L2SQR)) / values.size

"""A hand that passes in front of faces: drawn, skin-coloured, with shading and texture. Always the same one."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from runtime.kinds import Image

SIDE = 512
CENTRE = (256.0, 330.0)
"""Middle of the palm, px."""

_SKIN = np.array((128, 158, 212), np.float32)
"""BGR, close to the demo person's, so that colour alone does not tell it from a face."""

_FINGERS = (((170, 290), (128, 110), 27), ((222, 270), (208, 52), 29), ((276, 272), (290, 60), 28),
            ((328, 294), (366, 112), 24), ((170, 360), (70, 270), 30))  # fmt: skip
_ARM = 1200
"""Length of the forearm, px: it reaches beyond the lower edge of every picture."""


@cache
def hand() -> Image:
    """Returns the hand with its forearm, uint8 [512 + 1200, 512, 4] BGRA, fingers upwards."""
    mask = np.zeros((SIDE + _ARM, SIDE), np.uint8)
    cv2.ellipse(mask, (256, 340), (112, 118), 0, 0, 360, 255, -1)
    cv2.rectangle(mask, (186, 380), (326, SIDE + _ARM), 255, -1)
    for base, tip, radius in _FINGERS:
        cv2.line(mask, base, tip, 255, 2 * radius, cv2.LINE_AA)
        cv2.circle(mask, tip, radius, 255, -1, cv2.LINE_AA)
    light = _light(mask) * _texture(mask.shape)
    colour = np.clip(_SKIN * light[..., None], 0, 255).astype(np.uint8)
    _draw_lines(colour)
    return np.dstack([colour, cv2.GaussianBlur(mask, (0, 0), 1.2)])


def _light(mask: Image) -> np.ndarray:
    """Returns brightness 0 to 1.1: round limbs, each finger with an edge of its own, lit from the upper left."""
    height = np.zeros(mask.shape, np.float32)
    for base, tip, radius in _FINGERS:
        limb = np.zeros_like(mask)
        cv2.line(limb, base, tip, 255, 2 * radius, cv2.LINE_AA)
        cv2.circle(limb, tip, radius, 255, -1)
        height = np.maximum(height, np.sqrt(cv2.distanceTransform(limb, cv2.DIST_L2, 5) / radius))
    palm = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    height = np.maximum(height, np.sqrt(np.minimum(palm / 60, 1)) * 0.95)
    height = cv2.GaussianBlur(height, (0, 0), 2.5)
    slope = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=5) + cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=5)
    return np.clip(0.62 + 0.38 * height + 0.05 * slope, 0.3, 1.1)


def _texture(shape: tuple[int, ...]) -> np.ndarray:
    """Returns factors about 1: blotches and pores."""
    random = np.random.default_rng(7)
    blotches = cv2.resize(
        random.normal(0, 0.05, (40, 12)).astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC
    )
    pores = cv2.GaussianBlur(random.normal(0, 0.09, shape).astype(np.float32), (0, 0), 1.2)
    return 1 + blotches + pores


def _draw_lines(colour: Image) -> None:
    """Draws creases at the joints, and nails."""
    for base, tip, radius in _FINGERS:
        along = np.array(tip) - base
        across = np.array((-along[1], along[0])) / np.hypot(*along) * radius * 0.8
        for share in (0.4, 0.7):
            middle = base + share * along
            ends = [tuple(int(v) for v in middle + sign * across) for sign in (-1, 1)]
            cv2.line(colour, *ends, (80, 100, 150), 2, cv2.LINE_AA)
        angle = float(np.degrees(np.arctan2(along[1], along[0]))) + 90
        cv2.ellipse(
            colour, tip, (round(radius * 0.5), round(radius * 0.7)), angle, 0, 360, (165, 180, 225), -1, cv2.LINE_AA
        )

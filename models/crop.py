"""Cuts aligned squares out of pictures. What lies outside the picture repeats its border."""

from __future__ import annotations

import math

import cv2

from models.align import inverse, reach
from runtime.kinds import Doubles, Image


def cut(image: Image, to_square: Doubles, size_px: int) -> Image:
    """Returns the square, uint8 [size_px, size_px, 4] BGR and a channel without meaning, of a picture [H, W, 3].

    `to_square` maps px of the picture to px of the square. Four channels, because OpenCV 5 warps them more than twice
    as fast as three; only the part of the picture that is needed gets its fourth one.
    """
    x0, y0, x1, y1 = part_under(to_square, size_px, image.shape)
    matrix = to_square.copy()
    matrix[:, 2] += to_square[:, :2] @ (x0, y0)
    part = cv2.cvtColor(image[y0:y1, x0:x1], cv2.COLOR_BGR2BGRA)
    return cv2.warpAffine(part, matrix, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def part_under(to_square: Doubles, size_px: int, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Returns x0, y0, x1, y1 of the part of a picture of that shape which a square needs: never empty."""
    left, top, right, bottom = reach(0, 0, size_px, size_px, inverse(to_square))
    height, width = shape[:2]
    x0, y0 = min(max(math.floor(left) - 1, 0), width - 1), min(max(math.floor(top) - 1, 0), height - 1)
    return x0, y0, max(min(math.ceil(right) + 2, width), x0 + 1), max(min(math.ceil(bottom) + 2, height), y0 + 1)

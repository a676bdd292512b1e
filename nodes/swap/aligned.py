"""Cuts the aligned square of a face out of a frame. What lies outside the frame repeats its border."""

from __future__ import annotations

import cv2
import numpy as np

from models.align import inverse, scale_of, transform
from runtime.kinds import Doubles, Image


def cut(image: Image, to_patch: Doubles, size_px: int) -> Image:
    """Returns the patch, uint8 [size_px, size_px, 4] BGR and a channel without meaning, of an image [H, W, 3].

    Four channels, because OpenCV 5 warps them more than twice as fast as three. A face much larger than its patch is
    shrunk by a whole number first, so that its pixels are averaged and not picked.
    """
    x0, y0, x1, y1 = _region(image, to_patch, size_px)
    part = image[y0:y1, x0:x1]
    matrix = to_patch.copy()
    matrix[:, 2] += to_patch[:, :2] @ (x0, y0)
    shrink = min(int(1 / scale_of(to_patch)), *part.shape[:2])
    if shrink > 1:
        height, width = part.shape[0] // shrink, part.shape[1] // shrink
        part = cv2.resize(part[: height * shrink, : width * shrink], (width, height), interpolation=cv2.INTER_AREA)
        matrix[:, 2] += matrix[:, :2] @ np.full(2, (shrink - 1) / 2)
        matrix[:, :2] *= shrink
    part = cv2.cvtColor(part, cv2.COLOR_BGR2BGRA)
    return cv2.warpAffine(part, matrix, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _region(image: Image, to_patch: Doubles, size_px: int) -> tuple[int, int, int, int]:
    """Returns x0, y0, x1, y1 of the part of the image that the patch needs: never empty."""
    corners = np.array([(0, 0), (size_px, 0), (0, size_px), (size_px, size_px)], np.float64)
    inside = transform(corners, inverse(to_patch))
    height, width = image.shape[:2]
    x0, y0 = np.floor(inside.min(0)).astype(int) - 1
    x1, y1 = np.ceil(inside.max(0)).astype(int) + 2
    x0, y0 = min(max(x0, 0), width - 1), min(max(y0, 0), height - 1)
    return x0, y0, max(min(x1, width), x0 + 1), max(min(y1, height), y0 + 1)

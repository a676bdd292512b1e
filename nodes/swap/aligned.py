"""Cuts the aligned square of a face out of a frame, with the pixels of a large face averaged and not picked."""

from __future__ import annotations

import cv2
import numpy as np

from models.align import scale_of, whole_shift
from models.crop import cut, part_under
from runtime.kinds import Doubles, Image


def cut_smoothly(image: Image, to_patch: Doubles, size_px: int) -> Image:
    """Returns the patch as `cut` does; a face much larger than it is shrunk by a whole number first."""
    shrink = int(1 / scale_of(to_patch))
    if shrink < 2:
        shift = whole_shift(to_patch)
        copy = None if shift is None else _copied(image, -shift[0], -shift[1], size_px)
        return cut(image, to_patch, size_px) if copy is None else copy
    x0, y0, x1, y1 = part_under(to_patch, size_px, image.shape)
    shrink = min(shrink, x1 - x0, y1 - y0)
    width, height = (x1 - x0) // shrink, (y1 - y0) // shrink
    part = image[y0 : y0 + height * shrink, x0 : x0 + width * shrink]
    matrix = to_patch.copy()
    matrix[:, 2] += to_patch[:, :2] @ (np.array((x0, y0)) + (shrink - 1) / 2)
    matrix[:, :2] *= shrink
    return cut(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), matrix, size_px)


def _copied(image: Image, x0: int, y0: int, size_px: int) -> Image | None:
    """Returns a square of the frame, uint8 [size_px, size_px, 4], its border repeated; None for one that is outside."""
    height, width = image.shape[:2]
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x0 + size_px, width), min(y0 + size_px, height)
    if left >= right or top >= bottom:
        return None
    part = image[top:bottom, left:right]
    beside = (top - y0, y0 + size_px - bottom, left - x0, x0 + size_px - right)
    if any(beside):
        part = cv2.copyMakeBorder(part, *beside, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2BGRA), np.uint8)

"""Cuts the aligned square of a face out of a frame, with the pixels of a large face averaged and not picked."""

from __future__ import annotations

import cv2
import numpy as np

from models.align import scale_of
from models.crop import cut, part_under
from runtime.kinds import Doubles, Image


def cut_smoothly(image: Image, to_patch: Doubles, size_px: int) -> Image:
    """Returns the patch as `cut` does; a face much larger than it is shrunk by a whole number first."""
    shrink = int(1 / scale_of(to_patch))
    if shrink < 2:
        return cut(image, to_patch, size_px)
    x0, y0, x1, y1 = part_under(to_patch, size_px, image.shape)
    shrink = min(shrink, x1 - x0, y1 - y0)
    width, height = (x1 - x0) // shrink, (y1 - y0) // shrink
    part = image[y0 : y0 + height * shrink, x0 : x0 + width * shrink]
    matrix = to_patch.copy()
    matrix[:, 2] += to_patch[:, :2] @ (np.array((x0, y0)) + (shrink - 1) / 2)
    matrix[:, :2] *= shrink
    return cut(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), matrix, size_px)

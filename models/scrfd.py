"""SCRFD, the detector of InsightFace's packs: a picture in, boxes with five points and scores out.

One adapter serves SCRFD 500m, 2.5g and 10g, and the det_10g file that is also called RetinaFace 10g: their graphs end
in the same nine outputs. It keeps nothing from one picture to the next.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from models.detectors import FACES, Detections, Region, best_first, part_of
from models.tensors import fixed_length, pixels
from runtime.errors import ModelError
from runtime.kinds import Floats, Image
from runtime.node import Session

PIXELS = pixels(127.5, 128)
"""RGB: FaceFusion feeds BGR to the same files, InsightFace, who trained them, RGB."""
STRIDES = (8, 16, 32)
ANCHORS = 2
OVERLAP = 0.4
"""Intersection over union above which the weaker of two boxes goes; InsightFace's value."""


class Scrfd:
    """J. Guo et al., "Sample and Computation Redistribution for Efficient Face Detection", arXiv 2105.04714, 2021.

    Args:
        session: the network.
        sides: sides of the squares that the picture is fitted into, one run each; a small one finds faces that fill
            the picture. A file with a fixed size has its own.
    """

    def __init__(self, session: Session, sides: Sequence[int] = (640,)) -> None:
        self._session = session
        height, width = (fixed_length(session.inputs[0], axis) for axis in (2, 3))
        if any(side % STRIDES[-1] for side in sides):
            raise ValueError(f"a side is a multiple of {STRIDES[-1]}, not {', '.join(map(str, sides))}")
        self._sizes = [(height or side, width or side) for side in sides]
        self._sizes = self._sizes[:1] if height and width else self._sizes

    def __call__(self, image: Image, min_score: float = 0.5, region: Region | None = None) -> Detections:
        """Returns the faces that score at least `min_score` in a picture, uint8 [H, W, 3] BGR, or in a region of it.

        Their `points` are [N, 5, 2].
        """
        part, offset = part_of(image, region)
        rows = np.concatenate([self._look(part, size, min_score) for size in self._sizes])
        rows[:, :14] += np.tile(np.float32(offset), 7)
        rows = rows[best_first(rows[:, -1])]
        rows = rows[apart(rows[:, :4], OVERLAP, extra=1)]  # as InsightFace counts
        return Detections(rows[:, :4].copy(), rows[:, 4:14].reshape(-1, 5, 2).copy(), rows[:, 14].copy())

    def _look(self, image: Image, size: tuple[int, int], min_score: float) -> Floats:
        """Returns [K, 15]: corners and points in px of the picture, and the score."""
        canvas, scale = letterbox(image, size)
        outputs = self._session.run(PIXELS.tensor(canvas))
        if len(outputs) != 3 * len(STRIDES):
            raise ModelError(f"a detector with five points has 9 outputs, this one {len(outputs)}: it is no SCRFD")
        levels = [_decode(outputs[level::3], stride, size, min_score) for level, stride in enumerate(STRIDES)]
        rows = np.concatenate(levels)
        rows[:, :14] *= np.tile(scale, 7)
        return rows


def letterbox(image: Image, size: tuple[int, int]) -> tuple[Image, Floats]:
    """Fits a picture into the upper left of a black one [1, H, W, 3]; returns it, and px of the picture for one of it.

    As in InsightFace the sides are cut to whole px; unlike there each axis has its own scale, which at 1080p is up to
    3 px better at the far edge.
    """
    height, width = image.shape[:2]
    factor = min(size[0] / height, size[1] / width)
    inner = max(1, int(height * factor + 1e-6)), max(1, int(width * factor + 1e-6))
    canvas = np.zeros((1, *size, 3), np.uint8)
    canvas[0, : inner[0], : inner[1]] = cv2.resize(image, inner[::-1])
    return canvas, np.array([width / inner[1], height / inner[0]], np.float32)


def _decode(outputs: Sequence[Floats], stride: int, size: tuple[int, int], min_score: float) -> Floats:
    """Returns [K, 15] in px of the network's input; its outputs are scores, distances to four sides, five offsets."""
    scores, sides, offsets = (output.reshape(-1, length) for output, length in zip(outputs, (1, 4, 10), strict=True))
    chosen = np.flatnonzero(scores[:, 0] >= min_score)
    cell = chosen // ANCHORS
    columns = size[1] // stride
    centres = np.stack([cell % columns, cell // columns], 1).astype(np.float32) * stride
    sides, offsets = sides[chosen] * stride, offsets[chosen] * stride
    return np.hstack([centres - sides[:, :2], centres + sides[:, 2:], np.tile(centres, 5) + offsets, scores[chosen]])


def apart(boxes: Floats, overlap: float, extra: float = 0.0) -> list[int]:
    """Returns which boxes [K, 4], best first, stand after those that overlap a better one by more are gone.

    They are `FACES` at most. `extra` is what a side counts beyond its length, px.
    """
    areas = np.prod(boxes[:, 2:] - boxes[:, :2] + extra, axis=1)
    left, kept = np.arange(len(boxes)), []
    while len(left) and len(kept) < FACES:
        first, left = int(left[0]), left[1:]
        kept.append(first)
        corner = np.minimum(boxes[left, 2:], boxes[first, 2:]) - np.maximum(boxes[left, :2], boxes[first, :2]) + extra
        sides = np.maximum(corner, 0)
        shared = sides[:, 0] * sides[:, 1]
        left = left[shared <= overlap * (areas[left] + areas[first] - shared)]
    return kept

"""YuNet, OpenCV's small detector: a picture in, boxes with five points and scores out. Keeps nothing between pictures.

W. Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 20, 2023.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.detectors import Detections, Region, best_first, part_of
from models.scrfd import apart, letterbox
from models.tensors import fixed_length, pixels
from runtime.errors import ModelError
from runtime.kinds import Floats, Image
from runtime.node import Session

PIXELS = pixels(0, 1, "BGR")
STRIDES = (8, 16, 32)
OVERLAP = 0.3
"""Intersection over union above which the weaker of two boxes goes; the value of OpenCV's example."""


class YuNet:
    """Finds faces of about 10 to 300 px in its input.

    Args:
        session: the network; its twelve outputs are classes, objects, boxes and points, each for three grids.
        side: of the square that the picture is fitted into, a multiple of 32. A file with a fixed size has its own.
    """

    def __init__(self, session: Session, side: int = 640) -> None:
        self._session = session
        height, width = (fixed_length(session.inputs[0], axis) or side for axis in (2, 3))
        if height % STRIDES[-1] or width % STRIDES[-1]:
            raise ValueError(f"a side is a multiple of {STRIDES[-1]}, not {side}")
        self._size = height, width

    def __call__(self, image: Image, min_score: float = 0.7, region: Region | None = None) -> Detections:
        """Returns the faces that score at least `min_score` in a picture, uint8 [H, W, 3] BGR, or in a region of it.

        Their `points` are [N, 5, 2].
        """
        part, offset = part_of(image, region)
        canvas, scale = letterbox(part, self._size)
        outputs = self._session.run(PIXELS.tensor(canvas))
        if len(outputs) != 4 * len(STRIDES):
            raise ModelError(f"YuNet has 12 outputs, this network {len(outputs)}: it is another kind")
        levels = [_decode(outputs[level::3], stride, self._size[1], min_score) for level, stride in enumerate(STRIDES)]
        rows = np.concatenate(levels)
        rows = rows[best_first(rows[:, -1])]
        rows[:, :14] = rows[:, :14] * np.tile(scale, 7) + np.tile(np.float32(offset), 7)
        rows = rows[apart(rows[:, :4], OVERLAP)]
        return Detections(rows[:, :4].copy(), rows[:, 4:14].reshape(-1, 5, 2).copy(), rows[:, 14].copy())


def _decode(outputs: Sequence[Floats], stride: int, width: int, min_score: float) -> Floats:
    """Returns [K, 15] in px of the network's input: corners, points, score; a cell has one anchor, its upper left."""
    lengths = (1, 1, 4, 10)
    kind, thing, boxes, points = (rows.reshape(-1, length) for rows, length in zip(outputs, lengths, strict=True))
    scores = np.sqrt(np.clip(kind, 0, 1) * np.clip(thing, 0, 1))
    chosen = np.flatnonzero(scores[:, 0] >= min_score)
    columns = width // stride
    cells = np.stack([chosen % columns, chosen // columns], 1).astype(np.float32)
    middle = cells + boxes[chosen, :2]
    half = np.exp(np.clip(boxes[chosen, 2:], -20, 20)) / 2
    shapes = np.hstack([middle - half, middle + half, np.tile(cells, 5) + points[chosen]]) * stride
    return np.hstack([shapes, scores[chosen]]).astype(np.float32)

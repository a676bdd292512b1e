"""InsightFace's 106 points (2d106det): boxes of faces in, dense points in frame px out. Keeps nothing between calls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.align import inverse, square, transform
from models.crop import cut
from models.tensors import pixels, run_images
from runtime.kinds import Doubles, Floats, Image
from runtime.node import Session

SCHEME = "dense106"
SIDE = 192
MARGIN = 1.5
PIXELS = pixels(0, 1)
"""RGB, 0 to 255: this file subtracts and scales by itself. InsightFace learns that from the names of its nodes, which
a rewritten graph does not keep, so it is written down here."""


class Dense106:
    """Puts 106 points on each face of a frame in one run, where the file leaves the batch free."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __call__(self, image: Image, boxes: Sequence[Floats]) -> Floats:
        """Returns the points of the faces in a picture uint8 [H, W, 3] BGR, from their boxes; float32 [N, 106, 2]."""
        if not len(boxes):
            return np.empty((0, 106, 2), np.float32)
        crops = np.stack([_crop(box) for box in boxes])
        patches = np.stack([cut(image, crop, SIDE)[..., :3] for crop in crops])
        answer = run_images(self._session, PIXELS.tensor(patches))[0]
        points = (answer.reshape(len(boxes), -1, 2)[:, -106:] + 1) * (SIDE / 2)
        return transform(points, inverse(crops)).astype(np.float32)


def _crop(box: Floats) -> Doubles:
    """Returns the upright square about a box, whose middle is px 96 of 192 as in training."""
    longer = max(float(box[2] - box[0]), float(box[3] - box[1]), 1.0)
    crop = square((box[:2] + box[2:]) / 2, MARGIN * longer, 0.0, SIDE)
    crop[:, 2] += 0.5
    return crop

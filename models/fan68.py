"""FAN's 68 points (2dfan4): faces in, the points of iBUG's scheme in frame px out. Keeps nothing between calls.

A. Bulat, G. Tzimiropoulos, "How far are we from solving the 2D & 3D Face Alignment problem?", ICCV 2017.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from models.align import inverse, square, transform
from models.crop import cut
from models.tensors import pixels, run_images
from runtime.errors import ModelError
from runtime.kinds import Doubles, Face, Floats, Image
from runtime.node import Session

SCHEME = "ibug68"
SIDE = 256
GRID = 64
"""Side of the heat maps in whose px the network answers."""
MARGIN = 256 / 195
PIXELS = pixels(0, 255, "BGR")
_SURE = 0.9
"""Mean height of the heat maps' peaks that counts as certain; FaceFusion's value."""


class Points68(NamedTuple):
    """What FAN says of N faces: points float32 [N, 68, 2] in frame px, and how sure it is, float32 [N], 0 to 1."""

    points: Floats
    scores: Floats


class Fan68:
    """Puts 68 points on each face of a frame in one run, where the file leaves the batch free."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __call__(self, image: Image, faces: Sequence[Face]) -> Points68:
        """Returns the points of faces in a picture uint8 [H, W, 3] BGR, from their boxes and the line of their eyes.

        FaceFusion turns crops by quarters only; here they are upright.
        """
        if not faces:
            return Points68(np.empty((0, 68, 2), np.float32), np.empty(0, np.float32))
        crops = np.stack([_crop(face) for face in faces])
        patches = np.stack([cut(image, crop, SIDE)[..., :3] for crop in crops])
        answers = run_images(self._session, PIXELS.tensor(patches))
        if len(answers) < 2 or answers[0].shape[1] != 68:
            raise ModelError("the network gives no 68 points with heat maps: it is another kind")
        points = answers[0][..., :2] * (SIDE / GRID)
        peaks = answers[1].reshape(len(faces), 68, -1).max(2).mean(1)
        return Points68(
            transform(points, inverse(crops)).astype(np.float32), np.clip(peaks / _SURE, 0, 1).astype(np.float32)
        )


def _crop(face: Face) -> Doubles:
    """Returns the square about a face's box, whose middle is px 128 of 256 as in training."""
    longer = max(face.size, 1.0)
    line = face.points[1] - face.points[0]
    middle = (face.box[:2] + face.box[2:]) / 2
    crop = square(middle, MARGIN * longer, math.atan2(line[1], line[0]), SIDE)
    crop[:, 2] += 0.5
    return crop

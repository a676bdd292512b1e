"""Landmarkers: one crop of a face in, dense points in frame px out; and which of these points mean what.

A landmarker remembers no face: whoever follows one gives the crop, from a detection or from the last frame's points.
It keeps a scratch tensor (filling an old one takes 0.02 ms, a fresh one 0.2 ms), so one thread at a time may use it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import cv2
import numpy as np

from models.align import inverse, scale_of, square
from models.crop import cut
from runtime.kinds import Doubles, Floats, Image
from runtime.node import Session

SCHEME = "mesh468"
SIDE = 192
MARGIN = 1.5

OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The outline of the face, clockwise from the top of the forehead."""
INNER_LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
"""The opening of the mouth, clockwise from its left corner."""
LEFT_EYE = (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
"""The opening of the eye at the image's left, clockwise from its outer corner."""
RIGHT_EYE = (362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382)
"""The opening of the eye at the image's right, clockwise from its inner corner."""

_FIVE = np.array([(33, 133), (263, 362), (1, 1), (61, 61), (291, 291)])


class Mesh(NamedTuple):
    """What the landmarker says of one crop.

    Attributes:
        points: float32 [468, 3], x and y in frame px, z as depth in the same unit (smaller is nearer).
        presence: 0 to 1, how sure it is that the crop shows a face.
    """

    points: Floats
    presence: float


class FaceMesh:
    """MediaPipe's face mesh: Y. Kartynnik et al., "Real-time Facial Surface Geometry", arXiv 1907.06724, 2019."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tensor = np.empty((1, SIDE, SIDE, 3), np.float32)

    def __call__(self, image: Image, crops: Iterable[Doubles]) -> list[Mesh]:
        """Returns a mesh for each crop (`crop_of_eyes`, `crop_of_points`) of a picture, uint8 [H, W, 3] BGR."""
        return [self._one(image, crop) for crop in crops]  # the network's batch is 1

    def _one(self, image: Image, crop: Doubles) -> Mesh:
        patch = cv2.cvtColor(cut(image, crop, SIDE), cv2.COLOR_BGRA2RGB)
        np.multiply(patch, np.float32(1 / 255), out=self._tensor[0])
        landmarks, presence = self._session.run(self._tensor)
        return Mesh(_to_frame(landmarks.reshape(-1, 3), crop), _sigmoid(float(presence.item())))


def _to_frame(points: Floats, crop: Doubles) -> Floats:
    """Maps points in px of the crop to the frame.

    The network counts from the centre of the first pixel, not from its edge: over 312 crops, x plus the x of the
    mirrored crop is 190.8 on average, where 191 and 192 were to be expected.
    """
    back = inverse(crop)
    result = np.empty_like(points)
    result[:, :2] = points[:, :2] @ back[:, :2].T + back[:, 2]
    result[:, 2] = points[:, 2] * scale_of(back)
    return result


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-min(max(logit, -100.0), 100.0)))


def crop_of_eyes(box: Floats, left_eye: Floats, right_eye: Floats) -> Doubles:
    """Returns the crop for a detection: a square about its box, turned by the line between the eyes."""
    longer = max(float(box[2] - box[0]), float(box[3] - box[1]), 1.0)
    angle = math.atan2(right_eye[1] - left_eye[1], right_eye[0] - left_eye[0])
    return square((box[:2] + box[2:]) / np.float32(2), MARGIN * longer, angle, SIDE)


def crop_of_points(points: Floats) -> Doubles:
    """Returns the crop for the next frame: a square about this frame's points [468, 2 or 3]."""
    return crop_of_eyes(bounds(points), points[33, :2], points[263, :2])


def five_points(points: Floats) -> Floats:
    """Returns eye centres, nose tip and mouth corners of a mesh [468, 2 or 3], float32 [5, 2] in image order."""
    five: Floats = points[_FIVE, :2].mean(1)
    return five


def bounds(points: Floats) -> Floats:
    """Returns the box about points [N, 2 or 3], float32 [4]."""
    x, y = points[:, 0], points[:, 1]  # four reductions are twice as fast as two along the first axis
    return np.array([x.min(), y.min(), x.max(), y.max()], np.float32)


def five_of_six(points: Floats) -> Floats:
    """Returns five points from a detector's six, float32 [5, 2]; the mouth's corners are guessed from its centre.

    The corners lie on a line parallel to the eyes, as far apart as the template of ArcFace has them (0.83 of the
    distance of the eyes), so they do not follow a smile.
    """
    left, right, nose, mouth = points[:4]
    half = (right - left) * np.float32(0.415)
    return np.stack([left, right, nose, mouth - half, mouth + half]).astype(np.float32)

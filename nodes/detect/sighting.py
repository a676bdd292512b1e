"""A face as one frame shows it: where it is, and by what little its person can be told from others.

No network is asked who somebody is; `looks` are the colours of parts of the face, which tell two people in one light.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.align import similarity, template
from models.crop import cut
from models.landmarks import SCHEME, Mesh, bounds, five_of_six, five_points
from models.pose import pose_of
from models.schemes import five_of, pose_of_plane
from runtime.kinds import Face, Floats, Image, Landmarks

PRESENCE = 0.5
"""How sure the landmarker must be that there is a face; MediaPipe's value. Faces give 1.000, walls and noise 0.000."""

_LOOKS_PX, _LOOKS_CELLS = 32, 8


@dataclass(frozen=True, slots=True)
class Sighting:
    """A face as one frame shows it.

    Attributes:
        box: float32 [4], x0 y0 x1 y1 in px: the landmarks' bounds, or the detector's box.
        points: float32 [5, 2].
        score: of the landmarker or the detector, 0 to 1.
        dense: the landmarks, float32 [N, 2 or 3], or None.
        scheme: of the landmarks; of `mesh468` the box and the five points follow, of others only the five points.
    """

    box: Floats
    points: Floats
    score: float
    dense: Floats | None = None
    scheme: str = SCHEME

    @classmethod
    def of_detection(cls, box: Floats, points: Floats, score: np.float32) -> Sighting:
        """Returns what a detector's box and its five or six points say."""
        return cls(box, points if len(points) == 5 else five_of_six(points), float(score))

    @classmethod
    def of_mesh(cls, mesh: Mesh) -> Sighting:
        """Returns what the landmarker's points say."""
        return cls(bounds(mesh.points), five_points(mesh.points), mesh.presence, mesh.points)

    @property
    def centre(self) -> Floats:
        """The middle of the box, float32 [2]."""
        return (self.box[:2] + self.box[2:]) / np.float32(2)

    @property
    def size(self) -> float:
        """The longer side of the box, px."""
        return float(max(self.box[2] - self.box[0], self.box[3] - self.box[1]))

    def moved(self, shift: Floats) -> Sighting:
        """Returns it shifted by px [2]."""
        dense = self.dense
        if dense is not None:
            dense = dense.copy()
            dense[:, :2] += shift
        return Sighting(self.box + np.tile(shift, 2), self.points + shift, self.score, dense, self.scheme)

    def without_landmarks(self) -> Sighting:
        """Returns it with no more than its box and five points."""
        return replace(self, dense=None)

    def distance(self, other: Sighting) -> float:
        """Returns how far another one is, in sizes of that."""
        return math.hypot(*(self.centre - other.centre).tolist()) / max(other.size, 1e-6)

    def growth(self, other: Sighting) -> float:
        """Returns the natural logarithm of how much larger it is than another."""
        return math.log(max(self.size, 1e-6) / max(other.size, 1e-6))

    def outline(self) -> Floats:
        """Returns all its points in one array: the mesh; or other landmarks, else the five, and the box's corners."""
        if self.dense is not None and self.scheme == SCHEME:
            return self.dense
        return np.vstack([self.points if self.dense is None else self.dense, self.box.reshape(2, 2)])

    def with_outline(self, outline: Floats) -> Sighting:
        """Returns it with other points: five points, box and landmarks go together."""
        if self.dense is not None and self.scheme == SCHEME:
            return replace(self, points=five_points(outline), box=bounds(outline), dense=outline)
        points, box = outline[:-2].copy(), outline[-2:].ravel()
        if self.dense is None:
            return replace(self, points=points, box=box)
        return replace(self, points=five_of(self.scheme, points), box=box, dense=points)

    def face(self, track: int) -> Face:
        """Returns the face, seen now."""
        if self.dense is None:
            return Face(self.box, self.points, self.score, track=track)
        pose = pose_of(self.dense) if self.scheme == SCHEME else pose_of_plane(self.scheme, self.dense)
        return Face(self.box, self.points, self.score, Landmarks(self.scheme, self.dense), pose, track)

    def shadow(self, track: int, age: float) -> Face:
        """Returns the face as one that was seen `age` seconds ago."""
        return Face(self.box, self.points, self.score, track=track, age=age)


def looks_of(image: Image, sighting: Sighting) -> Floats:
    """Returns the colours of 8 by 8 parts of an aligned face, float32 [8, 8, 3], as multiples of its brightness."""
    square = cut(image, similarity(sighting.points, template("arcface_112_v2", _LOOKS_PX)), _LOOKS_PX)[..., :3]
    cells = cv2.resize(square, (_LOOKS_CELLS, _LOOKS_CELLS), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cells / max(float(cells.mean()), 1.0), np.float32)


def unlike(a: Floats, b: Floats) -> float:
    """Returns how much the looks of two faces differ."""
    return float(np.abs(a - b).mean())


def is_face(now: Sighting, image: Image) -> bool:
    """Whether these points can be a face: certain, finite, a third within the picture, mouth below the eyes."""
    if now.score < PRESENCE or not (np.isfinite(now.box).all() and np.isfinite(now.points).all()):
        return False
    x0, y0, x1, y1 = now.box.tolist()
    wide, high = min(x1, image.shape[1]) - max(x0, 0), min(y1, image.shape[0]) - max(y0, 0)
    inside = max(wide, 0) * max(high, 0) / max((x1 - x0) * (y1 - y0), 1e-6)
    left, right, _, *mouth = (complex(*point) for point in now.points.tolist())
    along = (right - left) / max(abs(right - left), 1e-6)
    drop = (((mouth[0] + mouth[1]) - (left + right)) / 2 * along.conjugate()).imag
    return now.size >= 8 and inside >= 0.33 and drop >= 0.15 * now.size


def is_near(now: Sighting, expected: Sighting) -> bool:
    """Whether a face can be here that was expected there; else the landmarks have slipped off it."""
    return now.distance(expected) <= 0.75 and abs(now.growth(expected)) <= math.log(1.6)

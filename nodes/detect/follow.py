"""Follows one face from a frame to the next: by its landmarks, or by the detector in its neighbourhood.

A follower says None rather than something that may be no face. It remembers nothing: the tracker does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.detectors import BlazeFace, Region, overlap
from models.landmarks import SCHEME, FaceMesh, Mesh, bounds, crop_of_eyes, crop_of_points, five_of_six, five_points
from models.pose import pose_of
from runtime.kinds import Face, Floats, Image, Landmarks

PRESENCE = 0.5
"""How sure the landmarker must be that there is a face; MediaPipe's value. Faces give 1.000, walls and noise 0.000."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A face as one frame shows it.

    Attributes:
        box: float32 [4], x0 y0 x1 y1 in px: the landmarks' bounds, or the detector's box.
        points: float32 [5, 2].
        score: of the landmarker or the detector, 0 to 1.
        mesh: float32 [468, 3], or None.
    """

    box: Floats
    points: Floats
    score: float
    mesh: Floats | None = None

    @classmethod
    def of_detection(cls, box: Floats, six: Floats, score: np.float32) -> Sighting:
        """Returns what the detector's box and six points say."""
        return cls(box, five_of_six(six), float(score))

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

    def face(self, track: int) -> Face:
        """Returns the face, seen now."""
        if self.mesh is None:
            return Face(self.box, self.points, self.score, track=track)
        landmarks = Landmarks(SCHEME, self.mesh)
        return Face(self.box, self.points, self.score, landmarks, pose_of(self.mesh), track)

    def shadow(self, track: int, shift: Floats, age: float) -> Face:
        """Returns the face where it may be by now, `age` seconds after it was seen."""
        return Face(self.box + np.tile(shift, 2), self.points + shift, self.score, track=track, age=age)


class Follower(Protocol):
    """How a face is met for the first time, and followed from then on."""

    def meet(self, image: Image, detection: Sighting) -> Sighting | None:
        """Returns what a detection really shows, or None if that is no face."""
        ...

    def follow(self, image: Image, before: Sighting) -> Sighting | None:
        """Returns the face that was seen in the last frame, or None if it cannot be found."""
        ...


class MeshFollower:
    """By landmarks: those of the last frame say where the landmarker looks in this one."""

    def __init__(self, landmarker: FaceMesh) -> None:
        self._landmarker = landmarker

    def meet(self, image: Image, detection: Sighting) -> Sighting | None:
        """Puts landmarks on a detection, and once more from these, which sit better in the crop."""
        crop = crop_of_eyes(detection.box, detection.points[0], detection.points[1])
        first = Sighting.of_mesh(self._landmarker(image, [crop])[0])
        return self.follow(image, first) if _is_face(first, image) else None

    def follow(self, image: Image, before: Sighting) -> Sighting | None:
        """Puts landmarks where they were in the last frame; a face that moved by half its size is still found."""
        if before.mesh is None:
            return self.meet(image, before)
        now = Sighting.of_mesh(self._landmarker(image, [crop_of_points(before.mesh)])[0])
        return now if _is_face(now, image) and _is_near(now, before) else None


class BoxFollower:
    """By the detector, in the neighbourhood of the last box."""

    def __init__(self, detector: BlazeFace) -> None:
        self._detector = detector

    def meet(self, image: Image, detection: Sighting) -> Sighting | None:
        """Takes the detection as it is."""
        return detection if _is_face(detection, image) else None

    def follow(self, image: Image, before: Sighting) -> Sighting | None:
        """Runs the detector on a square of two and a half times the face's size."""
        found = self._detector(image, PRESENCE, around(before.centre, 2.5 * before.size, image.shape))
        if not len(found.scores):
            return None
        best = int(np.argmax(overlap(found.boxes, before.box[None])[:, 0]))
        now = Sighting.of_detection(found.boxes[best], found.points[best], found.scores[best])
        return now if _is_face(now, image) and _is_near(now, before) else None


def around(centre: Floats, side: float, shape: tuple[int, ...]) -> Region:
    """Returns the part of a square that lies within a picture of that shape; at least 1 px of it."""
    height, width = shape[:2]
    left, top = (int(np.floor(value - side / 2)) for value in centre)
    right, bottom = (int(np.ceil(value + side / 2)) + 1 for value in centre)
    x0, y0 = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    return Region(x0, y0, max(min(right, width), x0 + 1), max(min(bottom, height), y0 + 1))


def _is_face(now: Sighting, image: Image) -> bool:
    """Whether these points can be a face: certain, finite, mostly within the picture, mouth below the eyes."""
    if now.score < PRESENCE or not (np.isfinite(now.box).all() and np.isfinite(now.points).all()):
        return False
    x0, y0, x1, y1 = now.box.tolist()
    wide, high = min(x1, image.shape[1]) - max(x0, 0), min(y1, image.shape[0]) - max(y0, 0)
    inside = max(wide, 0) * max(high, 0) / max((x1 - x0) * (y1 - y0), 1e-6)
    left, right, _, *mouth = (complex(*point) for point in now.points.tolist())
    along = (right - left) / max(abs(right - left), 1e-6)
    drop = (((mouth[0] + mouth[1]) - (left + right)) / 2 * along.conjugate()).imag
    return now.size >= 8 and inside >= 0.4 and drop >= 0.15 * now.size


def _is_near(now: Sighting, before: Sighting) -> bool:
    """Whether a face can have come here since the last frame; else the landmarks have slipped off it."""
    moved = math.hypot(*(now.centre - before.centre))
    return moved <= 0.75 * before.size and 1 / 1.6 <= now.size / max(before.size, 1e-6) <= 1.6

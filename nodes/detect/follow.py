"""Follows faces from a frame to the next: by their landmarks, or by the detector in their neighbourhood.

A follower says None rather than something that may be no face. It remembers nothing: the tracker does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from models.detectors import Detector, Region, overlap
from models.landmarks import FaceMesh, crop_of_eyes, crop_of_points
from nodes.detect.sighting import PRESENCE, Sighting, is_face, is_near
from runtime.kinds import Doubles, Floats, Image

STEP = 0.2
"""Distance in sizes from where a face was expected, from which it is looked at again: it lay too far off the middle."""


class Follower(Protocol):
    """How faces are met for the first time, and followed from then on; all faces of a frame at once."""

    def meet(self, image: Image, detections: Sequence[Sighting]) -> list[Sighting | None]:
        """Returns what detections really show, None for what is no face."""
        ...

    def follow(self, image: Image, expected: Sequence[Sighting]) -> list[Sighting | None]:
        """Returns the faces that are expected at these places, None for those that are not there."""
        ...


class MeshFollower:
    """By landmarks: where they are expected is where the landmarker looks."""

    def __init__(self, landmarker: FaceMesh) -> None:
        self._landmarker = landmarker

    def meet(self, image: Image, detections: Sequence[Sighting]) -> list[Sighting | None]:
        """Puts landmarks on detections, and once more from these, which sit better in the crop."""
        first = self._sightings(image, [crop_of_eyes(one.box, one.points[0], one.points[1]) for one in detections])
        met = iter(self.follow(image, [one for one in first if is_face(one, image)]))
        return [next(met) if is_face(one, image) else None for one in first]

    def follow(self, image: Image, expected: Sequence[Sighting]) -> list[Sighting | None]:
        """Puts landmarks where they are expected; a face that is half its size away is still found."""
        now = self._sightings(image, [crop_of_points(one.outline()) for one in expected])
        far = [i for i, one in enumerate(now) if one.distance(expected[i]) > STEP and is_face(one, image)]
        again = self._sightings(image, [crop_of_points(now[i].outline()) for i in far])
        now = [again[far.index(i)] if i in far else one for i, one in enumerate(now)]
        return [
            one if is_face(one, image) and is_near(one, before) else None
            for one, before in zip(now, expected, strict=True)
        ]

    def _sightings(self, image: Image, crops: Sequence[Doubles]) -> list[Sighting]:
        return [Sighting.of_mesh(mesh) for mesh in self._landmarker(image, crops)]


class BoxFollower:
    """By the detector, in the neighbourhood of the expected box."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def meet(self, image: Image, detections: Sequence[Sighting]) -> list[Sighting | None]:
        """Takes the detections as they are."""
        return [one if is_face(one, image) else None for one in detections]

    def follow(self, image: Image, expected: Sequence[Sighting]) -> list[Sighting | None]:
        """Runs the detector on squares of two and a half times the faces' sizes."""
        return [self._one(image, before) for before in expected]

    def _one(self, image: Image, before: Sighting) -> Sighting | None:
        found = self._detector(image, PRESENCE, around(before.centre, 2.5 * before.size).within(image.shape))
        if not len(found.scores):
            return None
        best = int(np.argmax(overlap(found.boxes, before.box[None])[:, 0]))
        now = Sighting.of_detection(found.boxes[best], found.points[best], found.scores[best])
        return now if is_face(now, image) and is_near(now, before) else None


def around(centre: Floats, side: float) -> Region:
    """Returns a square about a place."""
    left, top = (int(np.floor(value - side / 2)) for value in centre)
    return Region(left, top, left + max(int(np.ceil(side)), 1), top + max(int(np.ceil(side)), 1))

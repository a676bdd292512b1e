"""Follows faces by the detector, and puts dense landmarks on them that say nothing of whether there is a face.

2d106det has no score at all, so it cannot follow; 2dfan4 has one of its points. The five points are taken from the
landmarks where these can be trusted, as FaceFusion does; else they stay the detector's, and the landmarks are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from models import dense106, fan68
from models.dense106 import Dense106
from models.fan68 import Fan68, Points68
from models.schemes import five_of
from nodes.detect.follow import Follower
from nodes.detect.sighting import Sighting
from runtime.kinds import Image

CERTAIN = 0.5
"""How sure a landmarker with a score must be; FaceFusion's default."""

APART = 0.15
"""How far the five points of both may be apart in the mean, in sizes of the face: else the landmarks are of no face."""


class Landmarker(Protocol):
    """Puts points on faces of a picture: [N, P, 2], and how sure it is of each face, [N]."""

    scheme: str

    def __call__(self, image: Image, sightings: Sequence[Sighting]) -> Points68:
        """Returns the points of faces that a detector found."""
        ...


class By106:
    """InsightFace's 106 points, from the detector's boxes."""

    scheme = dense106.SCHEME

    def __init__(self, network: Dense106) -> None:
        self._network = network

    def __call__(self, image: Image, sightings: Sequence[Sighting]) -> Points68:
        """Returns the points, and that they are certain: the network does not say."""
        points = self._network(image, [one.box for one in sightings])
        return Points68(points, np.ones(len(points), np.float32))


class By68:
    """FAN's 68 points, from boxes and eyes."""

    scheme = fan68.SCHEME

    def __init__(self, network: Fan68) -> None:
        self._network = network

    def __call__(self, image: Image, sightings: Sequence[Sighting]) -> Points68:
        """Returns the points, and how sure the network is of them."""
        return self._network(image, [one.face(-1) for one in sightings])


class DenseFollower:
    """Has another follower find the faces, and puts landmarks on all of a frame at once."""

    def __init__(self, follower: Follower, landmarker: Landmarker) -> None:
        self._follower = follower
        self._landmarker = landmarker

    def meet(self, image: Image, detections: Sequence[Sighting]) -> list[Sighting | None]:
        """Puts landmarks on detections."""
        return self._marked(image, self._follower.meet(image, detections))

    def follow(self, image: Image, expected: Sequence[Sighting]) -> list[Sighting | None]:
        """Puts landmarks on the faces that are where they were expected."""
        return self._marked(image, self._follower.follow(image, [one.without_landmarks() for one in expected]))

    def _marked(self, image: Image, found: list[Sighting | None]) -> list[Sighting | None]:
        faces = [one for one in found if one is not None]
        marked = iter([self._with(*row) for row in zip(faces, *self._landmarker(image, faces), strict=True)])
        return [one if one is None else next(marked) for one in found]

    def _with(self, face: Sighting, points: np.ndarray, score: np.float32) -> Sighting:
        if score < CERTAIN or not np.isfinite(points).all():
            return face
        five = five_of(self._landmarker.scheme, points)
        if float(np.hypot(*(five - face.points).T).mean()) > APART * face.size:
            return face
        return replace(face, points=five, dense=points, scheme=self._landmarker.scheme)

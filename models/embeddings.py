"""Embeddings: faces of a picture in, L2-normed vectors out, which are compared by their cosine.

An adapter keeps a scratch tensor, so one thread at a time may use it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.align import square
from models.arcface import normed
from models.crop import cut
from models.landmarks import SCHEME
from runtime.kinds import Doubles, Face, Floats, Identity, Image
from runtime.node import Session

_SIDE = 224
_MARGIN = 1.15
_MEAN = np.array((103.939, 116.779, 123.68), np.float32).reshape(3, 1, 1)


class FaceRes:
    """HSE_FaceRec's embedding (A. Savchenko, "Facial expression and attributes recognition", arXiv 2103.17107)."""

    name = "faceres"

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tensor = np.empty((1, 3, _SIDE, _SIDE), np.float32)

    def __call__(self, image: Image, faces: Sequence[Face]) -> Floats:
        """Returns an L2-normed vector for each face of a picture, uint8 [H, W, 3] BGR; float32 [N, 1024]."""
        if not faces:
            return np.empty((0, 1024), np.float32)
        return normed(np.concatenate([self._one(image, face) for face in faces]))  # its batch is 1

    def _one(self, image: Image, face: Face) -> Floats:
        patch = cut(image, crop_of_face(face), _SIDE)[..., :3]
        np.subtract(patch.transpose(2, 0, 1), _MEAN, out=self._tensor[0])
        embedding: Floats = self._session.run(self._tensor)[0]
        return embedding

    def identities(self, image: Image, faces: Sequence[Face]) -> list[Identity]:
        """Returns the same as values that faces carry."""
        return [Identity(self.name, vector) for vector in self(image, faces)]


def crop_of_face(face: Face) -> Doubles:
    """Returns the transform to the upright crop that the network takes, from the landmarks where there are some."""
    if face.landmarks is not None and face.landmarks.scheme == SCHEME:  # others do not reach the forehead
        points = face.landmarks.points[:, :2]
        low, high = points.min(0), points.max(0)
    else:
        low, high = face.box[:2], face.box[2:]
    line = face.points[1] - face.points[0]
    side = _MARGIN * max(float((high - low).max()), 1.0)
    return square((low + high) / 2, side, float(np.arctan2(line[1], line[0])), _SIDE)

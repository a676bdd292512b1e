"""ArcFace, the recogniser whose embeddings the swappers of this field are trained on: faces in, 512 numbers out.

For w600k_r50 and w600k_mbf of InsightFace's packs. It keeps nothing from one picture to the next.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.align import similarity, template
from models.crop import cut
from models.tensors import SIGNED, run_images
from runtime.kinds import Face, Floats, Identity, Image
from runtime.node import Session

SIDE = 112
TEMPLATE = "arcface_112_v2"
LENGTH = 512


class ArcFace:
    """J. Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", arXiv 1801.07698, 2018.

    Args:
        session: the network.
        name: the model's name; embeddings of one model are not to be compared with another's.
    """

    def __init__(self, session: Session, name: str = "arcface_w600k_r50") -> None:
        self.name = name
        self._session = session

    def __call__(self, image: Image, faces: Sequence[Face]) -> Floats:
        """Returns an L2-normed vector for each face of a picture, uint8 [H, W, 3] BGR; float32 [N, 512]."""
        return normed(self.raw(image, faces))

    def raw(self, image: Image, faces: Sequence[Face]) -> Floats:
        """Returns the vectors as the network gives them: their length is what converters for other swappers expect."""
        if not faces:
            return np.empty((0, LENGTH), np.float32)
        points = np.stack([face.points for face in faces])
        crops = [cut(image, matrix, SIDE)[..., :3] for matrix in similarity(points, template(TEMPLATE, SIDE))]
        vectors: Floats = run_images(self._session, SIGNED.tensor(np.stack(crops)))[0]
        return vectors

    def identities(self, image: Image, faces: Sequence[Face]) -> list[Identity]:
        """Returns the same as values that faces carry."""
        return [Identity(self.name, vector) for vector in self(image, faces)]


def normed(vectors: Floats) -> Floats:
    """Returns vectors [..., D] at length 1; one without length stays as it is."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    result: Floats = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return result

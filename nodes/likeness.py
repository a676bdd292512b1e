"""Reads who a picture shows: an identity of its largest face, and a small picture of it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from models.align import square
from models.analyse import analyse
from models.recognisers import Recogniser
from nodes.picture import read_picture
from runtime.errors import StreamError
from runtime.kinds import Face, Identity, Image
from runtime.node import Models

THUMBNAIL = 96
"""Side of a small picture, px."""

LEAST_PX = 30
"""Size of a face of whom something can be known."""

_AROUND = 1.5


class Likeness(NamedTuple):
    """An identity, the small picture that goes with it, and how many faces the whole picture has."""

    identity: Identity
    thumbnail: Image
    faces: int


def read_likeness(path: Path, models: Models, recogniser: Recogniser) -> Likeness:
    """Returns the likeness of a picture file; raises `StreamError` where there is none."""
    try:
        image = read_picture(path)
    except OSError as error:
        raise StreamError(f"{path}: cannot be read: {error.strerror}") from error
    if image is None:
        raise StreamError(f"{path}: is no picture that can be decoded; use JPEG, PNG or WebP")
    faces = analyse(image, models)
    if not faces:
        raise StreamError(f"{path}: no face was found; use a picture that shows the person from the front, well lit")
    if faces[0].size < LEAST_PX:
        message = f"its face is {faces[0].size:.0f} px large; below {LEAST_PX} px people look alike; use a larger one"
        raise StreamError(f"{path}: {message}")
    identity = recogniser.identities(image, faces[:1])[0]
    return Likeness(identity, thumbnail(image, faces[0]), len(faces))


def thumbnail(image: Image, face: Face) -> Image:
    """Returns a face with some of its surroundings, uint8 [96, 96, 3] BGR."""
    centre = (face.box[:2] + face.box[2:]) / 2
    shrink = max(1, int(face.size * _AROUND / THUMBNAIL))
    to_large = square(centre, face.size * _AROUND, 0.0, shrink * THUMBNAIL)
    large = cv2.warpAffine(image, to_large, (shrink * THUMBNAIL, shrink * THUMBNAIL), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(large, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA), np.uint8)


def as_jpeg(image: Image) -> npt.NDArray[np.uint8]:
    """Returns the bytes of a picture as JPEG, uint8 [B]."""
    _, data = cv2.imencode(".jpg", image)
    return np.asarray(data, np.uint8).ravel()

"""Reads the picture of the source person and finds the face in it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from models.analyse import analyse
from models.landmarks import SCHEME
from models.pose import pose_of
from nodes.picture import read_picture
from runtime.errors import StreamError
from runtime.kinds import Face, Floats, Image, Pose
from runtime.node import Context


class Portrait(NamedTuple):
    """A picture, uint8 [H, W, 3] BGR, the face in it, its mesh, float32 [468, 3], and its pose."""

    image: Image
    face: Face
    mesh: Floats
    pose: Pose


def read_portrait(path: Path, context: Context) -> Portrait:
    """Returns the largest face of a picture file; raises `StreamError` where there is none."""
    image = _read(path)
    faces = [
        face
        for face in analyse(image, context.models)
        if face.landmarks is not None and face.landmarks.scheme == SCHEME
    ]
    if not faces:
        raise StreamError(f"{path}: no face was found; use a picture that shows the person from the front, well lit")
    largest = max(faces, key=lambda face: face.size)
    if len(faces) > 1:
        box = ", ".join(f"{value:.0f}" for value in largest.box)
        context.log.warning("%s: %d faces; %s uses the largest, at %s px", path.name, len(faces), context.node, box)
    assert largest.landmarks is not None  # noqa: S101  # chosen for having them
    return Portrait(image, largest, largest.landmarks.points, pose_of(largest.landmarks.points))


def _read(path: Path) -> Image:
    """Returns the picture as its orientation tag wants it."""
    try:
        image = read_picture(path)
    except FileNotFoundError:
        raise StreamError(f"{path}: there is no such file; set `face` to a picture of the source person") from None
    except OSError as error:
        raise StreamError(f"{path}: cannot be read: {error.strerror}") from error
    if image is None:
        raise StreamError(f"{path}: is no picture that can be decoded; use JPEG, PNG or WebP")
    return image

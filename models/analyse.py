"""Analyses one still picture: finds its faces, with landmarks and pose. For video there is `nodes/detect`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from models.detectors import BlazeFace, Detections, overlap, tiles
from models.landmarks import SCHEME, FaceMesh, Mesh, bounds, crop_of_eyes, crop_of_points, five_points
from models.pose import pose_of
from runtime.kinds import Face, Faces, Image, Landmarks
from runtime.node import Models


def analyse(image: Image, models: Models, min_score: float = 0.5) -> Faces:
    """Returns the faces of a picture, uint8 [H, W, 3] BGR, largest first; raises `ModelError`."""
    landmarker = FaceMesh(models.session("facemesh"))
    for found in _looks(image, models, min_score):
        faces = [face_of(mesh) for mesh in _meshes(image, found, landmarker) if mesh.presence >= min_score]
        if faces:
            return Faces(tuple(sorted(_distinct(faces), key=lambda face: -face.size)))
    return Faces()


def _looks(image: Image, models: Models, min_score: float) -> Iterator[Detections]:
    """Looks for large faces in the whole picture, then for smaller ones, then for the smallest in its parts."""
    yield BlazeFace(models.session("blazeface_short"), "short")(image, min_score)
    detector = BlazeFace(models.session("blazeface_full"), "full")
    yield detector(image, min_score)
    parts = [detector(image, min_score, tile) for tile in tiles(image.shape[1], image.shape[0])]
    yield Detections(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _meshes(image: Image, found: Detections, landmarker: FaceMesh) -> list[Mesh]:
    """Puts a mesh on each detection, and once more from its own points, which sit better in the crop."""
    pairs = zip(found.boxes, found.points, strict=True)
    first = landmarker(image, [crop_of_eyes(box, points[0], points[1]) for box, points in pairs])
    return landmarker(image, [crop_of_points(mesh.points) for mesh in first])


def _distinct(faces: list[Face]) -> list[Face]:
    """Leaves out faces that lie on a better one: two tiles may show the same face."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if all(overlap(face.box[None], other.box[None])[0, 0] < 0.5 for other in kept):
            kept.append(face)
    return kept


def face_of(mesh: Mesh) -> Face:
    """Returns the face that a mesh describes; nobody tracks it yet."""
    return Face(
        box=bounds(mesh.points), points=five_points(mesh.points), score=mesh.presence,
        landmarks=Landmarks(SCHEME, mesh.points), pose=pose_of(mesh.points),
    )  # fmt: skip

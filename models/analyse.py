"""Analyses one still picture: finds its faces, with landmarks and pose. For video there is `nodes/detect`."""

from __future__ import annotations

from models.detectors import BlazeFace, Detections
from models.landmarks import SCHEME, FaceMesh, Mesh, bounds, crop_of_eyes, crop_of_points, five_points
from models.pose import pose_of
from runtime.kinds import Face, Faces, Image, Landmarks
from runtime.node import Models


def analyse(image: Image, models: Models, min_score: float = 0.5) -> Faces:
    """Returns the faces of a picture, uint8 [H, W, 3] BGR, largest first; raises `ModelError`."""
    found = BlazeFace(models.session("blazeface_short"), "short")(image, min_score)
    if not len(found.scores):  # small faces need the finer grid
        found = BlazeFace(models.session("blazeface_full"), "full")(image, min_score)
    meshes = _meshes(image, found, FaceMesh(models.session("facemesh")))
    faces = [face_of(mesh) for mesh in meshes if mesh.presence >= min_score]
    return Faces(tuple(sorted(faces, key=lambda face: -face.size)))


def _meshes(image: Image, found: Detections, landmarker: FaceMesh) -> list[Mesh]:
    """Puts a mesh on each detection, and once more from its own points, which sit better in the crop."""
    pairs = zip(found.boxes, found.points, strict=True)
    first = landmarker(image, [crop_of_eyes(box, points[0], points[1]) for box, points in pairs])
    return landmarker(image, [crop_of_points(mesh.points) for mesh in first])


def face_of(mesh: Mesh) -> Face:
    """Returns the face that a mesh describes; nobody tracks it yet."""
    return Face(
        box=bounds(mesh.points), points=five_points(mesh.points), score=mesh.presence,
        landmarks=Landmarks(SCHEME, mesh.points), pose=pose_of(mesh.points),
    )  # fmt: skip

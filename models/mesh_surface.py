"""The mesh as a surface: how its points face the viewer, and what becomes of it in another pose."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from models.mesh_points import COUNT
from runtime.kinds import Doubles, Floats

Triangles = npt.NDArray[np.intp]

_PLAIN = 1.5
"""A point is believed in full while its surroundings appear larger than the mean of all divided by this."""


class Surface:
    """The triangles between the points of one face [468, 3], seen about from the front."""

    def __init__(self, solid: Floats) -> None:
        self._triangles = _triangles(solid[:, :2])
        self._areas = _areas(solid, self._triangles)
        self._around = np.maximum(self._per_point(np.abs(self._areas)), 1e-6)

    def visibility(self, points: Floats) -> Floats:
        """Returns how far each point of another mesh faces the viewer, float32 [468], 0.02 to 1.

        Measured by what has become of the triangles around it; those that are seen from behind count against it.
        """
        areas = _areas(points, self._triangles) * np.sign(self._areas)
        share = self._per_point(areas) / self._around
        visibility: Floats = np.clip(share * (_PLAIN / np.abs(share).mean()), 0.02, 1).astype(np.float32)
        return visibility

    def facing(self, solid: Floats) -> Floats:
        """Returns the cosine of the angle between the skin at each point [468, 3] and the viewer, float32 [468]."""
        corners = solid[self._triangles]  # [3, T, 3]
        normals = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        length = self._per_point(np.linalg.norm(normals, axis=1).astype(np.float32))
        return (self._per_point(np.abs(normals[:, 2])) / np.maximum(length, 1e-6)).astype(np.float32)

    def _per_point(self, areas: Floats) -> Doubles:
        return np.bincount(self._triangles.ravel(), np.tile(areas, 3), COUNT).astype(np.float64)


def _triangles(points: Floats) -> Triangles:
    """Returns the Delaunay triangles of the points, as indices [3, T]."""
    low, high = np.floor(points.min(0)).astype(int) - 2, np.ceil(points.max(0)).astype(int) + 2
    plane = cv2.Subdiv2D((int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])))
    for point in points:
        plane.insert((float(point[0]), float(point[1])))
    corners = np.asarray(plane.getTriangleList()).reshape(-1, 3, 2)
    nearest = ((corners[:, :, None] - points) ** 2).sum(-1)
    inside = nearest.min(-1).max(-1) < 0.25  # the plane's own three outer corners are no points of ours
    return np.ascontiguousarray(nearest.argmin(-1)[inside].T)


def _areas(points: Floats, triangles: Triangles) -> Floats:
    """Returns twice the signed area of each triangle."""
    x, y = points[:, 0][triangles], points[:, 1][triangles]  # [3, T]
    areas: Floats = (x[1] - x[0]) * (y[2] - y[0]) - (y[1] - y[0]) * (x[2] - x[0])
    return areas

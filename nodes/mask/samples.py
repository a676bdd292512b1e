"""Places on a face's mesh at which its looks are compared: they move with the skin, whatever the head and mouth do."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from models.landmarks import LEFT_EYE, OVAL, RIGHT_EYE
from models.mesh_points import BROWS, COUNT, OUTER_LIPS
from runtime.kinds import Doubles, Floats, Image

_FEATURES = ((LEFT_EYE, 0.6), (RIGHT_EYE, 0.6), (BROWS[0], 0.35), (BROWS[1], 0.35), (OUTER_LIPS, 0.25))
"""What moves by itself, and how far around it is left out, as a share of its size."""
_RIM = -0.06
"""Outside the oval shrunk by this, a place slips onto the background with the least error of the mesh."""
_RIM_TRUST = 0.25
_SEEN = 0.5
"""A triangle that appears at less than this share of its first area has begun to turn away."""


class Samples:
    """The points of a mesh and the middles of its triangles, of a face as it was first seen.

    Args:
        points: its mesh in patch px, float32 [468, 2].
        side: of the patch.
    """

    def __init__(self, points: Floats, side: int) -> None:
        self._triangles = _triangles(points)
        self._areas = _areas(points, self._triangles)
        self._touching = np.maximum(np.bincount(self._triangles.ravel(), minlength=COUNT), 1)
        spots = np.clip(np.rint(self.places(points)), 0, side - 1).astype(int)
        self._trust: Floats = (_trust_map(points, side)[spots[:, 1], spots[:, 0]] / np.float32(255)).astype(np.float32)

    def places(self, points: Floats) -> Floats:
        """Returns where the samples of a mesh lie, float32 [S, 2] in px of its patch."""
        first, second, third = self._triangles.T
        middles = (points[first] + points[second] + points[third]) / np.float32(3)
        return np.concatenate([points, middles])

    def trust(self, points: Floats) -> Floats:
        """Returns how far each sample of a mesh may be believed, float32 [S]: 0 on features and where it turns away."""
        share = _areas(points, self._triangles) / self._areas
        around = np.bincount(self._triangles.ravel(), np.repeat(share, 3), COUNT) / self._touching
        seen = np.clip(np.concatenate([around, share]) / _SEEN, 0, 1)
        return (self._trust * seen).astype(np.float32)


def _trust_map(points: Floats, side: int) -> Image:
    """Returns where a face is plain, uint8 [side, side]: not its features, and less at its rim."""
    plain = np.full((side, side), round(255 * _RIM_TRUST), np.uint8)
    cv2.fillPoly(plain, [_grown(points[list(OVAL)], _RIM)], 255)
    for group, grow in _FEATURES:
        cv2.fillConvexPoly(plain, cv2.convexHull(_grown(points[list(group)], grow)), 0)
    return plain


def _grown(corners: Floats, grow: float) -> npt.NDArray[np.int32]:
    middle = corners.mean(0)
    return np.rint(middle + (corners - middle) * (1 + grow)).astype(np.int32)


def _triangles(points: Floats) -> npt.NDArray[np.intp]:
    """Returns the Delaunay triangles of the points, as indices [T, 3]."""
    low, high = np.floor(points.min(0)).astype(int) - 2, np.ceil(points.max(0)).astype(int) + 3
    plane = cv2.Subdiv2D((int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])))
    numbers: dict[tuple[float, ...], int] = {}
    for number, point in enumerate(points.astype(np.float32)):
        spot = (float(point[0]), float(point[1]))
        plane.insert(spot)
        numbers[spot] = number
    corners = (numbers.get(tuple(spot)) for spot in np.asarray(plane.getTriangleList()).reshape(-1, 2).tolist())
    rows = [row for row in zip(*[corners] * 3, strict=True) if None not in row]
    return np.array(rows, np.intp)  # without those at the three outer corners that the plane has of its own


def _areas(points: Floats, triangles: npt.NDArray[np.intp]) -> Doubles:
    """Returns twice the signed area of each triangle, and never 0."""
    x, y = points[triangles, 0], points[triangles, 1]
    areas = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (y[:, 1] - y[:, 0]) * (x[:, 2] - x[:, 0])
    return np.where(np.abs(areas) < 1e-3, 1e-3, areas)

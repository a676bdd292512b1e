"""The 468-point mesh as the mesh swapper sees it: more groups of indices, and the template it aligns faces to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.align import scale_of, similarity
from runtime.kinds import Doubles, Floats

TEMPLATE = "mesh_face"
"""Name of the alignment below: the whole face from hairline to chin, with a margin of an eighth on each side."""

COUNT = 468
BROWS = ((70, 63, 105, 66, 107, 55, 65, 52, 53, 46), (300, 293, 334, 296, 336, 285, 295, 282, 283, 276))
"""Two rows of points for each brow; their hull covers it."""
OUTER_LIPS = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
"""The outline of the lips, clockwise from the left corner of the mouth."""

_ANCHORS: Mapping[int, tuple[float, float]] = {
    10: (0.500, 0.130), 152: (0.500, 0.870),
    234: (0.188, 0.432), 454: (0.812, 0.432),
    33: (0.290, 0.363), 133: (0.419, 0.371), 362: (0.581, 0.371), 263: (0.710, 0.363),
    168: (0.500, 0.350), 1: (0.500, 0.564),
    61: (0.381, 0.681), 291: (0.619, 0.681),
}  # fmt: skip
"""Landmark to place, as shares of the patch's side: mean of three faces seen from the front, made symmetric.

Points from all over the face, because a fit to the eyes alone swells when a head turns to its profile.
"""
_INDICES = list(_ANCHORS)
_PLACES = np.array(list(_ANCHORS.values()))
_SMALLEST_SHARE = 1 / 32
_LARGEST_PX = 1e5


def alignment(points: Floats, size_px: int) -> Doubles | None:
    """Returns the similarity from a mesh [468, 2 or 3] to a patch in which it fits the template.

    None when the points are none that a face could have: not finite, in one spot, on one line.
    """
    if len(points) != COUNT or not np.isfinite(points).all():
        return None
    spread = np.ptp(points[_INDICES, :2], axis=0)
    if not 1 <= spread.max() <= _LARGEST_PX or spread.min() < spread.max() * _SMALLEST_SHARE:
        return None
    matrix = similarity(points[_INDICES, :2], _PLACES * size_px - 0.5)
    return matrix if scale_of(matrix) > 0 else None

"""The 468-point mesh as the mesh swapper sees it: more groups of indices, and the template it aligns faces to."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

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
_PLACES = np.array([complex(*place) for place in _ANCHORS.values()])
_MIDDLE = complex(_PLACES.mean())
_SMALLEST_SHARE = 1 / 32
_LARGEST_PX = 1e5


def alignment(points: Floats, size_px: int) -> Doubles | None:
    """Returns the similarity from a mesh [468, 2 or 3] to a patch in which it fits the template.

    None when the points are none that a face could have: not finite, in one spot, on one line. It is `align.similarity`
    in complex numbers, which for so few points takes a third of the time.
    """
    if len(points) != COUNT or not math.isfinite(float(points.sum(dtype=np.float64))):
        return None
    anchors = points[_INDICES, :2].astype(np.float64).view(np.complex128)[:, 0]
    wide, high = float(np.ptp(anchors.real)), float(np.ptp(anchors.imag))
    if not 1 <= max(wide, high) <= _LARGEST_PX or min(wide, high) < max(wide, high) * _SMALLEST_SHARE:
        return None
    middle = complex(anchors.mean())
    arm = anchors - middle
    turn = complex(np.vdot(arm, _PLACES)) * size_px / float(np.vdot(arm, arm).real)
    shift = _MIDDLE * size_px - (0.5 + 0.5j) - turn * middle
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]]) if turn else None

"""Landmark schemes without depth: which of their points are the five, and how the head is turned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from models import dense106, fan68
from models.pose import RIGID, pose_from
from runtime.kinds import Doubles, Floats, Pose

FIVE: Mapping[str, tuple[Sequence[int], ...]] = MappingProxyType(
    {
        dense106.SCHEME: ((33, 35, 40, 39), (87, 89, 94, 93), (86,), (52,), (61,)),
        fan68.SCHEME: (range(36, 42), range(42, 48), (30,), (48,), (54,)),
    }
)
"""By scheme, the points whose means are eyes, nose tip and mouth corners in image order: iBUG's 68 as FaceFusion takes
them, InsightFace's 106 as LivePortrait does."""

_SAME_AS_MESH: Mapping[str, Mapping[int, int]] = {
    dense106.SCHEME: {72: 168, 86: 1, 80: 2, 35: 33, 39: 133, 89: 362, 93: 263, 0: 152},
    fan68.SCHEME: {27: 168, 30: 1, 33: 2, 36: 33, 39: 133, 42: 362, 45: 263, 8: 152},
}
"""Points that are where the mesh has one of the rigid ones: between the eyes, nose, corners of the eyes, chin."""


def five_of(scheme: str, points: Floats) -> Floats:
    """Returns eye centres, nose tip and mouth corners, float32 [5, 2], of a scheme in `FIVE`."""
    return np.stack([points[list(indices), :2].mean(0) for indices in FIVE[scheme]]).astype(np.float32)


def pose_of_plane(scheme: str, points: Floats) -> Pose:
    """Returns the head's rotation from points without depth [N, 2], in the convention of `Pose`.

    The best linear map from the canonical face to the picture, made a rotation: the first step of D. DeMenthon and
    L. Davis, "Model-based object pose in 25 lines of code", IJCV 15, 1995. From the mesh's pose on the demo clip, with
    points of the mesh, yaw, pitch and roll differ by 1.9, 3.9 and 0.6 degrees in the mean, at most by 3.9, 7.1 and 2.0.
    """
    pairs = _SAME_AS_MESH[scheme]
    model = np.array([RIGID[index] for index in pairs.values()])
    seen = points[list(pairs), :2].astype(np.float64) * (1, -1)
    across, up = np.linalg.lstsq(model - model.mean(0), seen - seen.mean(0), rcond=None)[0].T
    return pose_from(_orthogonal(across, up))


def _orthogonal(across: Doubles, up: Doubles) -> Doubles:
    """Returns the rotation whose first two rows are nearest to the directions of two vectors."""
    a, b = (row / max(float(np.linalg.norm(row)), 1e-12) for row in (across, up))
    left, _, right = np.linalg.svd(np.stack([a, b]), full_matrices=False)
    first, second = left @ right
    return np.stack([first, second, np.cross(first, second)])

"""Paints the mouth of a face, from the outline of its lips in any scheme of landmarks that has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from models.landmarks import SCHEME
from models.mesh_points import OUTER_LIPS as MESH_LIPS
from runtime.kinds import Image, Landmarks

OUTER_LIPS: Mapping[str, Sequence[int]] = {SCHEME: MESH_LIPS, "ibug68": range(48, 60), "dense106": range(52, 64)}
"""Landmarks on the outer edge of the lips, by scheme; their hull is the mouth."""

_GROW = 0.18
"""How far the mask reaches beyond the lips, as a share of the mouth's size: its ramp ends there."""
_SUBPIXEL_BITS = 4


def mouth_mask(landmarks: Landmarks, side: int, amount: float) -> Image:
    """Returns 255, and less by `amount` (0 to 1) over the mouth, uint8 [side, side]; its outline is feathered."""
    lips = landmarks.points[list(OUTER_LIPS[landmarks.scheme]), :2]
    middle = lips.mean(0)
    corners = (middle + (lips - middle) * (1 + _GROW) + 0.5) * 0.5 - 0.5  # in a mask of half the side
    mask = np.full((side // 2, side // 2), 255, np.uint8)
    hull = cv2.convexHull(np.rint(corners * (1 << _SUBPIXEL_BITS)).astype(np.int32))
    cv2.fillConvexPoly(mask, hull, round(255 * (1 - amount)), cv2.LINE_AA, _SUBPIXEL_BITS)
    width = float(np.ptp(lips[:, 0])) / 2
    reach = 2 * max(1, round(_GROW * width / 4)) + 1
    for _ in range(2):
        mask = cv2.blur(mask, (reach, reach))
    return cv2.resize(mask, (side, side))

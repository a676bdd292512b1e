"""Where the patches of the mesh swapper lie: upright, and for faces of common size on the frame's own pixels.

So cutting them out and laying them back are copies: no pixel is interpolated, nothing gets softer. A head that leans
leans in its patch as well.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from models.mesh_points import alignment
from runtime.kinds import Doubles, Floats

STEP = 32
SMALLEST = 128
"""Sides of patches are multiples of the first, from the second on; smaller faces are enlarged."""


class Square(NamedTuple):
    """The square that a face would fill: its middle and its side in frame px."""

    x: float
    y: float
    span: float


def square_of(points: Floats) -> Square | None:
    """Returns the square of a mesh [468, 2 or 3] in the frame, or None for points that no face could have."""
    to_unit = alignment(points, 1)
    if to_unit is None:
        return None
    a, b, shift = to_unit[0, 0], to_unit[1, 0], to_unit[:, 2]  # the inverse of a similarity is its transpose, scaled
    size = a * a + b * b
    x, y = -(a * shift[0] + b * shift[1]) / size, -(a * shift[1] - b * shift[0]) / size
    return Square(float(x), float(y), 1 / math.sqrt(size))


def sides_up_to(size_px: int) -> tuple[int, ...]:
    """Returns the sides that patches may have, smallest first."""
    return tuple(range(SMALLEST, size_px + 1, STEP))


def placed(square: Square, side: int, largest: int) -> Doubles:
    """Returns the transform from the frame to a patch of that side, float64 [2, 3].

    It is a shift by whole px, unless the face is too small for the smallest side, or too large for the largest: then
    it is scaled, and lies exactly about the face.
    """
    if square.span < SMALLEST or (side == largest and square.span > side):
        scale = side / square.span
        x, y = (side - 1) / 2 - scale * square.x, (side - 1) / 2 - scale * square.y
    else:
        scale = 1.0
        x, y = (round((side - 1) / 2 - middle) for middle in (square.x, square.y))
    return np.array([[scale, 0, x], [0, scale, y]])

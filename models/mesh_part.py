"""The part of a patch that the face covers: pixels outside of it are never computed."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import cv2
import numpy.typing as npt

from models.landmarks import bounds
from runtime.kinds import Floats

UNITS = 16
"""Parts begin and end at multiples of this share of a patch's side, so that they hold whole cells of coarser grids."""


class Part(NamedTuple):
    """A rectangle of a patch, in sixteenths of its side: from left, top up to but without right, bottom."""

    left: int = 0
    top: int = 0
    right: int = UNITS
    bottom: int = UNITS

    @classmethod
    def around(cls, points: Floats, size_px: int, share: float) -> Part:
        """Returns the part with all points [P, 2] and so much of their extent on each side; it is never empty."""
        x0, y0, x1, y1 = bounds(points).tolist()
        unit, wide, high = size_px / UNITS, share * (x1 - x0), share * (y1 - y0)
        left, top = (min(max(math.floor((edge - 0.5) / unit), 0), UNITS - 1) for edge in (x0 - wide, y0 - high))
        right, bottom = math.ceil((x1 + wide + 1.5) / unit), math.ceil((y1 + high + 1.5) / unit)
        return cls(left, top, min(max(right, left + 1), UNITS), min(max(bottom, top + 1), UNITS))

    def place(self, size_px: int) -> tuple[slice, slice]:
        """Returns its pixels in a patch, or its cells in a grid, of that side: a multiple of `UNITS`."""
        top, bottom, left, right = (edge * size_px // UNITS for edge in (self.top, self.bottom, self.left, self.right))
        return slice(top, bottom), slice(left, right)

    def enlarged(self, grid: npt.NDArray[Any], size_px: int) -> npt.NDArray[Any]:
        """Returns this part of a grid [G, G, ...] enlarged to a side: what enlarging all of it gives there."""
        if self == WHOLE:
            return cv2.resize(grid, (size_px, size_px))
        wider = Part(
            max(self.left - 1, 0), max(self.top - 1, 0), min(self.right + 1, UNITS), min(self.bottom + 1, UNITS)
        )
        rows, columns = wider.place(size_px)
        large = cv2.resize(grid[wider.place(len(grid))], (columns.stop - columns.start, rows.stop - rows.start))
        top, left = ((mine - its) * size_px // UNITS for mine, its in ((self.top, wider.top), (self.left, wider.left)))
        rows, columns = self.place(size_px)
        return large[top : top + rows.stop - rows.start, left : left + columns.stop - columns.start]


WHOLE = Part()

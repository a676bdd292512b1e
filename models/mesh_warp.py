"""Makes a dense field out of the places of a few hundred points in two pictures. Does not touch pixels.

The field is the best affine map plus what is left of it, laid down on three grids from coarse to fine: each takes
what the ones before it missed, spreads it by normalised convolution, and adds it. The idea is from
S. Lee, G. Wolberg, S. Y. Shin, "Scattered data interpolation with multilevel B-splines", IEEE TVCG 3(3), 1997.
"""

from __future__ import annotations

import cv2
import numpy as np

from models.mesh_part import WHOLE, Part
from runtime.kinds import Floats

GRIDS = (16, 32, 64)
"""Cells on a side, coarse to fine; on a patch of 256 px the finest cell is 4 px."""
_FAITH = (1e-3, 5e-3, 2e-2)
"""For each grid, the weight at which a cell is half believed: far from all points the coarser grids stand."""

_FIRM = 1e-6 * np.eye(3)


class DenseField:
    """Interpolates the values of points over a square of `size_px`; may be used by many threads at once."""

    def __init__(self, size_px: int) -> None:
        self._size_px = size_px
        centres = (np.arange(GRIDS[-1], dtype=np.float32) + 0.5) * (size_px / GRIDS[-1]) - 0.5
        x, y = np.meshgrid(centres, centres)
        self._cells = np.stack([x, y, np.ones_like(x)], -1)

    def __call__(self, points: Floats, values: Floats, weights: Floats, part: Part = WHOLE) -> Floats:
        """Returns the values over the square, float32 [size_px, size_px, 2], or over a part of it.

        Takes points [P, 2] in px, their values [P, 2], and how far each is to be believed [P], 0 to 1.
        """
        homogeneous = np.ones((len(points), 3), np.float32)
        homogeneous[:, :2] = points
        affine = _affine(homogeneous, values, weights)
        left = self._splat(points, values - homogeneous @ affine, weights)
        share = cv2.merge((weight := cv2.extractChannel(left, 2), weight, np.zeros_like(weight)))
        field = np.zeros((GRIDS[0], GRIDS[0], 3), np.float32)  # the third channel of fields and layers means nothing
        for cells, faith in zip(GRIDS, _FAITH, strict=True):
            layer = _spread(left, cells, faith)
            field = cv2.add(cv2.resize(field, (cells, cells)), layer)
            if cells < GRIDS[-1]:
                left -= cv2.multiply(share, cv2.resize(layer, weight.shape))
        field = cv2.add(cv2.merge(cv2.split(field)[:2]), cv2.transform(self._cells, affine.T))
        return part.enlarged(field, self._size_px)

    def _splat(self, points: Floats, values: Floats, weights: Floats) -> Floats:
        """Returns weighted values and weights shared out to the four cells around each point, float32 [G, G, 3]."""
        cells = GRIDS[-1]
        spot = np.clip((points + 0.5) * (cells / self._size_px) - 0.5, 0, cells - 1.001).astype(np.float32)
        corner = spot.astype(np.int32)
        x, y = (spot - corner).T
        first = corner[:, 1] * cells + corner[:, 0]
        index = np.concatenate([first, first + 1, first + cells, first + cells + 1])
        right, below = weights * x, weights * y
        both = right * y
        share = np.concatenate([weights - right - below + both, right - both, below - both, both])
        amounts = (share * np.tile(values[:, 0], 4), share * np.tile(values[:, 1], 4), share)
        return cv2.merge([
            np.bincount(index, amount, cells * cells).astype(np.float32).reshape(cells, cells) for amount in amounts
        ])  # fmt: skip


def _affine(homogeneous: Floats, values: Floats, weights: Floats) -> Floats:
    """Returns the affine map [3, 2] that takes the points nearest to their values."""
    weighted = (homogeneous * weights[:, None]).T
    solution: Floats = np.linalg.solve(weighted @ homogeneous + _FIRM, weighted @ values).astype(np.float32)
    return solution


def _spread(sums: Floats, cells: int, faith: float) -> Floats:
    """Returns the values that sums [G, G, 3] stand for, [cells, cells, 3], by normalised convolution.

    All three channels are divided: on two of three NumPy is ten times slower.
    """
    step = len(sums) // cells
    smooth = cv2.GaussianBlur(cv2.resize(sums, (cells, cells), interpolation=cv2.INTER_AREA), (5, 5), 1.0)
    weight = cv2.extractChannel(smooth, 2) + np.float32(faith / step**2)  # INTER_AREA takes means, not sums
    return cv2.divide(smooth, cv2.cvtColor(weight, cv2.COLOR_GRAY2BGR))

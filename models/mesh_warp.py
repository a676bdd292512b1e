"""Makes a dense field out of the places of a few hundred points in two pictures. Does not touch pixels.

The field is the best affine map plus what is left of it, laid down on three grids from coarse to fine: each takes
what the ones before it missed at the points, spreads it by normalised convolution, and adds it. The idea is
S. Lee, G. Wolberg, S. Y. Shin, "Scattered data interpolation with multilevel B-splines", IEEE TVCG 3(3), 1997.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from runtime.kinds import Floats

GRIDS = (16, 32, 64)
"""Cells on a side, coarse to fine; on a patch of 256 px the finest cell is 4 px."""
_FAITH = (1e-3, 5e-3, 2e-2)
"""For each grid, the weight at which a cell is half believed: far from all points the coarser grids stand."""


class DenseField:
    """Interpolates the values of points over a square of `size_px`; may be used by many threads at once."""

    def __init__(self, size_px: int) -> None:
        self._size_px = size_px
        centres = (np.arange(GRIDS[-1], dtype=np.float32) + 0.5) * (size_px / GRIDS[-1]) - 0.5
        x, y = np.meshgrid(centres, centres)
        self._cells = np.stack([x, y, np.ones_like(x)], -1)

    def __call__(self, points: Floats, values: Floats, weights: Floats) -> Floats:
        """Returns the values over the square, float32 [size_px, size_px, 2].

        Takes points [P, 2] in px, their values [P, 2], and how far each is to be believed [P], 0 to 1.
        """
        homogeneous = np.column_stack([points, np.ones(len(points), np.float32)])
        affine = _affine(homogeneous, values, weights)
        left = values - homogeneous @ affine
        field = np.zeros((GRIDS[0], GRIDS[0], 2), np.float32)
        for cells, faith in zip(GRIDS, _FAITH, strict=True):
            splat = _Splat(points, cells, self._size_px)
            layer = splat.spread(left, weights, faith)
            left = left - splat.read(layer)
            field = cv2.resize(field, (cells, cells)) + layer
        return cv2.resize(field + self._cells @ affine, (self._size_px, self._size_px))


def _affine(homogeneous: Floats, values: Floats, weights: Floats) -> Floats:
    """Returns the affine map [3, 2] that takes the points nearest to their values."""
    weighted = (homogeneous * weights[:, None]).T
    solution: Floats = np.linalg.solve(weighted @ homogeneous + 1e-6 * np.eye(3), weighted @ values).astype(np.float32)
    return solution


class _Splat:
    """Where points lie on a grid: the four cells around each, and their shares."""

    def __init__(self, points: Floats, cells: int, size_px: int) -> None:
        self._cells = cells
        spot = np.clip((points + 0.5) * (cells / size_px) - 0.5, 0, cells - 1.001).astype(np.float32)
        corner = spot.astype(np.int32)
        x, y = (spot - corner).T
        first = corner[:, 1] * cells + corner[:, 0]
        self._index: npt.NDArray[np.int32] = np.stack([first, first + 1, first + cells, first + cells + 1])
        self._share: Floats = np.stack([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y])

    def spread(self, values: Floats, weights: Floats, faith: float) -> Floats:
        """Returns the values spread over the grid by normalised convolution, float32 [cells, cells, 2]."""
        index, share = self._index.ravel(), self._share * weights
        sums = np.empty((self._cells, self._cells, 3), np.float32)
        for channel, amount in enumerate((share * values[:, 0], share * values[:, 1], share)):
            sums[..., channel] = np.bincount(index, amount.ravel(), self._cells**2).reshape(self._cells, -1)
        sums = cv2.GaussianBlur(sums, (5, 5), 1.0)
        return sums[..., :2] / (sums[..., 2:] + np.float32(faith))

    def read(self, grid: Floats) -> Floats:
        """Returns the grid's values at the points, float32 [P, 2]."""
        around = grid.reshape(-1, 2)[self._index]
        values: Floats = (around * self._share[..., None]).sum(0)
        return values

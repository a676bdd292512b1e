"""A field between two sets of points is smooth, exact where it must be, and believes no point without weight."""

from __future__ import annotations

import numpy as np

from models.mesh_warp import DenseField
from tests.models.meshes import SIDE


def grid(count=24):
    spots = (np.stack(np.meshgrid(np.arange(count), np.arange(count)), -1).reshape(-1, 2) + 0.5) * (SIDE / count)
    return spots.astype(np.float32)


def test_an_affine_field_is_met_everywhere():
    """Also where there are no points: a map without bends is not bent."""
    points = grid()[200:380]
    matrix = np.array([[0.9, -0.2], [0.15, 1.3]], np.float32)
    values = points @ matrix + np.float32([12, -7])
    field = DenseField(SIDE)(points, values, np.ones(len(points), np.float32))
    y, x = np.indices((SIDE, SIDE))
    whole = np.stack([x, y], -1) @ matrix + [12, -7]
    assert np.abs(field - whole)[4:-4, 4:-4].max() < 0.05


def test_a_smooth_bend_is_followed_between_the_points():
    points = grid()
    bend = lambda spots: spots + 6 * np.sin(spots[..., ::-1] / 25)  # noqa: E731  # two uses in one test
    field = DenseField(SIDE)(points, bend(points).astype(np.float32), np.ones(len(points), np.float32))
    y, x = np.indices((SIDE, SIDE))
    wanted = bend(np.stack([x, y], -1).astype(float))
    assert np.abs(field - wanted)[12:-12, 12:-12].mean() < 0.35


def test_points_without_weight_do_not_pull():
    points = grid()
    values = points.copy()
    values[::2] += 40
    weights = np.ones(len(points), np.float32)
    weights[::2] = 0.001
    field = DenseField(SIDE)(points, values, weights)
    y, x = np.indices((SIDE, SIDE))
    assert np.abs(field - np.stack([x, y], -1))[8:-8, 8:-8].max() < 2

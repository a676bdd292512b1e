"""Where the mesh swapper's patches lie."""

from __future__ import annotations

import numpy as np
import pytest

from models.align import similarity, transform, whole_shift
from models.mesh_place import Square, placed, sides_up_to, square_of
from models.mesh_points import _ANCHORS, COUNT, alignment


def mesh_of(span, middle, turn_deg=0.0):
    """A mesh whose anchors fit the template in a square of that span."""
    angle = np.radians(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = np.zeros((COUNT, 3), np.float32)
    points[:, :2] = middle
    points[list(_ANCHORS), :2] = (np.array(list(_ANCHORS.values())) - 0.5) @ turn.T * span + middle
    return points


@pytest.mark.parametrize("turn_deg", [0, 30, -100])
def test_a_square_is_found_whatever_way_a_head_leans(turn_deg):
    square = square_of(mesh_of(240, (300.25, 200.5), turn_deg))
    assert np.allclose(square, (300.25, 200.5, 240), atol=0.01)


@pytest.mark.parametrize("turn_deg", [0, 30])
def test_an_alignment_is_the_nearest_similarity(turn_deg):
    points = mesh_of(240, (300.25, 200.5), turn_deg)
    points[:, :2] += np.random.default_rng(0).normal(0, 3, (COUNT, 2)).astype(np.float32)
    goal = np.array(list(_ANCHORS.values())) * 256 - 0.5
    assert np.allclose(alignment(points, 256), similarity(points[list(_ANCHORS), :2], goal))


@pytest.mark.parametrize(("span", "side", "whole"), [(90, 128, False), (128, 128, True), (250, 256, True),
                                                     (270, 256, True), (384, 384, True), (500, 384, False)])  # fmt: skip
def test_patches_lie_on_the_frame_s_pixels_where_they_can(span, side, whole):
    """Small and large faces are scaled to fill theirs; the middle of the face is the middle of the patch."""
    matrix = placed(Square(300.3, 200.8, span), side, 384)
    assert (whole_shift(matrix) is not None) == whole
    assert np.abs(transform(np.array([[300.3, 200.8]]), matrix) - (side - 1) / 2).max() <= (0.5 if whole else 1e-9)
    assert matrix[0, 0] == (1 if whole else side / span)


def test_sides_grow_in_steps_up_to_the_largest():
    assert sides_up_to(256) == (128, 160, 192, 224, 256)


@pytest.mark.parametrize(("matrix", "shift"), [
    ([[1, 0, -3], [0, 1, 4]], (-3, 4)), ([[1, 0, 0.5], [0, 1, 0]], None), ([[2, 0, 1], [0, 2, 1]], None),
    ([[0, -1, 1], [1, 0, 1]], None),
])  # fmt: skip
def test_a_whole_shift_is_told_from_other_maps(matrix, shift):
    assert whole_shift(np.array(matrix, np.float64)) == shift

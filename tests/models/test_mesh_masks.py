"""Masks of a face's parts."""

from __future__ import annotations

import numpy as np
import pytest

from models.mesh_masks import face_mask, face_part, features_mask, skin_mask
from models.mesh_warp import DenseField
from tests.models.meshes import SIDE, aligned


def test_masks_end_inside_the_patch_and_follow_the_settings(meshed):
    _, points = aligned(*meshed["c"])
    shape = face_mask(points, SIDE)
    assert shape.max() == 255
    assert not shape[0].any()
    assert (face_mask(points * 3 - 200, SIDE)[[0, -1]] == 0).all()  # a face larger than the patch
    x, y = points[[159, 145]].mean(0).astype(int)  # between the lids
    for share, level in ((1.0, 0), (0.5, 128), (0.0, 255)):
        mask = features_mask(points, SIDE, eyes=share, mouth=1, brows=0)
        assert mask[y, x] == pytest.approx(level, abs=25)


def test_a_part_of_a_field_and_of_masks_is_as_in_the_whole(meshed):
    _, points = aligned(*meshed["c"])
    part = face_part(points, SIDE)
    place = part.place(SIDE)
    shape, features = face_mask(points, SIDE), features_mask(points, SIDE, eyes=1, mouth=1, brows=0.5)
    assert np.abs(face_mask(points, SIDE, part).astype(int) - shape[place]).max() <= 1
    assert (features_mask(points, SIDE, part, eyes=1, mouth=1, brows=0.5) == features[place])[2:-2, 2:-2].all()
    shape[place] = 0
    assert not shape.any()
    field, weights = DenseField(SIDE), np.ones(len(points), np.float32)
    values = points[:, ::-1].copy()
    assert np.allclose(field(points, values, weights, part), field(points, values, weights)[place], atol=1e-3)


def test_skin_has_no_eyes_and_no_lips(meshed):
    _, points = aligned(*meshed["b"])
    skin = skin_mask(points, SIDE)
    for index in (159, 386, 13):
        x, y = (points[index] / 8).astype(int)
        assert skin[y, x] < 0.3
    x, y = (points[50] / 8).astype(int)  # a cheek
    assert skin[y, x] == 1

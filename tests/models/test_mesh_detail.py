"""Sharpness and grain of a swapped face are those of its target."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.mesh_detail import Detail, detail_of, match
from models.swappers import Keep, MeshSwapper
from tests.models.meshes import SIDE, aligned


@pytest.mark.parametrize(("blur", "noise"), [(2.0, 0.0), (0.0, 6.0), (1.5, 6.0)])
def test_sharpness_and_grain_become_the_target_s(meshed, blur, noise):
    """A soft or grainy picture gets a face that is nearer to it in both; the mask stays."""
    swapper, (target, points) = MeshSwapper(*meshed["c"], SIDE), aligned(*meshed["a"])
    if blur:
        target = cv2.GaussianBlur(target, (0, 0), blur)
    grain = np.random.default_rng(1).normal(0, noise, target.shape) if noise else 0
    target = np.clip(target + grain, 0, 255).astype(np.uint8)
    as_it_is, matched = (swapper.swap(target, points, Keep(detail=share)).image for share in (1.0, 0.0))
    wanted = detail_of(target)
    before, after = (detail_of(cv2.cvtColor(image, cv2.COLOR_BGR2BGRA)) for image in (as_it_is, matched))
    if blur:
        assert after.sharpness < 0.93 * before.sharpness
    if noise:
        assert abs(after.grain - wanted.grain) < 0.6 * abs(before.grain - wanted.grain)


def test_a_picture_as_sharp_as_the_face_leaves_it():
    image = np.random.default_rng(2).integers(0, 256, (64, 64, 4), np.uint8)
    assert match(image, image, Detail(0.4, 1.0), Detail(0.4, 1.0)) is image

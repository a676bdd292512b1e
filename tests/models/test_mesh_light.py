"""Light is told from what is lit."""

from __future__ import annotations

import numpy as np
import pytest

from models.mesh_light import TYPICAL, bgr_of, flatten, lab_of, light_of, ratio_of, relight
from tests.models.meshes import SIDE


def test_light_is_taken_from_skin_alone():
    """Hair over the rim and a dark background leave the light as it is."""
    patch = np.full((SIDE, SIDE, 4), 150, np.uint8)
    skin = np.zeros((32, 32), np.float32)
    skin[6:26, 8:24] = 1
    plain = light_of(patch, skin)
    patch[:, :80] = 20
    assert np.abs(light_of(patch, skin) - plain)[8:24, 14:22, :3].max() < 3
    assert np.abs(plain[..., :3] - lab_of(np.full((1, 1, 3), 150, np.uint8))[0, 0]).max() < 0.2


def test_neutral_texture_becomes_the_light():
    flat = np.ones((SIDE, SIDE, 4), np.float32)
    light = np.zeros((32, 32, 4), np.float32) + np.float32([55, 20, 30, 1])
    wanted = bgr_of(np.float32([[[55, 20, 30]]]))[0, 0]
    result = relight(flat, light, 1.0)
    assert np.abs(result[..., :3] - wanted).max() < 1
    assert (result[..., 3] == 255).all()


@pytest.mark.parametrize("lightness", [25, 45, 75])
def test_what_is_lit_evenly_has_no_texture(lightness):
    lab = np.zeros((64, 64, 3), np.float32) + np.float32([lightness, 12, 14])
    light = np.zeros((32, 32, 4), np.float32) + np.float32([lightness, 12, 14, 1])
    flat = flatten(lab, light)
    assert np.abs(flat - TYPICAL).max() < 1e-3
    assert np.abs(ratio_of(flat) - 1).max() < 1e-3

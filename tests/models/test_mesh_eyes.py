"""Irises are found in eyes, and take a colour."""

from __future__ import annotations

import numpy as np
import pytest

from models.mesh_eyes import eyes_of, iris_of
from models.mesh_light import lab_of
from models.swappers import Keep, MeshSwapper
from tests.models.meshes import SIDE, aligned


def test_the_iris_is_what_is_darker_than_the_white(meshed):
    """source_a has green eyes, source_b brown, source_c blue."""
    found = {letter: iris_of(eyes_of(image, mesh)) for letter, (image, mesh) in meshed.items()}
    assert found["a"].a < -0.1
    assert found["b"].b > 0.2
    assert found["c"].b < found["b"].b - 0.2
    assert all(0.2 < iris.lightness < 0.7 for iris in found.values())


@pytest.mark.parametrize("scale", [0.0, 0.02])
def test_eyes_that_are_shut_or_tiny_have_no_iris(meshed, scale):
    image, mesh = meshed["a"]
    assert iris_of(eyes_of(image, mesh * np.float32([scale, scale, 1]))) is None


def test_irises_take_the_source_s_colour_and_the_white_stays(meshed):
    swapper, (target, points) = MeshSwapper(*meshed["b"], SIDE), aligned(*meshed["c"])
    own, taken = (swapper.swap(target, points, Keep(eye_colour=share)) for share in (0.0, 1.0))
    assert not (own.masks["features"] != taken.masks["features"])[: SIDE // 4].any()
    eyes = eyes_of(target, points)
    assert len(eyes.places) == 2
    for index, place in enumerate(eyes.places):
        share = eyes.iris[:, index]
        iris = share > 0.95
        changed = lab_of(taken.image[place])[iris].mean(0) - eyes.lab[:, index][iris].mean(0)
        assert changed[2] > 8  # blue to brown
        assert taken.masks["features"][place][iris].min() > 230
        assert taken.masks["features"][place][share == 0].mean() < 200

"""Enhancers, on twins that turn the first channel negative: order of colours and range show as pixels."""

import numpy as np
import pytest

from models.enhancers import RESTORERS, Enhancer
from runtime.errors import ModelError
from tests.models.twins import loaded, restorer

RANDOM = np.random.default_rng(5)


def patches(kind, count=2):
    return RANDOM.integers(0, 256, (count, kind.size_px, kind.size_px, 3), np.uint8)


@pytest.mark.parametrize("batch", [1, None], ids=["one by one", "one batch"])
@pytest.mark.parametrize("name", RESTORERS)
def test_red_is_the_first_channel_and_grey_the_middle_of_the_range(name, batch):
    kind = RESTORERS[name]
    targets = patches(kind)
    found = Enhancer(loaded(restorer(kind.size_px, batch, weighted=kind.weighted)), kind)(targets, 1.0)
    expected = targets.copy()
    expected[..., 2] = 255 - expected[..., 2]
    np.testing.assert_array_equal(found, expected)


def test_codeformer_is_told_the_weight():
    kind = RESTORERS["codeformer"]
    enhancer = Enhancer(loaded(restorer(512, weighted=True)), kind)
    white = np.full((1, 512, 512, 3), 255, np.uint8)
    levels = [enhancer(white, weight)[0, 0, 0].tolist() for weight in (0.0, 0.2, 1.0)]
    assert levels == [[255, 255, 255], [255, 255, 204], [255, 255, 0]]


@pytest.mark.parametrize(("name", "weighted"), [("gfpgan_1.4", True), ("codeformer", False)])
def test_a_network_with_other_inputs_is_refused(name, weighted):
    with pytest.raises(ModelError, match="the network takes input"):
        Enhancer(loaded(restorer(512, weighted=weighted)), RESTORERS[name])


def test_no_faces_give_no_patches():
    kind = RESTORERS["gpen_bfr_256"]
    none = np.empty((0, 256, 256, 3), np.uint8)
    assert Enhancer(loaded(restorer(256)), kind)(none).shape == none.shape

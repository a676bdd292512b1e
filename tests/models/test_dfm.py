"""DFM files, on twins that darken blue: order of colours, range, masks and the morph show as pixels."""

import numpy as np
import pytest

from models.dfm import Dfm
from runtime.errors import ModelError
from tests.models.twins import arcface, dfm, loaded

PATCH = np.full((2, 224, 224, 3), (100, 150, 200), np.uint8)


def test_blue_comes_first_and_1_is_the_whole_range():
    answer = Dfm(loaded(dfm()))(PATCH)
    np.testing.assert_array_equal(answer.images, PATCH - np.array([51, 0, 0], np.uint8))


def test_a_pixel_belongs_to_the_mask_where_both_faces_have_it():
    answer = Dfm(loaded(dfm()))(PATCH)
    assert answer.masks.shape == (2, 224, 224)
    assert (answer.masks == 150).all()


@pytest.mark.parametrize(("morph", "blue"), [(0.0, 100), (0.5, 74), (1.0, 49)])
def test_a_file_that_morphs_is_told_how_much(morph, blue):
    swapper = Dfm(loaded(dfm(morphs=True)))
    assert swapper.morphs
    assert abs(int(swapper(PATCH, morph).images[0, 0, 0, 0]) - blue) <= 1


@pytest.mark.parametrize("side", [224, 320])
def test_the_side_is_that_of_the_file(side):
    assert Dfm(loaded(dfm(side))).size_px == side


def test_a_network_of_another_kind_is_refused():
    with pytest.raises(ModelError, match=r"a DFM file takes in_face:0, this network input\.1"):
        Dfm(loaded(arcface()))


def test_no_faces_give_no_patches():
    answer = Dfm(loaded(dfm()))(PATCH[:0])
    assert answer.images.shape == (0, 224, 224, 3)
    assert answer.masks.shape == (0, 224, 224)

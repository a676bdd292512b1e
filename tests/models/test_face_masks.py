"""Masks of patches, on twins for which a colour is a class."""

import numpy as np
import pytest

from models.face_masks import BiSeNet, XSeg
from runtime.errors import ModelError
from tests.models.twins import bisenet, loaded, xseg

BLUE, GREEN, RED = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def quarters(side, *colours):
    """A black patch with a colour in each quarter: upper left, upper right, lower left."""
    patch = np.zeros((side, side, 3), np.uint8)
    half = side // 2
    for (y, x), colour in zip(((0, 0), (0, half), (half, 0)), colours, strict=False):
        patch[y : y + half, x : x + half] = colour
    return patch


def shown(mask):
    """Which quarters a mask shows, by their middles."""
    spots = np.array([1, 3]) * len(mask) // 4
    return [int(mask[y, x]) for y in spots for x in spots]


@pytest.mark.parametrize("side", [128, 256, 512])
def test_xseg_is_given_blue_first_and_the_mask_has_the_patchs_side(side):
    found = XSeg(loaded(xseg()))(np.stack([quarters(side, BLUE, RED, GREEN), quarters(side, RED, BLUE)]))
    assert found.shape == (2, side, side)
    assert found.dtype == np.uint8
    assert [shown(mask) for mask in found] == [[255, 0, 0, 0], [0, 255, 0, 0]]


@pytest.mark.parametrize("side", [128, 512])
def test_a_masks_edge_is_soft_and_ends_where_the_face_does(side):
    patch = np.zeros((1, side, side, 3), np.uint8)
    patch[:, :, : side // 2] = BLUE
    row = XSeg(loaded(xseg()))(patch)[0, side // 2].astype(int)
    assert (np.diff(row) <= 0).all()
    assert row[side // 2 + 1] < 8
    share = row.mean() / 255
    assert share == pytest.approx(0.5 - 0.8 * 5 / 256, abs=0.003)  # a blur whose sigma is 5 px at 256 leaves this
    assert row[side // 2 - side * 15 // 256] > 250


def test_half_a_mask_is_no_face():
    grey = np.full((1, 256, 256, 3), 127, np.uint8)
    assert not XSeg(loaded(xseg()))(grey).any()


def test_bisenet_is_given_red_first_and_answers_for_the_parts_that_are_wanted():
    parser = BiSeNet(loaded(bisenet()))
    patch = quarters(256, RED, GREEN, BLUE)[None]
    assert shown(parser(patch)[0]) == [255, 255, 0, 0]
    assert shown(parser(patch, ["skin"])[0]) == [255, 0, 0, 0]
    assert shown(parser(patch, ["lips"])[0]) == [0, 255, 0, 0]
    assert shown(parser(patch, ["eyes"])[0]) == [0, 0, 0, 0]


def test_a_parser_of_other_classes_is_refused():
    with pytest.raises(ModelError, match="knows 18 classes"):
        BiSeNet(loaded(bisenet(18)))(quarters(256, RED)[None])


class Broken:
    """A session whose answers are no numbers."""

    device = "cpu"

    def __init__(self, session):
        self._session = session
        self.inputs = session.inputs

    def run(self, *inputs):
        return [np.full_like(answer, np.nan) for answer in self._session.run(*inputs)]


@pytest.mark.parametrize(("kind", "twin"), [(XSeg, xseg), (BiSeNet, bisenet)])
def test_an_answer_that_is_no_number_is_an_error_and_not_an_empty_mask(kind, twin):
    with pytest.raises(ModelError, match="NaN or infinite"):
        kind(Broken(loaded(twin())))(quarters(256, RED)[None])


@pytest.mark.parametrize("network", [XSeg(loaded(xseg())), BiSeNet(loaded(bisenet()))], ids=["xseg", "bisenet"])
def test_no_faces_give_no_masks(network):
    assert network(np.empty((0, 256, 256, 3), np.uint8)).shape == (0, 256, 256)

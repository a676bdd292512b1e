"""The other families of swappers, on twins whose answer is their target shifted by their source: order and range show."""

import numpy as np
import pytest

from models.analyse import analyse
from models.arcface import normed
from models.neural_swappers import FAMILIES, NeuralSwapper, gather, spread
from models.sources import converted, pictured
from runtime.errors import ModelError
from tests.models.twins import converter, loaded, painter

RANDOM = np.random.default_rng(3)


def patches(family, count=2, factor=1):
    side = family.size_px * factor
    return RANDOM.integers(40, 200, (count, side, side, 3), np.uint8)


def pixels_of(family):
    """How many grey levels one unit of the answer is, in B G R."""
    return np.array(family.gives.std[::-1])


@pytest.mark.parametrize("batch", [1, None], ids=["one by one", "one batch"])
@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if family.takes == family.gives])
def test_a_network_that_changes_nothing_gives_the_target_back(name, batch):
    family = FAMILIES[name]
    targets = patches(family)
    shape = (512,) if family.portrait is None else (3,)
    swapper = NeuralSwapper(loaded(painter(family.size_px, batch, shape)), family)
    np.testing.assert_array_equal(swapper(targets, np.zeros((1, *shape), np.float32)), targets)


@pytest.mark.parametrize("name", ["inswapper_128", "hyperswap_1a_256", "ghost_1_256", "uniface_256"])
def test_the_first_channel_is_red_and_a_unit_is_the_whole_range(name):
    family = FAMILIES[name]
    targets = patches(family)
    source = np.zeros((1, 512), np.float32)
    source[0, :3] = 20 / pixels_of(family)[::-1] * (1, 0, -1)
    found = NeuralSwapper(loaded(painter(family.size_px)), family)(targets, source)
    np.testing.assert_array_equal(found, targets + np.array([-20, 0, 20]).astype(np.uint8))


def test_simswap_is_given_imagenets_range_and_answers_in_its_own():
    family = FAMILIES["simswap_256"]
    targets = np.broadcast_to(np.array([100, 150, 200], np.uint8), (1, 256, 256, 3))
    found = NeuralSwapper(loaded(painter(256)), family)(targets, np.zeros((1, 512), np.float32))[0, 0, 0]
    red, green, blue = (200 / 255 - 0.485) / 0.229, (150 / 255 - 0.456) / 0.224, (100 / 255 - 0.406) / 0.225
    np.testing.assert_array_equal(found, np.clip(np.rint(np.array([blue, green, red]) * 255), 0, 255))


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_a_larger_patch_is_swapped_in_parts_and_comes_back_whole(factor):
    family = FAMILIES["inswapper_128"]
    targets = patches(family, count=3, factor=factor)
    rows = np.zeros((3, 512), np.float32)
    rows[:, 0] = (0, 10 / 255, 20 / 255)
    found = NeuralSwapper(loaded(painter(128)), family)(targets, rows)
    for number, (patch, target) in enumerate(zip(found, targets, strict=True)):
        np.testing.assert_array_equal(patch, target + np.array([0, 0, 10 * number], np.uint8))


def test_each_part_of_a_larger_patch_is_the_whole_face():
    patch = RANDOM.integers(0, 255, (1, 512, 512, 3), np.uint8)
    parts = spread(patch, 4)
    assert parts.shape == (16, 128, 128, 3)
    np.testing.assert_array_equal(parts[6], patch[0, 1::4, 2::4])
    np.testing.assert_array_equal(gather(parts, 4), patch)


def test_an_answer_that_is_no_number_is_an_error_and_not_a_black_face():
    family = FAMILIES["inswapper_128"]
    source = np.full((1, 512), np.nan, np.float32)
    with pytest.raises(ModelError, match="use the model's float32 file"):
        NeuralSwapper(loaded(painter(128)), family)(patches(family), source)


def test_no_faces_give_no_patches():
    family = FAMILIES["inswapper_128"]
    none = np.empty((0, 128, 128, 3), np.uint8)
    assert NeuralSwapper(loaded(painter(128)), family)(none, np.zeros((1, 512), np.float32)).shape == none.shape


def test_ghost_keeps_the_length_of_what_its_converter_gives_and_simswap_does_not():
    raw = RANDOM.standard_normal((2, 512)).astype(np.float32)
    rows = converted(raw, loaded(converter()))
    np.testing.assert_allclose(rows, raw / 2, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(normed(rows), axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize(("name", "eyes"), [("blendswap_256", (0.342, 0.657)), ("uniface_256", (0.377, 0.623))])
def test_a_source_picture_is_aligned_and_counted_as_its_family_wants(name, eyes, portraits, models):
    family = FAMILIES[name]
    image = portraits["b"].copy()
    (face,) = analyse(image, models)
    for x, y in face.points[:2].round().astype(int):
        image[y - 6 : y + 7, x - 6 : x + 7] = (0, 0, 255)
    row = pictured(image, face, family.portrait)
    side = family.portrait.size_px
    assert row.shape == (1, 3, side, side)
    assert row.min() >= 0
    assert row.max() <= 1
    red = row[0, 0] - row[0, 1] > 0.8
    columns = np.flatnonzero(red.any(0))
    split = side // 2
    found = columns[columns < split].mean(), columns[columns >= split].mean()
    np.testing.assert_allclose(np.array(found) / side, eyes, atol=0.03)

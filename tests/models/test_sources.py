"""What each family of swappers is told of a person, from the pictures."""

import numpy as np
import onnx
import pytest

from models.analyse import analyse
from models.arcface import ArcFace
from models.emap import read_emap
from models.neural_swappers import FAMILIES
from models.sources import Shown, source_of
from tests.models.twins import arcface, converter, inswapper, loaded


@pytest.fixture(scope="module")
def person(portraits, models):
    return [Shown(portraits[letter], analyse(portraits[letter], models)[0]) for letter in "ab"]


@pytest.fixture(scope="module")
def raw(person):
    """The mean of the two vectors as the network gives them, float64 [512]."""
    network = ArcFace(loaded(arcface()))
    return np.concatenate([network.raw(shown.image, [shown.face]) for shown in person]).astype(np.float64).mean(0)


class Twins:
    """The recogniser, the converters, and inswapper's file."""

    def __init__(self, folder):
        self.path = folder / "inswapper_128.onnx"
        onnx.save(inswapper(), self.path)
        self._twins = {"arcface_w600k_r50": arcface, "crossface_ghost": converter, "crossface_simswap": converter}

    def session(self, name):
        return loaded(self._twins[name]())

    def file(self, name):
        assert name.startswith("inswapper")
        return self.path, "c" * 64


def unit(vector):
    return vector / np.linalg.norm(vector)


RULES = {
    "inswapper_128": lambda raw, emap: unit(unit(raw) @ emap),
    "hyperswap_1b_256": lambda raw, _emap: unit(raw),
    "simswap_256": lambda raw, _emap: unit(raw / 2),
    "ghost_2_256": lambda raw, _emap: raw / 2,
}


@pytest.mark.parametrize("model", RULES)
def test_a_person_is_told_by_the_rule_of_the_family(model, person, raw, tmp_path):
    twins = Twins(tmp_path)
    row = source_of(model, person, twins).row
    assert row.shape == (1, 512)
    assert row.dtype == np.float32
    np.testing.assert_allclose(
        row[0], RULES[model](raw, read_emap(twins.path).astype(np.float64)), rtol=1e-3, atol=1e-6
    )


@pytest.mark.parametrize("weight", [0.65, 0.9, 1.35])
@pytest.mark.parametrize("model", RULES)
def test_a_person_is_mixed_with_the_target_before_the_rule(model, weight, person, raw, tmp_path):
    twins = Twins(tmp_path)
    target = unit(np.random.default_rng(1).normal(size=512))
    row = source_of(model, person, twins).mixed(target.astype(np.float32), weight)
    mix = np.linalg.norm(raw) * unit(weight * unit(raw) + (1 - weight) * target)
    emap = read_emap(twins.path).astype(np.float64)
    np.testing.assert_allclose(row[0], RULES[model](mix, emap), rtol=1e-3, atol=1e-5)
    assert row.dtype == np.float32


@pytest.mark.parametrize("model", [*RULES, "uniface_256"])
def test_at_weight_1_and_without_a_target_the_row_is_the_persons_own(model, person, tmp_path):
    source = source_of(model, person, Twins(tmp_path))
    target = np.eye(1, 512, dtype=np.float32)[0]
    for row in (source.mixed(target, 1.0), source.mixed(None, 0.65)):
        assert row is source.row


@pytest.mark.parametrize("model", ["blendswap_256", "uniface_256"])
def test_a_swapper_that_takes_a_picture_is_given_the_first(model, person, tmp_path):
    row = source_of(model, person, Twins(tmp_path)).row
    portrait = FAMILIES[model].portrait
    assert row.shape == (1, 3, portrait.size_px, portrait.size_px)
    np.testing.assert_array_equal(row, source_of(model, person[:1], Twins(tmp_path)).row)

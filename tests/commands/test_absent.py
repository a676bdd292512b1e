"""`plan` where networks of the graph are not here, only one of two is, and where all are."""

import json

import onnx
import pytest

from commands.plan import plan
from models.cards import load_card
from models.store import Store
from runtime.errors import ConfigurationError
from tests.models.twins import arcface, inswapper

NETWORK = ["swapped.model=inswapper_128"]


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("DLC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DLC_MODELS", str(tmp_path / "models"))


def planned(capsys, profile, sets=NETWORK):
    plan("swap_image", profile=profile, form="json", sets=sets)
    return json.loads(capsys.readouterr().out)


def take(folder, **twins):
    store = Store()
    for name, twin in twins.items():
        onnx.save(twin, folder / "twin.onnx")
        card = load_card(name)
        store.add(folder / "twin.onnx", card, card.files[0])


def test_a_network_that_is_not_here_is_estimated_from_its_card_and_the_plan_says_so(capsys):
    made = planned(capsys, "m3-max")
    assert "inswapper_128 not here: estimated from its card, 349 GFLOP" in made["reasons"][0]
    assert made["nodes"]["swapped"]["device"] == "coreml:gpu"
    assert any("about 27.3 ms on coreml:gpu" in reason for reason in made["reasons"]), (
        "349 GFLOP, 40 cores of 325 GFLOP/s"
    )


def test_a_network_that_is_not_here_counts_with_its_memory(capsys):
    less = planned(capsys, "cpu", ["swapped.model=mesh"])["memory_mb"]
    assert planned(capsys, "cpu")["memory_mb"] == pytest.approx(less + 554 + 174, abs=2), "with arcface_w600k_r50"


def test_what_was_measured_in_its_place_counts_for_that_graph_alone(capsys):
    planned(capsys, "cpu")
    assert not any("not here" in reason for reason in planned(capsys, "cpu", sets=None)["reasons"])


def test_a_network_whose_needs_are_not_here_is_measured_itself(capsys, tmp_path):
    take(tmp_path, inswapper_128=inswapper(1))
    made = planned(capsys, "cpu")
    assert "arcface_w600k_r50 not here: its run is measured, once a frame" in made["reasons"][0]
    assert made["nodes"]["swapped"]["ms"] < 1000, "a twin is small"


def test_a_graph_whose_networks_are_here_is_measured_whole(capsys, tmp_path):
    take(tmp_path, inswapper_128=inswapper(1), arcface_w600k_r50=arcface())
    assert not any("not here" in reason for reason in planned(capsys, "cpu")["reasons"])


def test_a_network_of_which_nothing_is_known_cannot_be_planned():
    with pytest.raises(ConfigurationError, match=r"its card does not tell what it computes; dlc\.py check"):
        plan("swap_image", sets=["swapped.model=simswap_256"])

"""Sessions for several faces at once, of files that fix their batch; the CPU stands for a device that gains by it."""

import logging

import numpy as np
import onnx
import pytest

import models.session
from models.cards import load_card
from models.session import ModelStore
from models.store import Store
from runtime.model_use import ModelUse
from tests.models.twins import EMBEDDING, Graph, inswapper


@pytest.fixture
def keep(tmp_path, monkeypatch):
    """Puts a twin into the user's folder under a model's name; returns a store of it."""
    monkeypatch.setenv("DLC_MODELS", str(tmp_path / "models"))

    def kept(name, twin):
        onnx.save(twin, tmp_path / "twin.onnx")
        card = load_card(name)
        Store().add(tmp_path / "twin.onnx", card, card.files[0])
        return ModelStore(cache=tmp_path / "cache")

    return kept


@pytest.fixture
def gains(monkeypatch):
    monkeypatch.setattr(models.session, "BATCHING", frozenset({"cpu"}))


def feeds(count, side):
    random = np.random.default_rng(0)
    return random.random((count, 3, side, side), np.float32), random.random((count, EMBEDDING), np.float32)


def test_a_batch_that_the_file_fixes_is_freed_and_gives_the_same(keep, gains):
    store = keep("inswapper_128", inswapper(1))
    one, many = store.session("inswapper_128"), store.session("inswapper_128", several=True)
    assert (one.inputs[0].shape[0], many.inputs[0].shape[0]) == (1, "batch")
    targets, sources = feeds(4, 128)
    alone = [one.run(targets[row : row + 1], sources[row : row + 1])[0] for row in range(4)]
    np.testing.assert_allclose(many.run(targets, sources)[0], np.concatenate(alone), atol=1e-4)


def test_a_batch_that_is_free_already_is_left(keep, gains):
    store = keep("inswapper_128", inswapper())
    assert store.session("inswapper_128", several=True) is store.session("inswapper_128")


def test_on_the_cpu_nothing_is_rewritten_for_it(keep):
    store = keep("inswapper_128", inswapper(1))
    assert store.session("inswapper_128", several=True) is store.session("inswapper_128")


def test_a_network_whose_batch_cannot_be_freed_runs_as_it_is_and_that_is_said(keep, gains, caplog):
    graph, image = Graph(), [1, 3, 512, 512]
    graph.node("Reshape", "input", np.array(image), out="output")
    store = keep("gfpgan_1.4", graph.model({"input": image}, {"output": image}))
    with caplog.at_level(logging.WARNING, "dlc"):
        session = store.session("gfpgan_1.4", several=True)
    assert session.inputs[0].shape[0] == 1
    assert "gfpgan_1.4 runs for one face after another" in caplog.text


@pytest.mark.parametrize("batch", [1, 4])
def test_a_node_with_a_batch_asks_for_it(batch):
    asked = []

    class Shelf:
        def session(self, name, *, device, several):
            asked.append(several)

    ModelUse(Shelf(), several=batch > 1).session("inswapper_128")
    assert asked == [batch > 1]

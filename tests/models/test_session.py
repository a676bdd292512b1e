import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models.cards import BUNDLED
from models.session import ModelStore
from runtime.errors import ModelError


def test_a_session_takes_inputs_by_position_and_says_where_it_runs(models):
    session = models.session("blazeface_short")
    boxes, scores = session.run(np.zeros((1, 128, 128, 3), np.float32))
    assert boxes.shape == (1, 896, 16)
    assert scores.shape == (1, 896, 1)
    assert session.device == "cpu"
    assert [(item.name, item.shape, item.type) for item in session.inputs] == [
        ("image", [1, 128, 128, 3], "tensor(float)")
    ]


def test_a_model_is_loaded_once_also_when_many_ask_at_once():
    store = ModelStore()
    with ThreadPoolExecutor(8) as pool:
        sessions = list(pool.map(store.session, ["blazeface_short"] * 8))
    assert all(session is sessions[0] for session in sessions)


def test_a_store_that_is_closed_holds_no_session():
    store = ModelStore()
    session = weakref.ref(store.session("blazeface_short"))
    assert session() is not None
    store.close()
    assert session() is None


def test_threads_may_share_a_session(models):
    session = models.session("blazeface_short")
    inputs = [np.full((1, 128, 128, 3), value, np.float32) for value in np.linspace(-1, 1, 16)]
    alone = [session.run(tensor) for tensor in inputs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(session.run, inputs))
    for expected, found in zip(alone, together, strict=True):
        np.testing.assert_array_equal(expected[0], found[0])


def test_a_wrong_number_of_inputs_is_an_error_of_the_caller(models):
    with pytest.raises(ValueError, match="zip"):
        models.session("blazeface_short").run()


def test_a_missing_file_is_told_with_its_path(tmp_path):
    with pytest.raises(ModelError) as caught:
        ModelStore(folder=tmp_path).session("faceres")
    path = tmp_path / "faceres.onnx"
    assert str(caught.value) == f"{path}: the model file is not here; install dlc again"


def test_a_file_that_was_changed_by_one_bit_is_refused(tmp_path):
    content = bytearray((BUNDLED / "blazeface_full.onnx").read_bytes())
    content[1000] ^= 1
    (tmp_path / "blazeface_full.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"not the one of its card: 1070064 bytes, SHA-256 .* expected 1070064 bytes"):
        ModelStore(folder=tmp_path).session("blazeface_full")


def test_an_unknown_model_is_a_model_error(models):
    with pytest.raises(ModelError, match="there is no model 'nobody'"):
        models.session("nobody")

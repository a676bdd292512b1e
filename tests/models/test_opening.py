"""Sessions beside the CPU's, on the one provider that runs on any PC: OpenVINO's, as a library."""

import numpy as np
import pytest
from onnx import helper

from models.cards import BUNDLED
from models.opening import Opening, Wish
from models.session import ModelStore
from runtime.errors import ModelError
from tests.models.networks import network, noise, run


@pytest.fixture(scope="module")
def library():
    package = pytest.importorskip("onnxruntime_ep_openvino")
    return f"library:{package.get_library_path()}"


def opened(content, device, tmp_path, **how):
    return Opening(Wish(device), tmp_path, **how).open(content)


HALF = network(
    [
        helper.make_node("Relu", ["x"], ["a"]),
        helper.make_node("Binarizer", ["a"], ["b"], domain="ai.onnx.ml", threshold=0.5),
        helper.make_node("Mul", ["a", "b"], ["y"]),
    ],
    (2, 3),
)
NONE = network([helper.make_node("Binarizer", ["x"], ["y"], domain="ai.onnx.ml", threshold=0.5)], (2, 3))


def test_a_library_runs_a_whole_network(library, tmp_path):
    content = (BUNDLED / "facemesh.onnx").read_bytes()
    session = opened(content, library, tmp_path, strict=True)
    assert session.device == library
    assert session.placement.provider == "OpenVINOExecutionProvider"
    assert session.placement.partitions == 1
    assert not session.placement.on_cpu
    assert str(session.placement) == "OpenVINO: 99 nodes in 1 partition; on the CPU: none"
    x = np.random.default_rng(0).random((1, 192, 192, 3), np.float32)
    np.testing.assert_allclose(session.run(x)[0], run(content, x)[0], atol=1)


def test_what_is_left_to_the_cpu_is_told_and_with_strict_an_error(library, tmp_path):
    session = opened(HALF, library, tmp_path)
    assert dict(session.placement.on_cpu) == {"Binarizer": 1}
    x = noise((2, 3))
    np.testing.assert_allclose(session.run(x)[0], run(HALF, x)[0], rtol=1e-5)
    with pytest.raises(ModelError, match=r"is strict, and ONNX Runtime leaves operators to the CPU .*1 Binarizer"):
        opened(HALF, library, tmp_path, strict=True)


def test_a_provider_that_takes_nothing_is_an_error(library, tmp_path):
    with pytest.raises(ModelError, match="takes none of the 1 nodes"):
        opened(NONE, library, tmp_path)


def test_a_provider_that_the_library_has_not_is_an_error(library, tmp_path):
    with pytest.raises(ModelError, match="no provider 'Mlx': its providers are OpenVINOExecutionProvider"):
        opened(HALF, f"{library}#Mlx", tmp_path)


def test_a_library_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ModelError, match="cannot load the library"):
        opened(HALF, f"library:{tmp_path / 'no.so'}", tmp_path)


def test_nodes_share_a_session_for_each_device_and_precision(library, tmp_path):
    store = ModelStore(cache=tmp_path)
    on_cpu, beside = store.session("faceres"), store.session("faceres", device=library)
    assert store.session("faceres", device="cpu") is on_cpu
    assert store.session("faceres", device=library) is beside
    half = store.session("faceres", precision="fp16")
    assert half is not on_cpu
    x = noise((1, 3, 224, 224)) * 30
    for session, least in ((beside, 0.99), (half, 0.9999)):  # the library computes in bfloat16 where the CPU can
        a, b = (item.run(x)[0][0] for item in (on_cpu, session))
        assert a @ b / np.linalg.norm(a) / np.linalg.norm(b) > least


def test_a_session_with_a_free_batch(tmp_path):
    session = ModelStore(cache=tmp_path).session("faceres", shape=(None, 3, 224, 224))
    assert session.run(noise((3, 3, 224, 224)))[0].shape == (3, 1024)


def test_a_store_for_a_device_that_is_not_here_fails_at_its_first_session(tmp_path):
    import onnxruntime as ort

    if "DmlExecutionProvider" in ort.get_available_providers():
        pytest.skip("it is here")
    with pytest.raises(ModelError, match=r"facemesh.onnx: device 'directml:0' needs DmlExecutionProvider"):
        ModelStore(device="directml", cache=tmp_path).session("facemesh")


def test_the_cpu_serves_while_a_session_is_made_aside(library, tmp_path):
    store = ModelStore(device=library, aside=True, cache=tmp_path)
    session = store.session("facemesh")
    x = np.random.default_rng(0).random((1, 192, 192, 3), np.float32)
    before = session.run(x)[0]
    assert session.wait(60)
    assert session.device == library
    np.testing.assert_allclose(session.run(x)[0], before, atol=1)
    store.close()


def test_what_can_be_known_at_once_is_no_failure_later(tmp_path):
    store = ModelStore(device=f"library:{tmp_path / 'no.so'}", aside=True, cache=tmp_path)
    with pytest.raises(ModelError, match="cannot load the library"):
        store.session("facemesh")


def test_what_was_cancelled_is_not_opened(tmp_path):
    opening = Opening(Wish(), tmp_path)
    opening.cancel()
    with pytest.raises(ModelError, match="was cancelled"):
        opening.open(HALF)

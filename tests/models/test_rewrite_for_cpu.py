import importlib.util
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.cards import BUNDLED

ROOT = Path(__file__).parents[2]


def script():
    spec = importlib.util.spec_from_file_location("rewrite_for_cpu", ROOT / "scripts" / "rewrite_for_cpu.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["facemesh", "blazeface_short"])
def test_a_bundled_network_for_cpus_equals_the_original(name):
    rewrite = script()
    pictures = sorted((ROOT / "assets").glob("source_*.jpg"))
    before, after = (rewrite.session(BUNDLED / f"{name}{end}.onnx") for end in ("", "_cpu"))
    assert len(pictures) == 3
    assert rewrite.difference(before, after, pictures) < 1e-3


@pytest.mark.parametrize("name", ["facemesh", "blazeface_short"])
def test_a_bundled_network_is_what_the_script_makes_of_the_original(name):
    model = onnx.load(BUNDLED / f"{name}.onnx")
    script().rewrite(model)
    assert model == onnx.load(BUNDLED / f"{name}_cpu.onnx")


def test_added_channels_are_zeros():
    shape = [1, 16, 4, 4]
    graph = helper.make_graph(
        [helper.make_node("Pad", ["x", "pads"], ["y"], name="p")], "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 32, 4, 4])],
        [numpy_helper.from_array(np.array([0, 0, 0, 0, 0, 16, 0, 0], np.int64), "pads")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    x = np.random.default_rng(0).normal(0, 3, shape).astype(np.float32)
    script().rewrite(model)
    found = ort.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0]
    np.testing.assert_array_equal(found, np.concatenate([x, np.zeros_like(x)], axis=1))


def test_slopes_on_both_sides_of_one_give_the_same():
    for slopes in ([0.25, -0.5, 1.0], [1.75, 0.1, -3.0]):
        node = helper.make_node("PRelu", ["x", "s"], ["y"], name="p")
        shape = [1, 3, 4, 4]
        graph = helper.make_graph(
            [node], "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
            [numpy_helper.from_array(np.array(slopes, np.float32).reshape(1, 3, 1, 1), "s")],
        )  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        x = np.random.default_rng(0).normal(0, 3, shape).astype(np.float32)
        expected = ort.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0]
        script().rewrite(model)
        assert all(item.op_type != "PRelu" for item in model.graph.node)
        found = ort.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0]
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)

"""Small networks for tests."""

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper


def network(nodes, shape, constants=(), outputs=("y",), opset=13, others=()):
    """Returns the bytes of a network with an input x and the outputs named."""
    named = [numpy_helper.from_array(np.asarray(value), name) for name, value in dict(constants).items()]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, size) for name, size in (("x", shape), *others)]
    graph = helper.make_graph(
        nodes, "g", inputs, [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs], named
    )
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 1)]
    model = helper.make_model(graph, opset_imports=imports, ir_version=8)
    return onnx.shape_inference.infer_shapes(model).SerializeToString()


def run(content, *arrays):
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, {item.name: array for item, array in zip(session.get_inputs(), arrays, strict=True)})


def operators(content):
    return [node.op_type for node in onnx.load_model_from_string(content).graph.node]


def noise(shape, seed=0):
    return np.random.default_rng(seed).normal(0, 2, shape).astype(np.float32)

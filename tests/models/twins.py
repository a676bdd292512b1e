"""Twins of the networks that users bring: the same inputs, outputs and operators, small, with random weights.

Where the weights of a twin are chosen, its answer is a known function of the picture, so that a wrong order of
colours, a wrong range or a wrong place shows in the answer.
"""

import warnings

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from models.session import OnnxSession

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import insightface.model_zoo  # noqa: F401  # warns once about its own imports

EMBEDDING = 512


class Graph:
    """Collects nodes and constants under unique names."""

    def __init__(self, seed=0):
        self.nodes, self.constants = [], []
        self.random = np.random.default_rng(seed)

    def constant(self, value, name=None):
        value = np.asarray(value)
        value = value.astype(np.float32) if value.dtype == np.float64 else value
        name = name or f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def node(self, op, *inputs, out=None, **attributes):
        names = [name if isinstance(name, str) else self.constant(name) for name in inputs]
        out = out or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, names, [out], **attributes))
        return out

    def weights(self, *shape):
        return self.random.standard_normal(shape, np.float32) / np.float32(np.sqrt(np.prod(shape[1:]) / 2))

    def conv(self, x, weight, bias=None, **attributes):
        bias = np.zeros(len(weight)) if bias is None else bias
        return self.node("Conv", x, weight, np.asarray(bias, np.float32), kernel_shape=weight.shape[2:], **attributes)

    def model(self, inputs, outputs, opset=17):
        """A valid model; inputs and outputs map a name to a shape, or to a type and a shape."""
        graph = helper.make_graph(self.nodes, "twin", _values(inputs), _values(outputs), self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        return model


def _values(shapes):
    return [
        helper.make_tensor_value_info(name, *(shape if isinstance(shape, tuple) else (TensorProto.FLOAT, shape)))
        for name, shape in shapes.items()
    ]


def loaded(model):
    """A session of a twin."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    content = model.SerializeToString()
    return OnnxSession(ort.InferenceSession(content, options, providers=["CPUExecutionProvider"]))


def scrfd(heads=None, side=None):
    """A detector with nine outputs; `heads(stride, length)` gives a head's weights [2 * length, 3, 1, 1] and bias."""
    graph = Graph()
    heads = heads or (lambda stride, length: _random_head(graph, stride, length))
    names = []
    for length in (1, 4, 10):
        for stride in (8, 16, 32):
            cells = graph.node("AveragePool", "input.1", kernel_shape=[stride] * 2, strides=[stride] * 2)
            rows = graph.node("Transpose", graph.conv(cells, *heads(stride, length)), perm=[0, 2, 3, 1])
            name = f"out_{length}_{stride}"
            rows = graph.node("Reshape", rows, np.array([-1, length]), out=name if length > 1 else None)
            if length == 1:
                graph.node("Sigmoid", rows, out=name)
            names.append((name, length))
    shape = [1, 3, side or "h", side or "w"]
    return graph.model({"input.1": shape}, {name: [None, length] for name, length in names})


def _random_head(graph, stride, length):
    weight = graph.random.standard_normal((2 * length, 3, 1, 1), np.float32) * (4 if length == 1 else 1)
    bias = {1: -2, 4: 64 / stride, 10: 0}[length]
    return weight, np.full(2 * length, bias)


def arcface():
    """A recogniser: convolution, normalisation, PRelu, a dense layer, as in w600k_r50."""
    graph = Graph()
    x = _normalised(graph, graph.conv("input.1", graph.weights(16, 3, 8, 8), strides=[8, 8]), 16)
    x = graph.node("Flatten", graph.node("PRelu", x, graph.random.random((16, 1, 1), np.float32)))
    dense = graph.node("Gemm", x, graph.weights(EMBEDDING, 16 * 14 * 14), np.zeros(EMBEDDING), transB=1)
    _normalised(graph, dense, EMBEDDING, "683")
    return graph.model({"input.1": ["n", 3, 112, 112]}, {"683": ["n", EMBEDDING]})


def _normalised(graph, x, channels, out=None):
    scale, mean = 1 + 0.1 * graph.weights(channels), 0.1 * graph.weights(channels)
    return graph.node("BatchNormalization", x, scale, mean, mean, np.ones(channels), out=out)

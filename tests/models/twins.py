"""Twins of the networks that users bring: the same inputs, outputs and operators, small, with random weights.

Where the weights of a twin are chosen, its answer is a known function of the picture, so that a wrong order of
colours, a wrong range or a wrong place shows in the answer.
"""

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

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


class Twin:
    """A session of a twin on one thread of the CPU."""

    device = "cpu"

    def __init__(self, model):
        options = ort.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        self._session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        self.inputs = self._session.get_inputs()

    def run(self, *inputs):
        return self._session.run(None, {item.name: value for item, value in zip(self.inputs, inputs, strict=True)})


def loaded(model):
    """A session of a twin."""
    return Twin(model)


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


def inswapper(batch=None, width=8):
    """A swapper as inswapper_128: reflected borders, styles from the source, and the embedding map at the end."""
    graph = Graph()
    x = graph.node("LeakyRelu", graph.conv(_reflected(graph, "target", 3), graph.weights(width, 3, 7, 7)), alpha=0.2)
    down = graph.conv(x, graph.weights(2 * width, width, 3, 3), strides=[2, 2], pads=[1] * 4)
    y = graph.conv(_reflected(graph, down, 1), graph.weights(2 * width, 2 * width, 3, 3))
    x = graph.node("Add", down, _styled(graph, y, 2 * width))
    x = graph.node("Resize", x, "", np.array([1, 1, 2, 2], np.float32), mode="linear")
    x = graph.node("Tanh", graph.conv(_reflected(graph, x, 3), 0.3 * graph.weights(3, 2 * width, 7, 7)))
    graph.node("Div", graph.node("Add", x, np.float32(1)), np.float32(2), out="output")
    graph.constant(np.eye(EMBEDDING, dtype=np.float32) + 2 * graph.weights(EMBEDDING, EMBEDDING), "buff2fs")
    image = [batch or "n", 3, 128, 128]
    return graph.model({"target": image, "source": [batch or "n", EMBEDDING]}, {"output": image})


def _reflected(graph, x, pad):
    return graph.node("Pad", x, np.array([0, 0, pad, pad, 0, 0, pad, pad]), mode="reflect")


def _styled(graph, x, channels):
    """Instance normalisation, then scale and shift from the source embedding."""
    centred = graph.node("Sub", x, graph.node("ReduceMean", x, axes=[2, 3]))
    variance = graph.node("ReduceMean", graph.node("Mul", centred, centred), axes=[2, 3])
    normal = graph.node("Div", centred, graph.node("Sqrt", graph.node("Add", variance, np.float32(1e-8))))
    style = graph.node("Gemm", "source", graph.weights(EMBEDDING, 2 * channels) * 8, np.ones(2 * channels))
    style = graph.node("Unsqueeze", style, np.array([2, 3]))
    scale, shift = (
        graph.node("Slice", style, np.array([a * channels]), np.array([(a + 1) * channels]), np.array([1]))
        for a in (0, 1)
    )
    return graph.node("Add", graph.node("Mul", normal, scale), shift)


def painter(size, batch=None, source=(EMBEDDING,), gain=1.0):
    """A swapper whose answer is its target, shifted by the source's first numbers times a gain, channel by channel."""
    graph = Graph()
    flat = graph.node("Mul", graph.node("Flatten", "source"), np.float32(gain))
    shift = graph.node("Slice", flat, np.array([0]), np.array([3]), np.array([1]))
    graph.node("Add", "target", graph.node("Unsqueeze", shift, np.array([2, 3])), out="output")
    image = [batch or "n", 3, size, size]
    return graph.model({"source": [batch or "n", *source], "target": image}, {"output": image})


def converter():
    """A converter of embeddings: half of what it is given."""
    graph = Graph()
    graph.node("Mul", "input", np.float32(0.5), out="output")
    return graph.model({"input": [1, EMBEDDING]}, {"output": [1, EMBEDDING]})


def restorer(size, batch=None, *, weighted=False):
    """An enhancer that turns the first channel negative and leaves the others; with a weight, as much as that."""
    graph = Graph()
    sign = np.array([-1, 1, 1], np.float32).reshape(1, 3, 1, 1)
    changed = graph.node("Mul", "input", sign, out=None if weighted else "output")
    inputs = {"input": [batch or "n", 3, size, size]}
    if weighted:
        inputs["weight"] = (TensorProto.DOUBLE, [1])
        weight = graph.node("Cast", "weight", to=TensorProto.FLOAT)
        difference = graph.node("Mul", graph.node("Sub", changed, "input"), weight)
        graph.node("Add", "input", difference, out="output")
    return graph.model(inputs, {"output": [batch or "n", 3, size, size]})


def xseg():
    """A mask of what is blue."""
    graph = Graph()
    graph.node("Slice", "input", np.array([0]), np.array([1]), np.array([3]), out="output")
    return graph.model({"input": ["n", 256, 256, 3]}, {"output": ["n", 256, 256, 1]})


def bisenet(classes=19):
    """A parser for which red is skin (1), green the lower lip (13), blue hair (17), and black nothing (0)."""
    graph = Graph()
    weight, bias = np.zeros((classes, 3, 1, 1), np.float32), np.full(classes, -9.0)
    bias[0] = 0
    for channel, number in enumerate((1, 13, 17)[:classes]):
        weight[number, channel], bias[number] = 1, -0.5
    graph.nodes.append(helper.make_node("Identity", [graph.conv("input", weight, bias)], ["output"]))
    return graph.model({"input": ["n", 3, 512, 512]}, {"output": ["n", classes, 512, 512]})


def dense106():
    """A landmarker whose graph begins with its own normalisation, by the name that InsightFace looks for."""
    graph = Graph()
    channels = np.full(3, 127.5)
    x = graph.node("BatchNormalization", "data", np.ones(3), np.zeros(3), channels, channels**2)
    graph.nodes[-1].name = "bn_data"
    x = graph.node("PRelu", graph.conv(x, graph.weights(8, 3, 16, 16), strides=[16, 16]), np.full((8, 1, 1), 0.2))
    dense = graph.node("Gemm", graph.node("Flatten", x), graph.weights(212, 8 * 144), np.zeros(212), transB=1)
    graph.node("Tanh", dense, out="fc1")
    return graph.model({"data": ["n", 3, 192, 192]}, {"fc1": ["n", 212]})


def dfm(side=224, *, morphs=False):
    """A DFM file: the face with its first channel darker by a fifth (times the morph), and two masks."""
    graph = Graph()
    dark = np.array([-0.2, 0, 0], np.float32)
    graph.node("Add", "in_face:0", graph.node("Mul", dark, "morph_value:0") if morphs else dark, out="out_celeb_face:0")
    for channel, name in ((1, "out_face_mask:0"), (2, "out_celeb_face_mask:0")):
        graph.node("Slice", "in_face:0", np.array([channel]), np.array([channel + 1]), np.array([3]), out=name)
    face, mask = ["n", side, side, 3], ["n", side, side, 1]
    inputs = {"in_face:0": face} | ({"morph_value:0": [1]} if morphs else {})
    return graph.model(inputs, {"out_face_mask:0": mask, "out_celeb_face:0": face, "out_celeb_face_mask:0": mask})


def yunet(side=640):
    """OpenCV's detector: classes and objects as shares, boxes by centre and logarithm, one anchor for each cell."""
    graph = Graph(3)
    biases = {"cls": [-5], "obj": [0], "bbox": [0, 0, 2, 2], "kps": [0] * 10}
    shapes = {}
    for name, bias in biases.items():
        length = len(bias)
        for stride in (8, 16, 32):
            cells = graph.node("AveragePool", "input", kernel_shape=[stride] * 2, strides=[stride] * 2)
            cells = graph.node("Mul", cells, np.float32(1 / 128))
            weight = graph.random.standard_normal((length, 3, 1, 1), np.float32) * (4 if length == 1 else 0.3)
            rows = graph.node("Transpose", graph.conv(cells, weight, bias), perm=[0, 2, 3, 1])
            out = f"{name}_{stride}"
            rows = graph.node("Reshape", rows, np.array([1, -1, length]), out=None if length == 1 else out)
            if length == 1:
                graph.node("Sigmoid", rows, out=out)
            shapes[out] = [1, (side // stride) ** 2, length]
    return graph.model({"input": [1, 3, side, side]}, shapes, opset=11)


def fan68():
    """A landmarker that puts all its points on the bluest cell, and is as sure as that is blue."""
    graph = Graph()
    bluest = np.array([1, -1, -1], np.float32).reshape(1, 3, 1, 1)
    map_ = graph.node("AveragePool", graph.conv("input", bluest), kernel_shape=[4, 4], strides=[4, 4])
    cell = graph.node("ArgMax", graph.node("Flatten", map_), axis=1)
    parts = [graph.node(op, cell, np.array([64])) for op in ("Mod", "Div")]
    place = graph.node("Cast", graph.node("Concat", *parts, parts[0], axis=1), to=TensorProto.FLOAT)
    middle = graph.node("Add", graph.node("Unsqueeze", place, np.array([1])), np.float32(0.5))
    graph.node("Expand", middle, np.array([1, 68, 3]), out="landmarks_xyscore")
    graph.node("Expand", map_, np.array([1, 68, 64, 64]), out="heatmaps")
    return graph.model(
        {"input": ["n", 3, 256, 256]}, {"landmarks_xyscore": ["n", 68, 3], "heatmaps": ["n", 68, 64, 64]}
    )

"""Writes a copy of a network that does the same with operators for which ONNX Runtime's CPU provider is fast.

    python scripts/rewrite_for_cpu.py models/bundled/facemesh.onnx models/bundled/facemesh_cpu.onnx assets/source_*.jpg

(`blazeface_short` likewise; `blazeface_full` gains nothing.)

The provider keeps tensors in blocks of channels as long as all operators are convolutions, Relu, Add or pooling. Each
PRelu and each Pad of channels makes it reorder the tensor and back, so both become convolutions of 1x1:
PRelu(x) = s * x + Relu((1 - s) * x) where no slope s is above 1, elsewhere s * x + (1 - s) * Relu(x).
Tensors are widened to whole blocks with channels of zeros, which the last convolutions drop.
Then both networks run on noise and on crops of the pictures given: the largest difference and the time of one run on
one thread are printed, and a difference above 1e-3 is an error.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnx import helper, numpy_helper

TOLERANCE = 1e-3
"""In the unit of the outputs: px of the 192 px crop for facemesh."""

BLOCK = 16
"""Channels in a block on processors with AVX-512; with AVX2 it is half of that."""

BLOCKED = frozenset({"Conv", "Relu", "PRelu", "Add", "MaxPool", "Pad"})

Tensor = npt.NDArray[np.float32]


def rewrite(model: onnx.ModelProto) -> None:
    """Replaces every PRelu and every Pad of channels of a network in place, and widens its tensors to whole blocks."""
    graph = model.graph
    known = _constants(graph)
    widths = _widths(model)
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        match node.op_type:
            case "PRelu":
                nodes.extend(_instead_of_prelu(node, known[node.input[1]], widths, graph))
            case "Pad":
                nodes.append(_instead_of_pad(node, known[node.input[1]], widths, graph))
            case "Conv":
                nodes.append(_widened(node, known, widths, graph))
            case _:
                nodes.append(node)
    _replace_nodes(graph, nodes)
    onnx.checker.check_model(model)


def _constants(graph: onnx.GraphProto) -> dict[str, npt.NDArray[Any]]:
    """Returns the initialisers by name, and the results of those that only pass through a Cast."""
    known = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in known:
            known[node.output[0]] = known[node.input[0]].astype(np.float32)
    return known


def _widths(model: onnx.ModelProto) -> dict[str, int]:
    """Returns how many channels each tensor is to have: whole blocks where only operators that know blocks see it."""
    graph = onnx.shape_inference.infer_shapes(model).graph
    made = {name for node in graph.node if node.op_type in BLOCKED for name in node.output}
    seen = {name for node in graph.node if node.op_type not in BLOCKED for name in node.input}
    seen |= {item.name for item in graph.output}
    widths = {}
    for item in (*graph.input, *graph.value_info, *graph.output):
        shape = item.type.tensor_type.shape.dim
        if len(shape) == 4:
            channels = shape[1].dim_value
            widths[item.name] = -(-channels // BLOCK) * BLOCK if item.name in made - seen else channels
    return widths


def _widened(
    node: onnx.NodeProto, known: dict[str, npt.NDArray[Any]], widths: dict[str, int], graph: onnx.GraphProto
) -> onnx.NodeProto:
    """Returns a convolution with zeros for the channels that its input and its output have got in addition."""
    x, y = node.input[0], node.output[0]
    weights = known[node.input[1]]
    attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
    one_each = attributes["group"] > 1
    wide = (widths[y], 1 if one_each else widths[x], *weights.shape[2:])
    if wide == weights.shape:
        return node
    attributes["group"] = widths[y] if one_each else 1
    bias = numpy_helper.from_array(_grown(known[node.input[2]], (widths[y],)), f"{y}/bias")
    graph.initializer.extend([numpy_helper.from_array(_grown(weights, wide), f"{y}/weights"), bias])
    return helper.make_node("Conv", [x, f"{y}/weights", f"{y}/bias"], [y], name=node.name, **attributes)


def _grown(array: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Returns an array with zeros at the end of each axis."""
    missing = [(0, wanted - there) for wanted, there in zip(shape, array.shape, strict=True)]
    return np.pad(np.asarray(array, np.float32), missing)


def _instead_of_prelu(
    node: onnx.NodeProto, slopes: Tensor, widths: dict[str, int], graph: onnx.GraphProto
) -> list[onnx.NodeProto]:
    x, y = node.input[0], node.output[0]
    slopes = _grown(slopes.reshape(-1, 1, 1, 1), (widths[x], 1, 1, 1))
    below = _convolution(x, f"{y}/below", slopes, graph)
    if slopes.max() <= 1:
        rest = _convolution(x, f"{y}/rest", 1 - slopes, graph)
        above = helper.make_node("Relu", rest.output, [f"{y}/above"], name=f"{y}/above")
        parts = [rest, above]
    else:
        above = helper.make_node("Relu", [x], [f"{y}/above"], name=f"{y}/above")
        rest = _convolution(above.output[0], f"{y}/rest", 1 - slopes, graph)
        parts = [above, rest]
    return [*parts, below, helper.make_node("Add", [below.output[0], parts[-1].output[0]], [y], name=f"{y}/sum")]


def _instead_of_pad(
    node: onnx.NodeProto, pads: npt.NDArray[np.int64], widths: dict[str, int], graph: onnx.GraphProto
) -> onnx.NodeProto:
    """Returns what adds channels of zeros at the end: nothing where they fit into the last block."""
    x, y = node.input[0], node.output[0]
    if np.delete(pads, 5).any():
        sys.exit(f"{node.name}: pads {pads.tolist()}, not channels at the end alone; extend this script")
    if widths[x] == widths[y]:
        return helper.make_node("Identity", [x], [y], name=node.name)
    return _convolution(x, y, np.eye(widths[y], widths[x], dtype=np.float32)[:, :, None, None], graph)


def _convolution(x: str, y: str, weights: Tensor, graph: onnx.GraphProto) -> onnx.NodeProto:
    """Returns a convolution with weights [O, I, 1, 1], which it adds to the graph; I = 1 is one for each channel."""
    graph.initializer.append(numpy_helper.from_array(weights, f"{y}/weights"))
    group = len(weights) if weights.shape[1] == 1 else 1
    return helper.make_node("Conv", [x, f"{y}/weights"], [y], name=y, group=group, kernel_shape=[1, 1])


def _replace_nodes(graph: onnx.GraphProto, nodes: list[onnx.NodeProto]) -> None:
    """Puts in the nodes, less constants that nobody uses any more and shapes that no longer hold."""
    del graph.value_info[:]
    used = {name for node in nodes for name in node.input}
    nodes = [node for node in nodes if node.op_type != "Cast" or node.output[0] in used]
    used = {name for node in nodes for name in node.input}
    weights = [item for item in graph.initializer if item.name in used]
    for field, items in ((graph.node, nodes), (graph.initializer, weights)):
        del field[:]
        field.extend(items)


def session(path: Path) -> ort.InferenceSession:
    """Loads a network as dlc does: one thread on the CPU."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def inputs(shape: list[int], pictures: list[Path]) -> Iterator[Tensor]:
    """Yields noise, then squares of different sizes from the middle of each picture; 0 to 1, NHWC RGB."""
    random = np.random.default_rng(0)
    for _ in range(32):
        yield random.random(shape, np.float32)
    for path in pictures:
        image = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        if image is None:
            sys.exit(f"{path}: no picture")
        side = min(image.shape[:2])
        for inset in (0, side // 8, side // 5, side // 4):
            crop = cv2.resize(image[inset : side - inset, inset : side - inset], (shape[2], shape[1]))
            yield np.asarray(crop, np.float32)[None] / np.float32(255)


def difference(first: ort.InferenceSession, second: ort.InferenceSession, pictures: list[Path]) -> float:
    """Returns the largest absolute difference between the outputs of two networks."""
    item = first.get_inputs()[0]
    worst = 0.0
    for tensor in inputs(item.shape, pictures):
        pairs = zip(first.run(None, {item.name: tensor}), second.run(None, {item.name: tensor}), strict=True)
        worst = max([worst, *(float(np.abs(a - b).max()) for a, b in pairs)])
    return worst


def milliseconds(run: Callable[[], object], count: int = 200) -> float:
    """Returns the median CPU time of a call."""
    times = []
    for _ in range(count):
        start = time.thread_time_ns()
        run()
        times.append(time.thread_time_ns() - start)
    return float(np.median(times)) / 1e6


def main(source: Path, target: Path, pictures: list[Path]) -> None:
    """Rewrites, compares, measures, prints."""
    model = onnx.load(source)
    rewrite(model)
    onnx.save(model, target)
    before, after = session(source), session(target)
    worst = difference(before, after, pictures)
    item = before.get_inputs()[0]
    tensor = np.random.default_rng(1).random(item.shape, np.float32)
    for name, network in ((source.name, before), (target.name, after)):
        print(f"{name}: {milliseconds(partial(network.run, None, {item.name: tensor})):.2f} ms of CPU a run")
    print(f"largest difference {worst:.2e} over 32 noises and {4 * len(pictures)} crops")
    if worst > TOLERANCE:
        sys.exit(f"the networks differ by more than {TOLERANCE}: {target} must not be used")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]])

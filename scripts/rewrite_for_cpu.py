"""Writes a copy of a network that does the same with operators for which ONNX Runtime's CPU provider is fast.

    python scripts/rewrite_for_cpu.py models/bundled/facemesh.onnx models/bundled/facemesh_cpu.onnx assets/source_*.jpg

The provider keeps tensors in blocks of channels as long as all operators are convolutions, Relu, Add or pooling. Each
PRelu and each Pad of channels makes it reorder the tensor and back, so both become convolutions of 1x1:
PRelu(x) = s * x + Relu((1 - s) * x) where no slope s is above 1, elsewhere s * x + (1 - s) * Relu(x).
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

Tensor = npt.NDArray[np.float32]


def rewrite(model: onnx.ModelProto) -> int:
    """Replaces every PRelu and every Pad of channels of a network in place; returns how many there were."""
    graph = model.graph
    known = _constants(graph)
    nodes: list[onnx.NodeProto] = []
    count = 0
    for node in graph.node:
        if node.op_type in ("PRelu", "Pad"):
            count += 1
            make = _instead_of_prelu if node.op_type == "PRelu" else _instead_of_pad
            nodes.extend(make(node, known[node.input[1]], graph))
        else:
            nodes.append(node)
    _replace_nodes(graph, nodes)
    onnx.checker.check_model(model)
    return count


def _constants(graph: onnx.GraphProto) -> dict[str, npt.NDArray[Any]]:
    """Returns the initialisers by name, and the results of those that only pass through a Cast."""
    known = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in known:
            known[node.output[0]] = known[node.input[0]].astype(np.float32)
    return known


def _instead_of_prelu(node: onnx.NodeProto, slopes: Tensor, graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    x, y = node.input[0], node.output[0]
    slopes = slopes.reshape(-1, 1, 1, 1)
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


def _instead_of_pad(node: onnx.NodeProto, pads: npt.NDArray[np.int64], graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Takes a Pad that adds as many channels of zeros at the end as there are, which is what the mesh has."""
    added = int(pads[5])
    if pads.tolist() != [0, 0, 0, 0, 0, added, 0, 0]:
        sys.exit(f"{node.name}: pads {pads.tolist()}, not channels alone; extend this script")
    identity = np.eye(2 * added, added, dtype=np.float32)[:, :, None, None]
    return [_convolution(node.input[0], node.output[0], identity, graph)]


def _convolution(x: str, y: str, weights: Tensor, graph: onnx.GraphProto) -> onnx.NodeProto:
    """Returns a convolution with weights [O, I, 1, 1], which it adds to the graph; I = 1 is one for each channel."""
    graph.initializer.append(numpy_helper.from_array(weights, f"{y}/weights"))
    group = len(weights) if weights.shape[1] == 1 else 1
    return helper.make_node("Conv", [x, f"{y}/weights"], [y], name=y, group=group, kernel_shape=[1, 1])


def _replace_nodes(graph: onnx.GraphProto, nodes: list[onnx.NodeProto]) -> None:
    """Puts in the nodes, less constants that nobody uses any more."""
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
    count = rewrite(model)
    onnx.save(model, target)
    before, after = session(source), session(target)
    worst = difference(before, after, pictures)
    item = before.get_inputs()[0]
    tensor = np.random.default_rng(1).random(item.shape, np.float32)
    for name, network in ((source.name, before), (target.name, after)):
        print(f"{name}: {milliseconds(partial(network.run, None, {item.name: tensor})):.2f} ms of CPU a run")
    print(f"{count} operators replaced; largest difference {worst:.2e} over 32 noises and {4 * len(pictures)} crops")
    if worst > TOLERANCE:
        sys.exit(f"the networks differ by more than {TOLERANCE}: {target} must not be used")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]])

"""Writes a copy of a network in which PRelu, slow on ONNX Runtime's CPU provider, is replaced by equal operators.

    python scripts/rewrite_prelu.py models/bundled/facemesh.onnx models/bundled/facemesh_cpu.onnx assets/source_*.jpg

Where no slope is above 1, PRelu(x) = Max(x, s * x); elsewhere PRelu(x) = Relu(x) + s * (x - Relu(x)). Both are exact.
Slopes keep their storage as float16 with a Cast. Then both networks run on noise and on crops of the pictures given:
the largest difference and the time of one run on one thread are printed, and a difference above 1e-3 is an error.
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
    """Replaces every PRelu of a network in place; returns how many there were."""
    slopes = _constants(model.graph)
    nodes: list[onnx.NodeProto] = []
    count = 0
    for node in model.graph.node:
        if node.op_type == "PRelu":
            count += 1
            nodes.extend(_replacement(node, at_most_one=bool(slopes[node.input[1]].max() <= 1)))
        else:
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return count


def _constants(graph: onnx.GraphProto) -> dict[str, npt.NDArray[Any]]:
    """Returns the initialisers by name, and the results of those that only pass through a Cast."""
    known = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in known:
            known[node.output[0]] = known[node.input[0]].astype(np.float32)
    return known


def _replacement(node: onnx.NodeProto, *, at_most_one: bool) -> list[onnx.NodeProto]:
    x, slope, y = node.input[0], node.input[1], node.output[0]

    def make(operator: str, inputs: list[str], output: str) -> onnx.NodeProto:
        return helper.make_node(operator, inputs, [output], name=f"{node.name}/{operator}")

    if at_most_one:
        return [make("Mul", [x, slope], f"{y}/scaled"), make("Max", [x, f"{y}/scaled"], y)]
    return [
        make("Relu", [x], f"{y}/above"),
        make("Sub", [x, f"{y}/above"], f"{y}/below"),
        make("Mul", [f"{y}/below", slope], f"{y}/scaled"),
        make("Add", [f"{y}/above", f"{y}/scaled"], y),
    ]


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
    print(f"{count} PRelu replaced; largest difference {worst:.2e} over 32 noises and {4 * len(pictures)} crops")
    if worst > TOLERANCE:
        sys.exit(f"the networks differ by more than {TOLERANCE}: {target} must not be used")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]])

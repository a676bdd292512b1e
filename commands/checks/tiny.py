"""Starts a tiny network on a device, runs it once, and prints the ms: `python -m commands.checks.tiny cpu`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

from models.opening import Opening, Wish
from runtime.errors import ModelError

SIDE = 16


def tiny_network() -> bytes:
    """Returns one 3x3 convolution and a Relu over [1,3,16,16]: something that every provider takes."""
    shape = [1, 3, SIDE, SIDE]
    weights = helper.make_tensor("weights", TensorProto.FLOAT, [3, 3, 3, 3], np.full(81, 0.1, np.float32))
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["picture", "weights"], ["sums"], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["sums"], ["answer"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, shape)],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def start(device: str, cache: Path) -> float:
    """Returns the ms that opening and one run took; raises `ModelError` where it runs elsewhere or wrongly."""
    content = tiny_network()
    began = time.perf_counter()
    session = Opening(Wish(device), cache).open(content)
    (answer,) = session.run(np.ones((1, 3, SIDE, SIDE), np.float32))
    took_ms = (time.perf_counter() - began) * 1000
    middle = float(answer[0, 0, SIDE // 2, SIDE // 2])
    if abs(middle - 2.7) > 0.05:  # 27 weights of 0.1; half precision is a hundredth off
        raise ModelError(f"it computes {middle:.3f} where 2.7 is right")
    return took_ms


def main() -> None:
    """Prints the ms, or says on standard error why not, with exit code 1."""
    with tempfile.TemporaryDirectory() as cache:
        try:
            print(start(sys.argv[1], Path(cache)))
        except ModelError as error:
            sys.exit(" ".join(str(error).split()))


if __name__ == "__main__":
    main()

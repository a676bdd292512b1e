"""PRelu by operators for which ONNX Runtime's CPU provider is fast.

The provider keeps tensors in blocks of channels as long as all operators are convolutions, Relu, Add or pooling. Each
PRelu has it reorder the tensor and back; a convolution of 1x1 for each channel does not.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import onnx

from models.passes.network import Array, Network, make


def prelu(network: Network) -> int:
    """Replaces PRelu with slopes s for the channels of a picture by sums of s * x and Relu, elsewhere by Max."""

    def instead(node: onnx.NodeProto) -> Iterable[onnx.NodeProto] | None:
        slopes, shape = network.constant(node.input[1]), network.shape(node.input[0])
        if slopes is None or slopes.dtype != np.float32:
            return None
        x, y = node.input[0], node.output[0]
        if shape is not None and len(shape) == 4 and slopes.shape[-3:] == (shape[1], 1, 1):
            return _by_convolutions(network, x, y, slopes.reshape(-1, 1, 1, 1))
        if np.all(slopes <= 1):
            return [make("Mul", [x, node.input[1]], f"{y}/below"), make("Max", [x, f"{y}/below"], y)]
        return None

    return network.replace("PRelu", instead)


def _by_convolutions(network: Network, x: str, y: str, slopes: Array) -> list[onnx.NodeProto]:
    """Returns s * x + Relu((1 - s) * x) where no slope is above 1, else s * x + (1 - s) * Relu(x)."""
    below = _scaled(network, x, f"{y}/below", slopes)
    if np.all(slopes <= 1):
        rest = _scaled(network, x, f"{y}/rest", 1 - slopes)
        above = make("Relu", [f"{y}/rest"], f"{y}/above")
        return [below, rest, above, make("Add", [f"{y}/below", f"{y}/above"], y)]
    above = make("Relu", [x], f"{y}/above")
    rest = _scaled(network, f"{y}/above", f"{y}/rest", 1 - slopes)
    return [below, above, rest, make("Add", [f"{y}/below", f"{y}/rest"], y)]


def _scaled(network: Network, x: str, y: str, factors: Array) -> onnx.NodeProto:
    """Returns a convolution that multiplies each channel by a factor."""
    weights = network.add(f"{y}/factors", factors, np.float32)
    return make("Conv", [x, weights], y, group=len(factors), kernel_shape=[1, 1])

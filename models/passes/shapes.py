"""Operators that only move or name parts of a tensor, by those that CoreML takes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate, pairwise

import onnx

from models.passes.network import Network, attributes, cut, make


def flatten(network: Network) -> int:
    """Replaces Flatten by Reshape to the shape that is known."""

    def instead(node: onnx.NodeProto) -> Iterable[onnx.NodeProto] | None:
        shape = network.shape(node.output[0])
        if shape is None:
            return None
        y = node.output[0]
        return [make("Reshape", [node.input[0], network.add(f"{y}/shape", shape)], y)]

    return network.replace("Flatten", instead)


def split(network: Network) -> int:
    """Replaces Split by a Slice for each part."""

    def instead(node: onnx.NodeProto) -> Iterable[onnx.NodeProto] | None:
        axis = attributes(node).get("axis", 0)
        sizes = [network.shape(name) for name in node.output]
        parts = [size[axis] for size in sizes if size is not None]
        if len(parts) != len(node.output):
            return None
        bounds = pairwise(accumulate(parts, initial=0))
        return [
            cut(network, node.input[0], name, axis, start, end)
            for name, (start, end) in zip(node.output, bounds, strict=True)
        ]

    return network.replace("Split", instead)


def scalar_gather(network: Network) -> int:
    """Replaces a Gather of one constant place by a Slice and a Reshape."""

    def instead(node: onnx.NodeProto) -> Iterable[onnx.NodeProto] | None:
        index, source = network.constant(node.input[1]), network.shape(node.input[0])
        shape = network.shape(node.output[0])
        if index is None or index.ndim or source is None or shape is None:
            return None
        axis = attributes(node).get("axis", 0) % len(source)
        at, y = int(index) % source[axis], node.output[0]
        taken = cut(network, node.input[0], f"{y}/taken", axis, at, at + 1)
        return [taken, make("Reshape", [f"{y}/taken", network.add(f"{y}/shape", shape)], y)]

    return network.replace("Gather", instead)

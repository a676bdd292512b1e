"""Pads by operators that CoreML takes: zeros on the channel axis, and reflections of height and width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import onnx

from models.passes.network import Network, attributes, cut, make


def channel_pad(network: Network) -> int:
    """Replaces a Pad with zeros on one axis, not height or width, by a Concat with a constant."""

    def instead(node: onnx.NodeProto) -> Iterable[onnx.NodeProto] | None:
        pads, shape = _pads(network, node), network.shape(node.input[0])
        axes = [] if pads is None else [axis for axis, pair in enumerate(pads) if any(pair)]
        if pads is None or shape is None or not _with_zeros(network, node) or len(axes) != 1 or axes[0] >= 2:
            return None
        axis, y = axes[0], node.output[0]
        parts = [node.input[0]]
        for place, (count, name) in zip((0, 2), zip(pads[axis], ("before", "after"), strict=True), strict=True):
            if count:
                zeros = np.zeros([count if at == axis else size for at, size in enumerate(shape)], np.float32)
                parts.insert(place, network.add(f"{y}/{name}", zeros, np.float32))
        return [make("Concat", parts, y, axis=axis)]

    return network.replace("Pad", instead)


def reflect_pad(network: Network) -> int:
    """Replaces a reflecting Pad by slices of one row or column each, put together by Concat."""

    def instead(node: onnx.NodeProto) -> Iterable[onnx.NodeProto] | None:
        pads, shape = _pads(network, node), network.shape(node.input[0])
        if pads is None or shape is None or attributes(node).get("mode") != "reflect":
            return None
        return list(_reflected(network, node, pads, shape))

    return network.replace("Pad", instead)


def _reflected(
    network: Network, node: onnx.NodeProto, pads: list[tuple[int, int]], shape: list[int]
) -> Iterator[onnx.NodeProto]:
    axes = [axis for axis, pair in enumerate(pads) if any(pair)]
    source = node.input[0]
    for axis in axes:
        y = node.output[0] if axis == axes[-1] else f"{node.output[0]}/{axis}"
        before, after = pads[axis]
        rows = [*range(before, 0, -1), *range(shape[axis] - 2, shape[axis] - 2 - after, -1)]
        cuts = [cut(network, source, f"{y}/row{at}", axis, row, row + 1) for at, row in enumerate(rows)]
        names = [item.output[0] for item in cuts]
        yield from cuts
        yield make("Concat", [*names[:before], source, *names[before:]], y, axis=axis)
        source = y
    if not axes:
        yield make("Identity", [source], node.output[0])


def _pads(network: Network, node: onnx.NodeProto) -> list[tuple[int, int]] | None:
    """Returns what a Pad adds before and after each axis, where it is constant and cuts nothing off."""
    if len(node.input) < 2 or (len(node.input) > 3 and node.input[3]):
        return None  # pads as an attribute (opset 10), or for some axes only (opset 18)
    pads = network.constant(node.input[1])
    if pads is None or (pads < 0).any():
        return None
    before, after = pads.reshape(2, -1).tolist()
    return list(zip(before, after, strict=True))


def _with_zeros(network: Network, node: onnx.NodeProto) -> bool:
    if attributes(node).get("mode", "constant") != "constant":
        return False
    if len(node.input) < 3 or not node.input[2]:
        return True
    value = network.constant(node.input[2])
    return value is not None and value.dtype == np.float32 and not value.any()

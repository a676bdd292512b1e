"""What rewriting passes see of a network: its constants and shapes by name, and how nodes are replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

LARGEST_SHAPE = 64
"""Numbers in a constant that may say a shape, pads or places; larger ones are weights."""

Array = npt.NDArray[Any]


class Network:
    """An ONNX network that passes change in place.

    Attributes:
        model: the network itself.
        opset: version of the standard operators.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        self.opset = next((item.version for item in model.opset_import if not item.domain), 0)
        self._constants = {item.name: item for item in model.graph.initializer}
        inferred = onnx.shape_inference.infer_shapes(shell_of(model)).graph
        values = (*inferred.input, *inferred.value_info, *inferred.output)
        self._shapes = {item.name: _static(item) for item in values}

    def constant(self, name: str) -> Array | None:
        """Returns the value of a constant, None for anything else."""
        item = self._constants.get(name)
        return None if item is None else numpy_helper.to_array(item)

    def shape(self, name: str) -> list[int] | None:
        """Returns a tensor's shape where it is known in full."""
        item = self._constants.get(name)
        return list(item.dims) if item is not None else self._shapes.get(name)

    def add(self, name: str, value: npt.ArrayLike, dtype: npt.DTypeLike = np.int64) -> str:
        """Adds a constant; returns its name."""
        item = numpy_helper.from_array(np.asarray(value, dtype), name)
        self.model.graph.initializer.append(item)
        self._constants[name] = item
        return name

    def replace(self, operator: str, instead: Callable[[onnx.NodeProto], Iterable[onnx.NodeProto] | None]) -> int:
        """Replaces each node of an operator by what `instead` returns, None: leave it. Returns how many it replaced."""
        count = 0
        nodes: list[onnx.NodeProto] = []
        for node in self.model.graph.node:
            new = instead(node) if node.op_type == operator and not node.domain else None
            nodes.extend([node] if new is None else new)
            count += new is not None
        if count:
            del self.model.graph.node[:]
            self.model.graph.node.extend(nodes)
        return count


def shell_of(model: onnx.ModelProto) -> onnx.ModelProto:
    """Returns a copy without the weights, which become inputs: enough for shapes, and a thousandth of the size."""
    shell = onnx.ModelProto(ir_version=model.ir_version, opset_import=model.opset_import, functions=model.functions)
    graph, source = shell.graph, model.graph
    graph.name = source.name
    for field in ("node", "input", "output", "value_info"):
        getattr(graph, field).extend(getattr(source, field))
    given = {item.name for item in source.input}
    for item in source.initializer:
        if prod(item.dims) <= LARGEST_SHAPE:
            graph.initializer.append(item)
        elif item.name not in given:
            graph.input.append(helper.make_tensor_value_info(item.name, item.data_type, list(item.dims)))
    return shell


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    """Returns a node's attributes by name; texts as str."""
    found = {item.name: helper.get_attribute_value(item) for item in node.attribute}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in found.items()}


def make(operator: str, inputs: list[str], output: str, **attributes_: Any) -> onnx.NodeProto:
    """Returns a node with one output, named after it."""
    return helper.make_node(operator, inputs, [output], name=output, **attributes_)


def cut(network: Network, source: str, output: str, axis: int, start: int, end: int) -> onnx.NodeProto:
    """Returns a Slice along one axis, `end` not included."""
    bounds = [network.add(f"{output}/{name}", [value]) for name, value in (("start", start), ("end", end))]
    return make("Slice", [source, *bounds, network.add(f"{output}/axis", [axis])], output)


def _static(item: onnx.ValueInfoProto) -> list[int] | None:
    kind = item.type.tensor_type
    if not kind.HasField("shape"):
        return None
    sizes = [size.dim_value if size.HasField("dim_value") else None for size in kind.shape.dim]
    return None if None in sizes else sizes

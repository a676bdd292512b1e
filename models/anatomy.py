"""Looks into a network without running it: operators, parameters, arithmetic, what it takes and gives."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import prod

import onnx

from models.passes.network import Network, attributes
from models.rewrite import simplified


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What a network is made of, after ONNX Runtime's basic level has folded its constants.

    Attributes:
        operators: how often each occurs.
        parameters: numbers in its constants.
        flops: of one run, a multiplication and an addition counted as two: those of convolutions and matrix
            products. An axis that is free counts as one.
        unknown: how many of those have no shape that is known, and are missing in `flops`.
        inputs, outputs: name and type, as text.
        opset: version of the standard operators.
    """

    operators: Counter[str]
    parameters: int
    flops: int
    unknown: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    opset: int


def anatomy(content: bytes) -> Anatomy:
    """Returns what a network is made of; raises one of ONNX Runtime's errors where it cannot be loaded."""
    model = onnx.load_model_from_string(simplified(content))
    graph = model.graph
    for item in (*graph.input, *graph.output):
        _count_as_one(item)
    network = Network(model)
    costs = [_cost(network, node) for node in graph.node if node.op_type in COSTS]
    weights = {item.name for item in graph.initializer}
    shown = onnx.load_model_from_string(content).graph
    return Anatomy(
        Counter(node.op_type for node in graph.node),
        sum(prod(item.dims) for item in graph.initializer),
        sum(cost for cost in costs if cost is not None),
        costs.count(None),
        tuple(_text(item) for item in shown.input if item.name not in weights),
        tuple(_text(item) for item in shown.output),
        network.opset,
    )


def _convolution(network: Network, node: onnx.NodeProto) -> int | None:
    weights, output = network.shape(node.input[1]), network.shape(node.output[0])
    return None if weights is None or output is None else 2 * prod(output) * prod(weights[1:])


def _transposed(network: Network, node: onnx.NodeProto) -> int | None:
    weights, source = network.shape(node.input[1]), network.shape(node.input[0])
    return None if weights is None or source is None else 2 * prod(source) * prod(weights[1:])


def _product(network: Network, node: onnx.NodeProto) -> int | None:
    source, output = network.shape(node.input[0]), network.shape(node.output[0])
    if not source or not output:
        return None
    return 2 * prod(output) * source[-2 if attributes(node).get("transA") else -1]


COSTS = {
    "Conv": _convolution,
    "FusedConv": _convolution,
    "ConvTranspose": _transposed,
    "Gemm": _product,
    "MatMul": _product,
}


def _cost(network: Network, node: onnx.NodeProto) -> int | None:
    return COSTS[node.op_type](network, node)


def _count_as_one(item: onnx.ValueInfoProto) -> None:
    for size in item.type.tensor_type.shape.dim:
        if not size.HasField("dim_value"):
            size.Clear()
            size.dim_value = 1


def _text(item: onnx.ValueInfoProto) -> str:
    kind = item.type.tensor_type
    name = onnx.TensorProto.DataType.Name(kind.elem_type).lower()
    sizes = [str(size.dim_value) if size.HasField("dim_value") else size.dim_param or "?" for size in kind.shape.dim]
    return f"{item.name}: {name} [{', '.join(sizes)}]"

"""Estimates into how many pieces CoreML would cut a network: known on any system, from ONNX Runtime's own table.

The table (`coreml_supported_mlprogram_ops.md` in ONNX Runtime's tools) names operators and lags behind the provider:
`BEYOND` says what newer versions take although it is not named. Which chip runs a piece is CoreML's decision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import onnx
import onnxruntime as ort
from onnxruntime.tools.mobile_helpers.usability_checker import check_coreml_partitions

from models.passes.network import Network, attributes, shell_of
from models.providers import older

TABLE = "coreml_supported_mlprogram_ops.md"


@dataclass(frozen=True, slots=True)
class Partitions:
    """How a network would be cut.

    Attributes:
        count: pieces that CoreML runs.
        nodes: nodes in them.
        total: all nodes.
        left: operators left to the CPU.
    """

    count: int
    nodes: int
    total: int
    left: Counter[str]

    def __str__(self) -> str:
        rest = ", ".join(f"{count} {operator}" for operator, count in self.left.most_common())
        parts = "1 partition" if self.count == 1 else f"{self.count} partitions"
        return f"{parts}, {self.nodes} of {self.total} nodes" + (f"; on the CPU: {rest}" if rest else "")


def _pads_pictures(network: Network, node: onnx.NodeProto) -> bool:
    pads = network.constant(node.input[1]) if len(node.input) > 1 else None
    if pads is None or attributes(node).get("mode", "constant") not in ("constant", "reflect"):
        return False
    return not pads.reshape(2, -1)[:, :-2].any()


def _gathers(network: Network, node: onnx.NodeProto) -> bool:
    shape = network.shape(node.input[0])
    return network.constant(node.input[1]) is not None and shape is not None and len(shape) <= 4


class Beyond(NamedTuple):
    """An operator that CoreML takes from a version on although the table does not name it, and who says so."""

    operator: str
    since: str
    taken: Callable[[Network, onnx.NodeProto], bool]
    source: str


BEYOND = (
    Beyond("Pad", "1.26", _pads_pictures, "microsoft/onnxruntime#28073"),
    Beyond("Gather", "1.27", _gathers, "microsoft/onnxruntime#28278"),
)


def coreml_partitions(content: bytes, version: str | None = ort.__version__) -> Partitions:
    """Returns how CoreML would cut a network whose constants are folded; version None: by the table alone."""
    model = onnx.shape_inference.infer_shapes(shell_of(onnx.load_model_from_string(content)))
    if version is not None:
        _stand_in(Network(model), version)
    for node in model.graph.node:
        given = [name for name in node.input if name]  # the check takes an input left out for one of unknown shape
        del node.input[:]
        node.input.extend(given)
    if not model.graph.value_info:
        model.graph.value_info.extend(model.graph.output)  # a network of one node has no others
    found = check_coreml_partitions(model, True, TABLE)
    total = Counter(node.op_type for node in model.graph.node)
    taken = Counter(node.op_type for group in found.supported_groups for node in group)
    return Partitions(found.num_partitions, found.num_supported_nodes, found.num_nodes, total - taken)


def _stand_in(network: Network, version: str) -> None:
    """Renames the nodes that CoreML takes beyond the table to an operator of the table: only names are looked up."""
    for item in BEYOND:
        for node in network.model.graph.node:
            if node.op_type == item.operator and not older(version, item.since) and item.taken(network, node):
                node.op_type = "Identity"
                del node.input[1:]
                del node.attribute[:]

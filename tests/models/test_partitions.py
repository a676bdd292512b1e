import numpy as np
import pytest
from onnx import helper

from models.partitions import coreml_partitions
from tests.models.networks import network


def padded(pads, mode):
    nodes = [
        helper.make_node("Relu", ["x"], ["a"]),
        helper.make_node("Pad", ["a", "p"], ["b"], mode=mode),
        helper.make_node("Relu", ["b"], ["y"]),
    ]
    return network(nodes, (1, 3, 8, 8), {"p": np.array(pads)})


PICTURE, CHANNELS = [0, 0, 1, 1, 0, 0, 1, 1], [0, 0, 0, 0, 0, 2, 0, 0]


@pytest.mark.parametrize(
    ("pads", "mode", "version", "expected"),
    [
        (PICTURE, "reflect", None, "2 partitions, 2 of 3 nodes; on the CPU: 1 Pad"),
        (PICTURE, "reflect", "1.25.1", "2 partitions, 2 of 3 nodes; on the CPU: 1 Pad"),
        (PICTURE, "reflect", "1.26.0", "1 partition, 3 of 3 nodes"),
        (PICTURE, "edge", "1.26.0", "2 partitions, 2 of 3 nodes; on the CPU: 1 Pad"),
        (CHANNELS, "constant", "1.26.0", "2 partitions, 2 of 3 nodes; on the CPU: 1 Pad"),
    ],
)
def test_an_operator_counts_from_the_version_that_takes_it(pads, mode, version, expected):
    assert str(coreml_partitions(padded(pads, mode), version)) == expected


def test_an_input_that_is_left_out_has_no_unknown_shape():
    scales = {"s": np.array([1, 1, 2, 2], np.float32)}
    content = network([helper.make_node("Resize", ["x", "", "s"], ["y"])], (1, 3, 4, 4), scales)
    assert str(coreml_partitions(content)) == "1 partition, 1 of 1 nodes"

"""What is said of where a network runs."""

from collections import Counter

import pytest

from models.placement import Placement


@pytest.mark.parametrize(
    ("pieces", "nodes", "left", "said"),
    [
        (None, 0, {}, "CUDA"),
        (1, 99, {}, "CUDA: 99 nodes in 1 partition; on the CPU: none"),
        (4, 96, {"Pad": 3}, "CUDA: 96 nodes in 4 partitions; on the CPU: 3 Pad"),
        (95, 95, {}, "CUDA: 95 nodes one by one; on the CPU: none"),
        (1, 1, {}, "CUDA: 1 nodes in 1 partition; on the CPU: none"),
    ],
)
def test_partitions_are_told_and_nodes_that_run_one_by_one(pieces, nodes, left, said):
    assert str(Placement("CUDAExecutionProvider", pieces, nodes, Counter(left))) == said

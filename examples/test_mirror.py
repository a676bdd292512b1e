"""How a node is tested: by itself, and in a graph with the real engine. `python -m pytest examples` runs it."""

import sys
from pathlib import Path

import numpy as np

from runtime import Frame
from runtime.testing import numbered_pictures, run_graph

sys.path.append(str(Path(__file__).parent))  # so that `mirror` is found from anywhere

from mirror import mirror


def test_mirror_turns_left_and_right_round():
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[:, 0] = 200
    assert (mirror(Frame(picture)).image[:, -1] == 200).all()
    assert (mirror(Frame(picture), mix=0.5).image[:, [0, -1]] == 100).all()


def test_mirror_keeps_every_frame():
    graph = "mode: file\nnodes: {a: {type: listed}, m: {type: mirror, in: a}, c: {type: collect, in: m}}"
    result = run_graph(graph, [mirror], numbered_pictures(5))
    assert [frame.seq for frame in result.frames["c"]] == [0, 1, 2, 3, 4]

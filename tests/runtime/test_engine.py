"""What the engine promises: every frame once and in order, joins of one frame, outputs, batches and workers."""

from typing import NamedTuple

import numpy as np
import pytest

from runtime import Faces, Frame, node
from runtime.testing import GraphRun, numbered_pictures, run_graph
from tests.runtime.chains import add, chain, seqs


@pytest.mark.parametrize("measured", [0, 2, 100])
def test_every_frame_of_a_file_comes_out_once_and_in_order(measured):
    result = run_graph(chain("add"), [add], numbered_pictures(30), measured_frames=measured)
    assert result.error is None
    assert seqs(result) == list(range(30))
    assert [frame.image[0, 0, 0] for frame in result.frames["c"]] == list(range(1, 31))
    assert [frame.pts for frame in result.frames["c"]] == [picture.pts for picture in numbered_pictures(30)]
    assert result.closed == {"c": True}


def test_frames_leave_several_workers_in_order():
    result = run_graph(chain("add", extra=", workers: 4"), [add], numbered_pictures(200), cores=4)
    assert seqs(result) == list(range(200))
    assert result.snapshot.nodes["b"].workers == 4


def test_a_worker_that_is_late_holds_back_those_behind_it():
    with GraphRun(
        chain("gated").replace("b: {type: gated, in: a}", "g: {type: gated, in: a}\n  b: {type: add, in: g}"),
        [add],
        numbered_pictures(3),
    ) as run:
        for _ in range(3):
            run.hold("g").wait_arrived()
            run.hold("g").release()
        assert seqs(run.wait()) == [0, 1, 2]


def test_a_join_gets_both_branches_of_the_same_frame():
    @node
    def difference(left: Frame, right: Frame) -> Frame:
        assert left.seq == right.seq
        return left.with_image(left.image - right.image)

    graph = """
    mode: file
    nodes:
      a: {type: listed}
      fast: {type: add, in: a, amount: 5}
      slow: {type: add, in: a, amount: 7, workers: 3}
      d: {type: difference, in: {left: slow, right: fast}}
      c: {type: collect, in: d}
    """
    result = run_graph(graph, [add, difference], numbered_pictures(60))
    assert result.error is None
    assert all((frame.image == 2).all() for frame in result.frames["c"])
    assert seqs(result) == list(range(60))


def test_a_node_may_have_several_outputs():
    class Split(NamedTuple):
        bright: Frame
        dark: Frame

    @node
    def split(frame: Frame) -> Split:
        return Split(frame.with_image(frame.image | 128), frame.with_image(frame.image & 127))

    split.__annotations__["return"] = Split
    graph = """
    mode: file
    nodes:
      a: {type: listed}
      s: {type: split, in: a}
      b: {type: collect, in: s.bright}
      d: {type: collect, in: s.dark}
    """
    result = run_graph(graph, [split])
    assert [int(frame.image.max()) for frame in result.frames["b"]] == [128, 129, 130]
    assert [int(frame.image.max()) for frame in result.frames["d"]] == [0, 1, 2]


def test_an_optional_port_may_stay_unconnected():
    @node
    def mark(frame: Frame, faces: Faces | None = None) -> Frame:
        assert faces is None
        return frame

    assert run_graph(chain("mark"), [mark]).error is None


def test_a_batch_is_full_in_file_mode_whatever_the_timing():
    sizes = []

    @node
    class Sum:
        def __call__(self, frame: Frame) -> Frame:
            sizes.append(1)
            return frame

        def batch(self, items):
            sizes.append(len(items))
            return [frame for (frame,) in items]

    result = run_graph(chain("sum", extra=", batch: 4"), [Sum], numbered_pictures(10))
    assert seqs(result) == list(range(10))
    assert sizes == [4, 4, 2]


def test_a_frame_limit_ends_the_run():
    result = run_graph(chain("add"), [add], numbered_pictures(100), frames=7)
    assert seqs(result) == list(range(7))
    assert result.closed == {"c": True}


def test_what_a_node_counts_is_in_the_snapshot():
    @node(ordered=True)
    class Tally:
        def __init__(self) -> None:
            self._count = 0

        def __call__(self, frame: Frame) -> Frame:
            self._count += 1
            return frame

        def counters(self):
            return {"seen": self._count}

    assert run_graph(chain("tally"), [Tally]).snapshot.nodes["b"].counters == {"seen": 3}


def test_two_runs_of_a_file_give_the_same_frames_whatever_the_workers():
    outputs = []
    for extra in ("", ", workers: 2", ", workers: 5"):
        result = run_graph(chain("add", extra=extra), [add], numbered_pictures(50), measured_frames=5)
        outputs.append(np.stack([frame.image for frame in result.frames["c"]]))
    assert (outputs[0] == outputs[1]).all()
    assert (outputs[0] == outputs[2]).all()


def test_several_sources_of_a_file_graph_are_read_in_step():
    graph = """
    mode: file
    nodes:
      a: {type: listed}
      b: {type: listed}
      p: {type: pair, in: {left: a, right: b}}
      c: {type: collect, in: p}
    """

    @node
    def pair(left: Frame, right: Frame) -> Frame:
        assert left.seq == right.seq
        return left

    result = run_graph(graph, [pair], numbered_pictures(4))
    assert result.error is None
    assert seqs(result) == [0, 1]

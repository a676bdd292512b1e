"""Memory of a run: its ceiling, and buffers that come back in time."""

import numpy as np

from runtime import Frame, Picture, Sink, node
from runtime.testing import GraphRun, numbered_pictures, run_graph
from tests.runtime.chains import chain


def test_the_memory_ceiling_is_an_error_that_says_what_to_do():
    pictures = numbered_pictures(4, width=4000, height=2000)

    @node
    class Hoard:
        def __init__(self) -> None:
            self._kept = []

        def __call__(self, frame: Frame) -> Frame:
            self._kept.append(frame.editable())
            return frame

    result = run_graph(chain("hoard") + "max_memory: 60 MiB\n", [Hoard], pictures)
    assert "would pass max_memory (60 MiB)" in str(result.error)


def test_a_finished_frame_leaves_no_buffer_behind_in_a_waiting_stage():
    @node
    def copy(frame: Frame) -> Frame:
        return frame.with_image(frame.editable())

    graph = "mode: file\nmax_memory: 16 MiB\ncredits: 1\nnodes:\n  a: {type: listed}\n"
    graph += "".join(f"  n{i}: {{type: copy, in: {'n' + str(i - 1) if i else 'a'}}}\n" for i in range(6))
    big = [Picture(np.zeros((900, 900, 3), np.uint8), picture.pts) for picture in numbered_pictures(20)]
    graph += "  c: {type: tally, in: n5}\n"
    seen = []

    @node
    class Tally(Sink):
        def write(self, frame: Frame) -> None:
            seen.append(frame.seq)

    result = run_graph(graph, [copy, Tally], big)
    assert result.error is None
    assert seen == list(range(20))


def test_a_credit_comes_back_after_the_buffers_of_its_frame(monkeypatch):
    @node
    def copy(frame: Frame) -> Frame:
        return frame.with_image(frame.editable())

    @node
    class Forget(Sink):
        def write(self, frame: Frame) -> None:
            pass

    in_use = []
    graph = "mode: file\ncredits: 1\nnodes:\n  a: {type: listed}\n"
    graph += "  b: {type: copy, in: a}\n  c: {type: forget, in: b}\n"
    with GraphRun(graph, [copy, Forget]) as run:
        give_back = run.engine.gate.give_back
        monkeypatch.setattr(run.engine.gate, "give_back", lambda: (in_use.append(run.engine.pool.in_use), give_back()))
        for picture in numbered_pictures(20):
            run.push(picture)
        run.end_stream()
        assert run.wait().error is None
    assert in_use == [0] * 20

"""Exceptions of every kind, at every place where a node's code runs: the run ends, is told why, and closes the rest."""

import pytest

from runtime import Frame, Picture, Sink, Source, StreamInfo, node
from runtime.errors import DlcError
from runtime.testing import numbered_pictures, run_graph


class Odd(BaseException):
    """No `Exception`, so that no policy is asked."""


class MuteError(Exception):
    """Has no message to give."""

    def __str__(self):
        raise ValueError("no text")


KINDS = [KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError, RecursionError, StopIteration, Odd, MuteError]


def broken(kind, where):  # noqa: C901 - one place after the other
    """Returns the types of a source, a node and a sink, of which one raises at one place."""

    def reach(place):
        if place == where:
            raise kind

    @node
    class Reader(Source):
        def __init__(self) -> None:
            self.left = numbered_pictures(6)
            reach("opening a source")

        def info(self) -> StreamInfo:
            reach("asking a source")
            return StreamInfo(16, 8)

        def read(self) -> Picture | None:
            if len(self.left) == 3:
                reach("reading")
            return self.left.pop(0) if self.left else None

        def close(self) -> None:
            reach("closing a source")

    @node
    class Worker:
        def __init__(self) -> None:
            reach("making a node")

        def __call__(self, frame: Frame) -> Frame:
            if frame.seq == 2:
                reach("calling")
            return frame

        def close(self) -> None:
            reach("closing a node")

    @node
    class Writer(Sink):
        def open(self, info: StreamInfo) -> None:
            reach("opening a sink")

        def write(self, frame: Frame) -> None:
            if frame.seq == 2:
                reach("writing")

        def close(self, ok: bool) -> None:
            reach("closing a sink")

    return [Reader, Worker, Writer]


GRAPH = """
mode: file
nodes:
  a: {type: reader}
  b: {type: worker, in: a, workers: 2}
  c: {type: writer, in: b}
  d: {type: collect, in: b}
"""
WHERE = {
    "reading": "a", "calling": "b", "writing": "c", "closing a source": "a", "closing a node": "b",
    "closing a sink": "c",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", WHERE)
def test_a_run_ends_names_the_node_and_closes_every_sink(kind, where):
    result = run_graph(GRAPH, broken(kind, where), hang_s=2)
    assert str(result.error).startswith(f"node {WHERE[where]!r}")
    assert result.closed.keys() == {"d"}
    run = result.snapshot.run
    assert run.frames_admitted == run.frames_presented + run.skipped


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not KeyboardInterrupt])
@pytest.mark.parametrize("where", ["opening a source", "asking a source", "making a node", "opening a sink"])
def test_a_start_that_fails_names_the_node(kind, where):
    with pytest.raises(DlcError, match=f"node '[abc]': {kind.__name__}"):
        run_graph(GRAPH, broken(kind, where))


def test_a_live_graph_skips_a_frame_whose_error_has_no_message():
    graph = GRAPH.replace("mode: file", "").replace("in: b}", "in: b, raw: true}")
    result = run_graph(graph, broken(MuteError, "calling"))
    assert result.error is None
    assert result.snapshot.run.errors == result.snapshot.run.skipped


def test_a_sink_that_cannot_say_whether_it_wants_the_end_is_named():
    @node
    class Torn(Sink):
        def write(self, frame: Frame) -> None: ...

        def wants_stop(self) -> bool:
            raise OSError("no display")

    graph = "nodes: {a: {type: endless}, c: {type: torn, in: a, raw: true}}"

    @node
    class Endless(Source):
        def info(self) -> StreamInfo:
            return StreamInfo(16, 8)

        def read(self) -> Picture | None:
            return numbered_pictures(1)[0]

    assert str(run_graph(graph, [Endless, Torn]).error).startswith("node 'c': OSError: no display (test_exceptions.py:")

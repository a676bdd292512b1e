"""Sources and sinks as the engine opens them, reads them, and closes them."""

import pytest

from runtime import Frame, Picture, Sink, Source, StreamInfo, node
from runtime.errors import DlcError
from runtime.testing import GraphRun, numbered_pictures, run_graph


@node
class Empty(Source):
    """Ends before its first frame."""

    def info(self) -> StreamInfo:
        return StreamInfo(32, 16)

    def read(self) -> Picture | None:
        return None


@pytest.mark.parametrize("error", [OSError("disk full"), SystemExit(3), ValueError("odd")])
def test_a_sink_that_cannot_be_closed_is_named_and_the_run_ends(error):
    @node
    class Stuck(Sink):
        def write(self, frame: Frame) -> None: ...
        def close(self, ok: bool) -> None:
            raise error

    result = run_graph("mode: file\nnodes: {a: {type: listed}, s: {type: stuck, in: a}}", [Stuck])
    assert str(result.error).startswith(f"node 's': {type(error).__name__}")


@pytest.mark.parametrize("where", ["info", "open"])
def test_a_start_that_fails_half_way_names_the_node_and_closes_what_was_made(where):
    closed = []

    def fail():
        raise OSError("no such device")

    @node
    class First(Source):
        def info(self) -> StreamInfo:
            return fail() if where == "info" else StreamInfo(8, 8)

        def read(self) -> Picture | None: ...
        def close(self) -> None:
            closed.append("source")

    @node
    class Last(Sink):
        def open(self, info: StreamInfo) -> None:
            fail()

        def write(self, frame: Frame) -> None: ...
        def close(self, ok: bool) -> None:
            closed.append(ok)

    with pytest.raises(DlcError, match=r"node '[az]': OSError: no such device"):
        run_graph("nodes: {a: {type: first}, z: {type: last, in: a}}", [First, Last])
    assert closed == [False, "source"]


def test_a_sink_may_end_a_run_that_is_paused():
    @node
    class Window(Sink):
        def write(self, frame: Frame) -> None: ...
        def wants_stop(self) -> bool:
            return True

    with GraphRun("nodes: {a: {type: listed}, w: {type: window, in: a}}", [Window]) as run:
        run.engine.pause()
        assert run.wait().error is None


def test_a_sink_that_ends_a_file_early_leaves_the_others_partial():
    @node
    class Window(Sink):
        def __init__(self) -> None:
            self._seen = 0

        def write(self, frame: Frame) -> None:
            self._seen += 1

        def wants_stop(self) -> bool:
            return self._seen > 1

    graph = "mode: file\nnodes: {a: {type: listed}, w: {type: window, in: a}, c: {type: collect, in: a}}"
    with GraphRun(graph, [Window]) as run:
        for picture in numbered_pictures(3):
            run.push(picture)
        assert run.wait().closed == {"c": False}


def test_each_sink_is_opened_with_the_stream_of_its_own_source():
    opened = []

    @node
    class Note(Sink):
        def open(self, info: StreamInfo) -> None:
            opened.append((info.width, info.height))

        def write(self, frame: Frame) -> None: ...

    graph = """
    mode: file
    nodes:
      a: {type: listed}
      b: {type: empty}
      x: {type: note, in: a}
      y: {type: note, in: b}
    """
    run_graph(graph, [Empty, Note])
    assert sorted(opened) == [(16, 8), (32, 16)]


def test_a_second_source_without_a_frame_ends_a_live_run():
    @node
    def pair(left: Frame, right: Frame) -> Frame: ...

    graph = """
    nodes:
      a: {type: listed}
      b: {type: empty}
      p: {type: pair, in: {left: a, right: b}}
      c: {type: collect, in: p}
    """
    with GraphRun(graph, [Empty, pair]) as run:
        assert "source 'b' ended before its first frame" in str(run.wait().error)

"""Runs that go wrong: nodes that hang, start-ups and endings that fail, counters that raise, memory that is just enough."""

import threading

import numpy as np
import pytest

from runtime import Faces, Frame, Picture, Sink, Source, StreamInfo, node
from runtime.errors import DlcError, GraphError, RunError
from runtime.testing import GraphRun, ManualClock, numbered_pictures, run_graph

CHAIN = "mode: {mode}\nnodes:\n  a: {{type: listed}}\n  b: {{type: {type}, in: a}}\n  c: {{type: collect, in: b}}\n"


def chain(kind, mode="file"):
    return CHAIN.format(type=kind, mode=mode)


@pytest.mark.parametrize("measured", [0, 12])
@pytest.mark.parametrize("mode", ["live", "file"])
def test_a_run_with_a_node_that_hangs_can_be_stopped_at_any_time(hang, measured, mode):
    kind, reached = hang
    with GraphRun(chain("hang", mode), [kind], clock=ManualClock(), measured_frames=measured, hang_s=0.05) as run:
        for picture in numbered_pictures(3):
            run.push(picture)
        assert reached.wait(10)
        run.engine.stop(partial=True)
        result = run.wait()
    assert run.engine.hung == ["b"]
    assert "still running after 0.05 s: b" in str(result.error)
    assert result.closed == {"c": False}


def test_a_node_that_hangs_does_not_keep_its_neighbours_from_being_closed(hang):
    kind, reached = hang
    with GraphRun(chain("hang"), [kind], measured_frames=12, hang_s=0.05) as run:
        run.push(numbered_pictures(1)[0])
        assert reached.wait(10)
        run.engine.stop(partial=True)
        assert run.wait().closed == {"c": False}


def test_a_live_run_with_a_node_that_hangs_ends_with_its_stream(hang):
    kind, _ = hang
    result = run_graph(chain("hang", "live"), [kind], numbered_pictures(1), hang_s=0.05)
    assert isinstance(result.error, RunError)


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


def test_counters_that_raise_hurt_nobody():
    @node(ordered=True)
    class Rude:
        def __call__(self, frame: Frame) -> Frame:
            return frame

        def counters(self):
            raise RuntimeError("dictionary changed size during iteration")

    result = run_graph(chain("rude"), [Rude])
    assert result.error is None
    assert result.snapshot.nodes["b"].counters == {}


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


def test_an_error_with_a_constructor_of_its_own_is_still_told():
    class MineError(DlcError):
        def __init__(self, code, text):
            super().__init__(f"{code}: {text}")

    @node
    class Picky:
        def __init__(self) -> None:
            raise MineError(7, "no licence")

        def __call__(self, frame: Frame) -> Frame: ...

    with pytest.raises(RunError, match="node 'b': 7: no licence"):
        run_graph(chain("picky"), [Picky])


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
    class Wide(Source):
        def info(self) -> StreamInfo:
            return StreamInfo(32, 16)

        def read(self) -> Picture | None:
            return None

    opened = []

    @node
    class Note(Sink):
        def open(self, info: StreamInfo) -> None:
            opened.append((info.width, info.height))

        def write(self, frame: Frame) -> None: ...

    wide = node(name="wide")(Wide)
    graph = """
    mode: file
    nodes:
      a: {type: listed}
      b: {type: wide}
      x: {type: note, in: a}
      y: {type: note, in: b}
    """
    run_graph(graph, [wide, Note])
    assert sorted(opened) == [(16, 8), (32, 16)]


def test_a_second_source_without_a_frame_ends_a_live_run():
    class Empty(Source):
        def info(self) -> StreamInfo:
            return StreamInfo(8, 8)

        def read(self) -> Picture | None:
            return None

    @node
    def pair(left: Frame, right: Frame) -> Frame: ...

    graph = """
    nodes:
      a: {type: listed}
      b: {type: empty}
      p: {type: pair, in: {left: a, right: b}}
      c: {type: collect, in: p}
    """
    with GraphRun(graph, [node(Empty), pair]) as run:
        assert "source 'b' ended before its first frame" in str(run.wait().error)


def test_faces_that_are_repeated_say_that_nobody_was_detected():
    seen = []

    @node
    def find(frame: Frame) -> Faces:
        if frame.seq:
            raise ValueError("blind")
        return Faces()

    @node
    def look(frame: Frame, faces: Faces) -> Frame:
        seen.append(faces.detected)
        return frame

    graph = """
    mode: file
    nodes:
      a: {type: listed}
      f: {type: find, in: a, on_error: repeat}
      l: {type: look, in: [a, f]}
      c: {type: collect, in: l}
    """
    assert run_graph(graph, [find, look]).error is None
    assert seen == [True, False, False]


def test_a_batch_that_never_works_is_told_once(caplog):
    @node
    class Broken:
        def __call__(self, frame: Frame) -> Frame:
            return frame

        def batch(self, items):
            return []

    graph = "mode: file\nnodes: {a: {type: listed}, b: {type: broken, in: a, batch: 2}, c: {type: collect, in: b}}"
    result = run_graph(graph, [Broken], numbered_pictures(8))
    assert result.snapshot.run.frames_presented == 8
    assert caplog.text.count("batch answered 0 of 2 frames") == 1


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (["b.on_error=repeat", "b.workers=2"], "depends on timing"),
        (["c.on_error=repeat"], "gives nothing that could be repeated"),
        (["a.workers=2"], "it has one thread"),
    ],
)
def test_what_could_not_be_kept_is_refused(sets, message):
    @node
    def keep(frame: Frame) -> Frame:
        return frame

    with pytest.raises(GraphError, match=message):
        run_graph(chain("keep"), [keep], overrides=sets)


def test_a_plain_file_without_times_keeps_its_rate_in_a_live_graph():
    clock = ManualClock()
    graph = "credits: 1\nnodes: {a: {type: listed}, g: {type: gated, in: a}, c: {type: collect, in: g, raw: true}}"
    with GraphRun(graph, clock=clock, live_source=False) as run:
        for picture in numbered_pictures(2):
            run.push(picture._replace(pts=None))
        run.hold("g").wait_arrived()
        run.hold("g").release()
        run.engine.gate.wait_idle(20)
        clock.advance(40_000_000)
        run.hold("g").wait_arrived()
        run.hold("g").release()
        run.end_stream()
        assert [frame.captured_at for frame in run.wait().frames["c"]] == [0, 40_000_000]


@pytest.mark.parametrize("image", [np.zeros((2, 2), np.uint8), np.zeros((2, 2, 3)), np.zeros((2, 2, 4), np.uint8)])
def test_a_picture_of_the_wrong_shape_is_refused(image):
    with pytest.raises(ValueError, match=r"uint8 \[H, W, 3\]"):
        Frame(image)


def test_a_snapshot_can_be_taken_at_any_time_from_any_thread():
    @node
    def keep(frame: Frame) -> Frame:
        return frame

    errors = []
    with GraphRun(chain("keep"), [keep], numbered_pictures(400), measured_frames=12) as run:

        def watch():
            while not run.engine.ended.is_set():
                try:
                    run.engine.snapshot()
                except Exception as error:  # noqa: BLE001
                    errors.append(error)

        watcher = threading.Thread(target=watch)
        watcher.start()
        run.wait()
        watcher.join()
    assert errors == []


def test_settings_of_richer_types_can_be_written_in_yaml():
    got = []

    @node
    def stretch(frame: Frame, *, size: tuple[int, int] = (1, 1), names: set[str] = frozenset()) -> Frame:
        got.append((size, names))
        return frame

    run_graph(chain("stretch"), [stretch], numbered_pictures(1), overrides=["b.size=[3, 4]", "b.names=[x]"])
    assert got == [((3, 4), {"x"})]

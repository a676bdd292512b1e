"""What is counted is true: whatever happens, sums add up, and what was counted before a change stays counted."""

import re
import threading
from fractions import Fraction

import numpy as np
import pytest

from runtime import Frame, Picture, Sink, Source, StreamInfo, node
from runtime.errors import RunError
from runtime.testing import GraphRun, ManualClock, load_text, numbered_pictures, run_graph

GRAPH = "mode: {mode}\nnodes:\n  a: {{type: listed}}\n{inner}  c: {{type: collect, in: b}}\n"


def text(*inner, mode="live"):
    return GRAPH.format(mode=mode, inner="".join(f"  {line}\n" for line in inner))


@node(ordered=True)
class Worried:
    """Fails on the frames in `bad`, and counts every frame as held."""

    def __init__(self, *, version: int = 1) -> None:
        self.seen = 0

    def __call__(self, frame: Frame, *, bad: list[int] = []) -> Frame:  # noqa: B006
        self.seen += 1
        if frame.seq in bad:
            raise ValueError("bad frame")
        return frame.with_image(frame.image, cleared=True)

    def counters(self):
        return {"held": self.seen}


def passed(run, pictures):
    """Lets pictures through a running graph, one after the other."""
    for picture in pictures:
        admitted = run.engine.gate.admitted
        run.push(picture)
        assert run.engine.gate.wait_admitted(admitted + 1, 20)


def test_frames_that_hang_to_the_end_are_booked_as_skipped(hang):
    kind, reached = hang
    with GraphRun(text("b: {type: hang, in: a}"), [kind], hang_s=0.05) as run:
        run.push(numbered_pictures(1)[0])
        assert reached.wait(10)
        run.engine.stop()
        result = run.wait()
    booked = result.snapshot.run
    assert (booked.frames_admitted, booked.skipped) == (1, 1)


@pytest.mark.parametrize("mode", ["file", "live"])
def test_the_end_of_a_stream_is_no_call_of_its_source(mode):
    result = run_graph(text("b: {type: worried, in: a}", mode=mode), [Worried], numbered_pictures(3))
    source = result.snapshot.nodes["a"]
    assert source.calls == 3
    assert result.snapshot.run.frames_admitted + result.snapshot.run.drops == 3


def test_sums_of_a_run_go_on_when_a_node_is_made_anew():
    with GraphRun(text("b: {type: worried, in: a, bad: [1]}"), [Worried]) as run:
        passed(run, numbered_pictures(3))
        run.engine.rebuild(load_text(text("b: {type: worried, in: a, version: 2}"), run.table))
        passed(run, numbered_pictures(2))
        result = run.engine.snapshot()
    assert (result.run.errors, result.run.held) == (1, 5)
    assert (result.nodes["b"].errors, result.nodes["b"].calls) == (0, 2)


@pytest.mark.parametrize("version", [1, 2])
def test_time_that_a_stage_has_waited_goes_on_with_another_plan(version):
    waits = []
    with GraphRun(text("b: {type: worried, in: a}"), [Worried], measured_frames=3) as run:
        for _ in range(2):
            passed(run, numbered_pictures(6))
            waits.append(run.engine.snapshot().nodes["c"].waiting_s)
            run.engine.rebuild(load_text(text(f"b: {{type: worried, in: a, version: {version}}}"), run.table))
            waits.append(run.engine.snapshot().nodes["c"].waiting_s)
    assert waits == sorted(waits)
    assert waits[0] > 0


def test_the_answer_that_is_repeated_outlives_a_change_of_the_graph():
    graph = "b: {{type: worried, in: a, bad: [2], on_error: repeat}}\n  d: {{type: worried, in: a, version: {}}}"
    with GraphRun(text(graph.format(1)).replace("in: b}", "in: b, raw: true}"), [Worried]) as run:
        passed(run, numbered_pictures(2))
        new = text(graph.format(2)).replace("in: b}", "in: b, raw: true}")
        run.engine.rebuild(load_text(new, run.table))
        passed(run, numbered_pictures(3)[2:])
        run.end_stream()
        result = run.wait()
    assert result.error is None
    assert [int(frame.image[0, 0, 0]) for frame in result.frames["c"]] == [0, 1, 1]


def test_an_error_of_a_source_is_counted_and_names_it():
    @node
    class Tired(Source):
        def __init__(self) -> None:
            self.left = 2

        def info(self) -> StreamInfo:
            return StreamInfo(8, 8)

        def read(self) -> Picture | None:
            self.left -= 1
            if self.left < 0:
                raise KeyError("battery")
            return Picture(np.zeros((8, 8, 3), np.uint8), Fraction(0))

    result = run_graph("mode: file\nnodes: {a: {type: tired}, c: {type: collect, in: a}}", [Tired], clock=ManualClock())
    assert str(result.error).startswith("node 'a', frame 2: KeyError: 'battery'")
    assert result.snapshot.run.errors == 1
    assert result.snapshot.nodes["a"].calls == 3


@pytest.mark.parametrize("picture", [np.zeros((8, 8, 3), np.uint8), Picture(np.zeros((8, 8), np.uint8))])
def test_what_is_no_picture_is_an_error_of_its_source(picture):
    @node
    class Odd(Source):
        def info(self) -> StreamInfo:
            return StreamInfo(8, 8)

        def read(self) -> Picture | None:
            return picture

    result = run_graph("mode: file\nnodes: {a: {type: odd}, c: {type: collect, in: a}}", [Odd])
    assert re.match(r"node 'a', frame 0: .*(it gives a Picture|uint8 \[H, W, 3\])", str(result.error))


def test_a_source_that_tells_of_no_stream_is_named():
    @node
    class Vague(Source):
        def info(self) -> StreamInfo:
            return None

        def read(self) -> Picture | None: ...

    with pytest.raises(RunError, match="node 'a': info answered None; it gives a StreamInfo"):
        run_graph("nodes: {a: {type: vague}, c: {type: collect, in: a}}", [Vague])


def test_an_interrupt_while_a_sink_closes_is_an_error_of_the_run():
    @node
    class Broken(Sink):
        def write(self, frame: Frame) -> None: ...

        def close(self, ok: bool) -> None:
            raise KeyboardInterrupt

    graph = "mode: file\nnodes: {a: {type: listed}, c: {type: broken, in: a}, d: {type: collect, in: a}}"
    result = run_graph(graph, [Broken])
    assert "node 'c'" in str(result.error)
    assert result.snapshot.state == "failed"
    assert result.closed["d"]


def test_housekeeping_goes_on_after_a_look_at_the_machine_that_failed(caplog):
    class Flaky:
        def __init__(self) -> None:
            self.looks = 0
            self.again = threading.Event()

        def read(self):
            self.looks += 1
            if self.looks > 2:
                self.again.set()
            raise OSError("no sensor")

    signs, clock = Flaky(), ManualClock()
    with GraphRun(text("b: {type: worried, in: a}"), [Worried], signs=signs, clock=clock) as run:
        run.push(numbered_pictures(1)[0])
        for _ in range(1000):
            clock.advance(250_000_000)
            if signs.again.wait(0.02):
                break
        assert signs.again.is_set()
        assert run.engine.failure is None
    assert [record.message for record in caplog.records if "no sensor" in record.message] == [
        "housekeeping: OSError: no sensor"
    ]

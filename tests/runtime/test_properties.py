"""Properties of the engine that hold for any graph, any fault and any moment of stopping; time is a manual clock."""

import contextlib
import itertools
import string

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime import Frame, node
from runtime.errors import ConfigurationError
from runtime.testing import GraphRun, ManualClock, load_text, numbered_pictures, run_graph

PROFILE = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@node
class Step:
    """Fails on the frames whose number, modulo 7, is in `bad`; marks others as cleared."""

    def __call__(self, frame: Frame, other: Frame | None = None, *, bad: list[int] = []) -> Frame:  # noqa: B006
        if frame.seq % 7 in bad:
            raise ValueError("bad frame")
        if other is not None:
            assert other.seq == frame.seq
        return frame.with_image(frame.image, cleared=True)

    def batch(self, items, *, bad):
        return [self(frame, other, bad=bad) for frame, other in items]


@st.composite
def graphs(draw, mode, *, faults=True):
    """Draws a chain or a diamond-rich graph of `step` nodes, each with its own workers, batch and faults."""
    names = list(string.ascii_lowercase[1 : draw(st.integers(2, 7))])
    lines = [f"mode: {mode}", "nodes:", "  a: {type: listed}"]
    known = ["a"]
    for name in names:
        frame = draw(st.sampled_from(known))
        other = draw(st.sampled_from([None, *known]))
        inputs = f"frame: {frame}" + (f", other: {other}" if other else "")
        bad = sorted(draw(st.sets(st.integers(0, 6), max_size=3))) if faults else []
        workers, batch = draw(st.integers(1, 3)), draw(st.integers(1, 3))
        lines.append(f"  {name}: {{type: step, in: {{{inputs}}}, workers: {workers}, batch: {batch}, bad: {bad}}}")
        known.append(name)
    lines.append(f"  z: {{type: collect, in: {known[-1]}}}")
    if draw(st.booleans()):
        lines.append(f"credits: {draw(st.integers(1, 6))}")
    return "\n".join(lines)


def check_books(result):
    run = result.snapshot.run
    assert run.in_flight == 0
    assert run.frames_admitted == run.frames_presented + run.skipped + run.withheld
    seqs = [frame.seq for frame in result.frames["z"]]
    assert seqs == sorted(set(seqs))
    assert len(seqs) == run.frames_presented
    assert result.snapshot.state in ("ended", "failed")


@PROFILE
@given(graphs("live"), st.integers(0, 40), st.sampled_from([0, 3, 12]))
def test_each_admitted_live_frame_is_presented_or_skipped_exactly_once(graph, count, measured):
    clock = ManualClock()
    with GraphRun(graph, [Step], clock=clock, measured_frames=measured) as run:
        for picture in numbered_pictures(count):
            run.push(picture)
            clock.advance(1_000_000)
        run.end_stream()
        result = run.wait()
    check_books(result)
    if result.error is None:
        assert result.snapshot.run.frames_admitted + result.snapshot.run.drops == count


@PROFILE
@given(graphs("file", faults=False), st.integers(0, 40), st.sampled_from([0, 3, 12]))
def test_a_file_graph_presents_every_frame_in_order(graph, count, measured):
    result = run_graph(graph, [Step], numbered_pictures(count), clock=ManualClock(), measured_frames=measured)
    assert result.error is None
    check_books(result)
    assert [frame.seq for frame in result.frames["z"]] == list(range(count))
    assert [int(frame.image[0, 0, 0]) for frame in result.frames["z"]] == list(range(count))


@PROFILE
@given(graphs("file"), st.integers(1, 20))
def test_a_file_graph_with_faults_stops_before_the_fault_or_presents_all(graph, count):
    result = run_graph(graph, [Step], numbered_pictures(count), clock=ManualClock())
    seqs = [frame.seq for frame in result.frames["z"]]
    assert seqs == list(range(len(seqs)))
    assert (result.error is None) == (len(seqs) == count) or result.error is not None
    assert result.closed["z"] == (result.error is None)


@PROFILE
@given(graphs("live"), st.integers(0, 20), st.booleans(), st.booleans())
def test_a_run_that_is_stopped_at_any_moment_ends(graph, count, broken_off, paused):
    with GraphRun(graph, [Step], clock=ManualClock()) as run:
        for picture in numbered_pictures(count):
            run.push(picture)
        if paused:
            run.engine.pause()
        run.engine.stop(partial=broken_off)
        check_books(run.wait())


ACTIONS = st.sampled_from(["push", "push", "pause", "resume", "step", "reload", "snapshot", "ease", "bypass", "shrink"])


def act(run, action, name, new, pushed):
    """Does to a running graph what its user may; returns how many pictures the source has then been given."""
    engine = run.engine
    if action == "push":
        for picture in numbered_pictures(pushed + 5)[pushed:]:
            run.push(picture)
        return pushed + 5
    with contextlib.suppress(ConfigurationError):  # of nodes that this graph has not, or that nothing stands for
        {
            "pause": engine.pause, "resume": engine.resume, "step": engine.gate.step, "snapshot": engine.snapshot,
            "ease": lambda: engine.controls.set(name, "bad", []), "bypass": lambda: engine.controls.bypass(name, True),
            "reload": lambda: engine.rebuild(load_text(new, run.table)), "shrink": engine.crew.shrink,
        }[action]()  # fmt: skip
    return pushed


@PROFILE
@given(
    graphs("file", faults=False), st.lists(graphs("file", faults=False), min_size=1, max_size=3),
    st.lists(st.tuples(ACTIONS, st.sampled_from("bcdef")), max_size=12), st.sampled_from([0, 3, 12]),
)  # fmt: skip
def test_whatever_is_done_to_a_file_run_every_frame_comes_out_once_and_in_order(graph, news, actions, measured):
    pushed, news = 0, itertools.cycle(news)
    with GraphRun(graph, [Step], clock=ManualClock(), measured_frames=measured) as run:
        for action, name in actions:
            pushed = act(run, action, name, next(news), pushed)
        run.engine.resume()
        run.end_stream()
        result = run.wait()
    assert result.error is None
    check_books(result)
    assert [int(frame.image[0, 0, 0]) for frame in result.frames["z"]] == list(range(pushed))


def test_a_file_played_live_keeps_the_pace_of_its_time_stamps():
    clock = ManualClock()
    graph = "credits: 1\nnodes: {a: {type: listed}, g: {type: gated, in: a}, z: {type: collect, in: g, raw: true}}"
    with GraphRun(graph, clock=clock, live_source=False) as run:
        for picture in numbered_pictures(4):
            run.push(picture)
        run.end_stream()
        seen = []
        for _ in range(4):
            run.hold("g").wait_arrived()
            seen.append(clock.now())
            run.hold("g").release()
            run.engine.gate.wait_idle(20)
            clock.advance(40_000_000)
        result = run.wait()
    assert seen == [0, 40_000_000, 80_000_000, 120_000_000]
    assert [frame.captured_at for frame in result.frames["z"]] == seen

"""A graph that changes while frames flow: the ends stay open, no number is left out, and a broken change does nothing."""

import threading
from typing import ClassVar

import pytest

from runtime import Frame, node
from runtime.errors import ConfigurationError, DlcError, RunError
from runtime.placing import Placement
from runtime.testing import GraphRun, load_text, numbered_pictures

GRAPH = "mode: {mode}\nnodes:\n  a: {{type: listed}}\n{inner}  c: {{type: collect, in: {last}}}\n"


@node(ordered=True)
class Tally:
    """Counts the frames it has seen."""

    made: ClassVar[list] = []

    def __init__(self, *, start: int = 0) -> None:
        self.seen = start
        self.closed = False
        Tally.made.append(self)

    def __call__(self, frame: Frame, *, amount: int = 1) -> Frame:
        self.seen += amount
        return frame.with_image(frame.image, cleared=True)

    def close(self) -> None:
        self.closed = True


@node
def brighter(frame: Frame, *, by: int = 100) -> Frame:
    image = frame.editable()
    image += by
    return frame.with_image(image)


@node
class Unlucky:
    """Cannot be made."""

    def __init__(self) -> None:
        raise RunError("no luck today")

    def __call__(self, frame: Frame) -> Frame:
        return frame


NODES = [Tally, brighter, Unlucky]


def text(*inner, mode="file", last="b"):
    return GRAPH.format(mode=mode, last=last, inner="".join(f"  {line}\n" for line in inner))


B = "b: {type: tally, in: a}"


class Changing(GraphRun):
    """A run whose graph a test may change from another thread, as a desk does."""

    def change_to(self, new):
        self.engine.rebuild(load_text(new, self.table))


@pytest.fixture
def run():
    Tally.made.clear()
    with Changing(text(B), NODES, clock=None) as running:
        yield running


def push(run, count, first=0):
    for picture in numbered_pictures(first + count)[first:]:
        run.push(picture)


@pytest.mark.parametrize("measured", [0, 3])
@pytest.mark.parametrize("mode", ["file", "live"])
def test_the_source_and_the_sink_stay_open_and_no_number_is_left_out(mode, measured):
    Tally.made.clear()
    with Changing(text(B, mode=mode), NODES, measured_frames=measured, live_source=False) as run:
        push(run, 5)
        run.change_to(text(B, "d: {type: brighter, in: b}", mode=mode, last="d"))
        push(run, 5, first=5)
        run.end_stream()
        result = run.wait()
    assert result.error is None
    frames = result.frames["c"]
    assert [frame.seq for frame in frames] == list(range(len(frames)))
    assert frames[-1].image[0, 0, 0] == 109
    if mode == "file":
        assert [int(frame.image[0, 0, 0]) % 100 for frame in frames] == list(range(10))
    assert result.closed == {"c": True}


def test_a_node_that_is_the_same_goes_on_with_its_state(run):
    push(run, 4)
    assert run.engine.gate.wait_admitted(4, 20)
    run.change_to(text(B, "d: {type: brighter, in: b}", last="d"))
    push(run, 4, first=4)
    run.end_stream()
    result = run.wait()
    (tally,) = Tally.made
    assert tally.seen == 8
    assert result.snapshot.nodes["b"].calls == 8
    assert result.snapshot.nodes["d"].calls == 4


def test_a_node_whose_fixed_settings_change_is_made_anew_and_the_old_one_closed(run):
    run.change_to(text("b: {type: tally, in: a, start: 10}"))
    old, new = Tally.made
    assert old.closed
    assert not new.closed
    push(run, 1)
    run.end_stream()
    run.wait()
    assert new.seen == 11


def test_a_node_that_cannot_be_made_leaves_the_old_graph_running(run):
    with pytest.raises(DlcError, match="node 'd': no luck today"):
        run.change_to(text("b: {type: tally, in: a, start: 10}", "d: {type: unlucky, in: b}", last="d"))
    old, new = Tally.made
    assert new.closed
    assert not old.closed
    push(run, 3)
    run.end_stream()
    assert len(run.wait().frames["c"]) == 3
    assert old.seen == 3


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (text(B, mode="live"), "mode changes only with a new run"),
        ("quality: quality\n" + text(B), "quality changes only with a new run"),
        (text(B).replace("  c:", "  s: {type: collect, in: b}\n  c:"), "s is an end of the graph"),
    ],
)
def test_what_needs_a_new_run_is_refused(run, new, message):
    with pytest.raises(ConfigurationError, match=message):
        run.change_to(new)
    assert len(Tally.made) == 1


def test_what_was_changed_live_stays_unless_the_graph_says_something_new(run):
    run.engine.controls.set("b", "amount", 5)
    run.change_to(text(B, "d: {type: brighter, in: b}", last="d"))
    assert run.engine.controls.current.of["b"] == {"amount": 5}
    run.change_to(text("b: {type: tally, in: a, amount: 2}", "d: {type: brighter, in: b}", last="d"))
    assert run.engine.controls.current.of["b"] == {"amount": 2}


def test_a_paused_run_changes_too_and_stays_paused(run):
    run.engine.pause()
    run.change_to(text(B, "d: {type: brighter, in: b}", last="d"))
    assert run.engine.state == "paused"
    push(run, 2)
    run.engine.resume()
    run.end_stream()
    assert [int(frame.image[0, 0, 0]) for frame in run.wait().frames["c"]] == [100, 101]


def test_a_frame_under_way_is_finished_by_the_old_graph():
    with Changing(text("b: {type: gated, in: a}"), NODES) as run:
        push(run, 1)
        run.hold("b").wait_arrived()
        changed = threading.Event()
        change = threading.Thread(
            target=lambda: (
                run.change_to(text("b: {type: gated, in: a}", "d: {type: brighter, in: b}", last="d")),
                changed.set(),
            )
        )
        change.start()
        push(run, 1, first=1)
        run.hold("b").release(2)
        change.join(20)
        assert changed.is_set()
        run.end_stream()
        assert run.wait().frames["c"][0].image[0, 0, 0] == 0


def test_a_change_that_comes_after_the_end_is_refused(run):
    run.end_stream()
    run.wait()
    with pytest.raises(RunError, match="the graph was not changed: the run has ended"):
        run.change_to(text("b: {type: tally, in: a, start: 10}"))
    assert Tally.made[1].closed


def test_one_frame_goes_through_at_each_step_while_paused(run):
    run.engine.pause()
    push(run, 5)
    run.engine.gate.step()
    assert run.engine.gate.wait_admitted(1, 20)
    run.engine.gate.step()
    assert run.engine.gate.wait_admitted(2, 20)
    assert run.engine.gate.barred
    run.engine.resume()
    run.end_stream()
    assert len(run.wait().frames["c"]) == 5


def test_a_node_whose_networks_ran_on_a_device_may_leave_the_graph():
    both = text(B, "d: {type: tally, in: b}", last="d")
    place = lambda graph: Placement({node.name: "cuda:0" for node in graph.nodes if node.name in "bd"})  # noqa: E731
    with Changing(both, NODES, measured_frames=3, place=place) as run:
        push(run, 5)
        run.change_to(text(B))
        push(run, 5, first=5)
        run.end_stream()
        result = run.wait()
    assert result.error is None
    assert len(result.frames["c"]) == 10


def test_a_bypass_that_nothing_stands_for_any_more_ends():
    two = "mode: file\nnodes:\n  a: {type: listed}\n  g: {type: tally, in: a}\n  b: {type: mixed, in: INPUT}\n"
    two += "  c: {type: collect, in: b}\n"

    @node
    def mixed(frame: Frame, other: Frame | None = None) -> Frame:
        return frame

    with Changing(two.replace("INPUT", "{frame: g}"), [*NODES, mixed]) as run:
        run.engine.controls.bypass("b", on=True)
        run.change_to(two.replace("INPUT", "{frame: g, other: a}"))
        push(run, 3)
        run.end_stream()
        assert len(run.wait().frames["c"]) == 3

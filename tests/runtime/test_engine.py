"""What the engine promises: order, joins, tombstones, error policies, live settings, and a run that always ends."""

from typing import NamedTuple

import numpy as np
import pytest

from runtime import Faces, Frame, node
from runtime.errors import ConfigurationError, NodeError
from runtime.testing import GraphRun, numbered_pictures, run_graph

CHAIN = (
    "mode: {mode}\nnodes:\n  a: {{type: listed}}\n  b: {{type: {type}, in: a{extra}}}\n  c: {{type: collect, in: b}}\n"
)


def chain(kind, mode="file", extra=""):
    return CHAIN.format(type=kind, mode=mode, extra=extra)


def seqs(result, sink="c"):
    return [frame.seq for frame in result.frames[sink]]


@node
def add(frame: Frame, *, amount: int = 1) -> Frame:
    image = frame.editable()
    image += amount
    return frame.with_image(image, cleared=True)


@node
def fails_on_odd(frame: Frame) -> Frame:
    if frame.seq % 2:
        raise ValueError("odd")
    return frame.with_image(frame.image, cleared=True)


@node
def always_fails(frame: Frame) -> Frame:
    raise ValueError("no")


@node
def cleared(frame: Frame) -> Frame:
    return frame.with_image(frame.image, cleared=True)


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


def test_a_skipped_frame_is_a_tombstone_that_no_later_node_waits_for():
    result = run_graph(chain("fails_on_odd", "live"), [fails_on_odd], numbered_pictures(6))
    run = result.snapshot.run
    assert result.error is None
    assert run.frames_presented + run.skipped == run.frames_admitted
    assert all(seq % 2 == 0 for seq in seqs(result))
    assert result.snapshot.nodes["c"].skipped == run.skipped == result.snapshot.nodes["b"].errors


def test_a_tolerant_port_gets_none_for_a_skipped_frame():
    @node
    def fallback(made: Frame | None, raw: Frame) -> Frame:
        return (made or raw).with_image((made or raw).image, cleared=True)

    graph = """
    nodes:
      a: {type: listed}
      b: {type: fails_on_odd, in: a}
      f: {type: fallback, in: {made: b, raw: a}}
      c: {type: collect, in: f}
    """
    result = run_graph(graph, [fails_on_odd, fallback], numbered_pictures(1), frames=6)
    assert result.error is None
    assert result.snapshot.run.skipped == 0


def test_an_optional_port_may_stay_unconnected():
    @node
    def mark(frame: Frame, faces: Faces | None = None) -> Frame:
        assert faces is None
        return frame

    assert run_graph(chain("mark"), [mark]).error is None


def test_a_file_run_stops_at_the_first_error_and_says_which_node_and_frame():
    result = run_graph(chain("fails_on_odd"), [fails_on_odd], numbered_pictures(6))
    assert isinstance(result.error, NodeError)
    assert (result.error.node, result.error.seq) == ("b", 1)
    assert str(result.error).startswith("node 'b', frame 1: ValueError: odd (test_engine.py:")
    assert set(seqs(result)) <= {0}
    assert result.closed == {"c": False}


def test_repeat_gives_the_last_good_answer_with_the_time_of_its_own_frame():
    graph = chain("fails_on_odd", extra=", on_error: repeat")
    result = run_graph(graph, [fails_on_odd], numbered_pictures(6))
    assert result.error is None
    assert seqs(result) == list(range(6))
    assert [int(frame.image[0, 0, 0]) for frame in result.frames["c"]] == [0, 0, 2, 2, 4, 4]
    assert [frame.pts for frame in result.frames["c"]] == [picture.pts for picture in numbered_pictures(6)]
    assert result.snapshot.run.errors == 3


def test_repeat_without_a_good_answer_stops():
    result = run_graph(chain("always_fails", extra=", on_error: repeat"), [always_fails])
    assert isinstance(result.error, NodeError)


def test_ten_errors_in_a_row_end_a_live_run():
    with GraphRun(chain("always_fails", "live"), [always_fails]) as run:
        for picture in numbered_pictures(200):
            run.push(picture)
        run.end_stream()
        result = run.wait()
    errors = result.snapshot.nodes["b"].errors
    assert (errors >= 10) == isinstance(result.error, NodeError)


def test_an_answer_of_the_wrong_kind_is_an_error_of_the_node():
    @node
    def forgets(frame: Frame) -> Frame:
        return None

    result = run_graph(chain("forgets"), [forgets])
    assert str(result.error).startswith("node 'b', frame 0: answered None where its signature says Frame")


def test_a_frame_without_number_and_time_is_an_error_of_the_node():
    """It would be written at the time of no frame, and its age could not be told."""

    @node
    def anew(frame: Frame) -> Frame:
        return Frame(frame.image)

    result = run_graph(chain("anew"), [anew])
    assert "answered a frame without number and time; hand a picture on with frame.with_image" in str(result.error)


def test_an_earlier_frame_is_no_answer_and_its_picture_is():
    earlier = []

    @node
    def late(frame: Frame, *, whole: bool = True) -> Frame:
        earlier.append(frame)
        return earlier[0] if whole else frame.with_image(earlier[0].image)

    assert "answered frame 0 again" in str(run_graph(chain("late"), [late]).error)
    earlier.clear()
    assert run_graph(chain("late", extra=", whole: false"), [late]).error is None


def test_a_node_that_exits_ends_the_run_with_an_error():
    @node
    def leaves(frame: Frame) -> Frame:
        raise SystemExit(3)

    result = run_graph(chain("leaves"), [leaves])
    assert "SystemExit" in str(result.error)


def test_an_array_is_read_only_once_it_has_left_its_node():
    @node
    def scribble(frame: Frame) -> Frame:
        frame.image[:] = 0
        return frame

    assert "read-only" in str(run_graph(chain("scribble"), [scribble]).error)


def test_a_live_setting_changes_between_two_frames_in_all_stages_at_once():
    graph = """
    mode: file
    credits: 4
    nodes:
      a: {type: listed}
      b: {type: add, in: a, amount: 0}
      g: {type: gated, in: b}
      d: {type: add, in: g, amount: 0}
      c: {type: collect, in: d}
    """
    with GraphRun(graph, [add], cores=4) as run:
        pictures = numbered_pictures(1) * 4
        for picture in pictures[:2]:
            run.push(picture)
        run.hold("g").wait_arrived()
        run.engine.gate.hold_after(2)
        while run.engine.gate.admitted < 2:
            run.engine.gate.wait_idle(0.001)
        run.engine.controls.set("d", "amount", 10)
        run.engine.gate.hold_after(None)
        for picture in pictures[2:]:
            run.push(picture)
        run.end_stream()
        run.hold("g").release(4)
        result = run.wait()
    assert [int(frame.image[0, 0, 0]) for frame in result.frames["c"]] == [0, 0, 10, 10]
    assert result.snapshot.settings_version == 1


def test_settings_that_do_not_fit_are_refused_while_running():
    with GraphRun(chain("add"), [add], numbered_pictures(1)) as run:
        for node_name, setting, value in (("x", "amount", 1), ("b", "size", 1), ("b", "amount", "many")):
            with pytest.raises(ConfigurationError):
                run.engine.controls.set(node_name, setting, value)
        run.wait()


def test_a_paused_run_admits_nothing_until_it_resumes():
    with GraphRun(chain("add"), [add]) as run:
        run.engine.pause()
        for picture in numbered_pictures(3):
            run.push(picture)
        run.end_stream()
        assert run.engine.state == "paused"
        run.engine.resume()
        assert seqs(run.wait()) == [0, 1, 2]


def test_stopping_lets_frames_in_flight_come_out():
    with GraphRun(chain("gated")) as run:
        for picture in numbered_pictures(2):
            run.push(picture)
        run.hold("b").wait_arrived()
        run.engine.stop()
        run.hold("b").release(2)
        result = run.wait()
    assert 0 in seqs(result)
    assert result.closed == {"c": True}


def test_a_file_that_is_broken_off_is_closed_as_partial():
    with GraphRun(chain("gated")) as run:
        run.push(numbered_pictures(1)[0])
        run.hold("b").wait_arrived()
        run.engine.stop(partial=True)
        run.hold("b").release(2)
        assert run.wait().closed == {"c": False}


def test_a_live_sink_withholds_frames_that_are_not_cleared():
    @node
    def half(frame: Frame) -> Frame:
        return frame.with_image(frame.image, cleared=frame.seq % 2 == 0)

    with GraphRun(chain("half", "live"), [half]) as run:
        for picture in numbered_pictures(50):
            run.push(picture)
        run.end_stream()
        result = run.wait()
    stats = result.snapshot.run
    assert all(frame.cleared for frame in result.frames["c"])
    assert stats.frames_presented + stats.withheld == stats.frames_admitted
    assert stats.withheld == sum(seq % 2 for seq in range(stats.frames_admitted))


def test_an_answer_that_is_repeated_is_not_cleared_anew():
    @node
    def odd(frame: Frame) -> Frame:
        if frame.seq % 2:
            raise ValueError("odd")
        return frame.with_image(frame.image, cleared=True)

    with GraphRun(chain("odd", "live", ", on_error: repeat"), [odd], numbered_pictures(50)) as run:
        result = run.wait()
    assert all(frame.seq % 2 == 0 for frame in result.frames["c"])
    assert result.snapshot.run.withheld == result.snapshot.run.frames_admitted // 2


def test_a_raw_sink_shows_what_is_not_cleared():
    graph = "nodes:\n  a: {type: listed}\n  c: {type: collect, in: a, raw: true}\n"
    with GraphRun(graph) as run:
        run.push(numbered_pictures(1)[0])
        run.end_stream()
        assert run.wait().snapshot.run.frames_presented == 1


def test_only_the_newest_frame_waits_at_a_live_gate():
    graph = """
    credits: 1
    nodes: {a: {type: listed}, g: {type: gated, in: a}, c: {type: collect, in: g, raw: true}}
    """
    with GraphRun(graph) as run:
        pictures = numbered_pictures(5)
        run.push(pictures[0])
        run.hold("g").wait_arrived()
        for picture in pictures[1:]:
            run.push(picture)
        run.end_stream()
        while run.engine.gate.drops < 3:
            run.engine.gate.wait_idle(0.001)
        run.hold("g").release(2)
        result = run.wait()
    assert [int(frame.image[0, 0, 0]) for frame in result.frames["c"]] == [0, 4]
    assert seqs(result) == [0, 1]
    assert result.snapshot.run.drops == 3


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


def test_one_bad_frame_of_a_batch_fails_alone():
    @node
    class Picky:
        def __call__(self, frame: Frame) -> Frame:
            if frame.seq == 2:
                raise ValueError("two")
            return frame

        def batch(self, items):
            return [self(frame) for (frame,) in items]

    result = run_graph(chain("picky", extra=", batch: 4, on_error: repeat"), [Picky], numbered_pictures(8))
    assert result.error is None
    assert [int(frame.image[0, 0, 0]) for frame in result.frames["c"]] == [0, 1, 1, 3, 4, 5, 6, 7]


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


def test_a_node_that_cannot_be_made_is_reported_with_its_name():
    @node
    class Broken:
        def __init__(self) -> None:
            raise OSError("no such device")

        def __call__(self, frame: Frame) -> Frame:
            return frame

    with pytest.raises(Exception, match="node 'b': OSError: no such device"):
        run_graph(chain("broken"), [Broken])


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


def test_a_source_that_raises_ends_the_run_with_its_reason():
    from runtime import Picture, Source, StreamError, StreamInfo

    @node
    class Dies(Source):
        def info(self) -> StreamInfo:
            return StreamInfo(8, 8)

        def read(self) -> Picture | None:
            raise StreamError("cable out")

    result = run_graph("mode: file\nnodes: {a: {type: dies}, c: {type: collect, in: a}}", [Dies])
    assert str(result.error) == "cable out"

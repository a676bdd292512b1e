"""What becomes of an error: tombstones, repeats, and a run that ends with the reason."""

import pytest

from runtime import Faces, Frame, node
from runtime.errors import DlcError, NodeError, RunError
from runtime.testing import GraphRun, numbered_pictures, run_graph
from tests.runtime.chains import chain, fails_on_odd, seqs


@node
def always_fails(frame: Frame) -> Frame:
    raise ValueError("no")


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


def test_a_file_run_stops_at_the_first_error_and_says_which_node_and_frame():
    result = run_graph(chain("fails_on_odd"), [fails_on_odd], numbered_pictures(6))
    assert isinstance(result.error, NodeError)
    assert (result.error.node, result.error.seq) == ("b", 1)
    assert str(result.error).startswith("node 'b', frame 1: ValueError: odd (chains.py:")
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


def test_a_node_that_cannot_be_made_is_reported_with_its_name():
    @node
    class Broken:
        def __init__(self) -> None:
            raise OSError("no such device")

        def __call__(self, frame: Frame) -> Frame:
            return frame

    with pytest.raises(Exception, match="node 'b': OSError: no such device"):
        run_graph(chain("broken"), [Broken])


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

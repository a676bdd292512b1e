"""Live graphs: the newest frame waits, and a sink shows cleared frames only."""

from runtime import Frame, node
from runtime.testing import GraphRun, ManualClock, numbered_pictures
from tests.runtime.chains import chain, fails_on_odd, seqs


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
    graph = chain("fails_on_odd", "live", ", on_error: repeat")
    with GraphRun(graph, [fails_on_odd], numbered_pictures(50)) as run:
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

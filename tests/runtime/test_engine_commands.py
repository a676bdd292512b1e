"""What is asked of a run while it goes: another setting, a pause, an end."""

import pytest

from runtime.errors import ConfigurationError
from runtime.testing import GraphRun, numbered_pictures
from tests.runtime.chains import add, chain, seqs


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

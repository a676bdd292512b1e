"""What a dashboard sees of a run, and how it pauses, stops and eases it, over a real engine."""

import pytest

from runtime.testing import numbered_pictures
from runtime.view import Refused
from tests.runtime.desks import GRAPH, Run, until, write


def test_who_looked_while_it_loaded_sees_that_the_graph_is_to_be_read_again(file):
    run = Run(file)
    looked, graph = run.desk.now().graph_version, run.desk.graph()
    assert graph.version == looked
    with run:
        assert run.desk.now().graph_version != looked
        assert run.desk.graph().source != graph.source


@pytest.mark.parametrize(("head", "told"), [("", ""), ("profile: m3-pro\n", "m3-pro")])
def test_the_profile_is_told_where_the_graph_names_one(file, head, told):
    file.write_text(head + file.read_text())
    with Run(file) as run:
        assert run.desk.graph().profile == told


def test_before_the_engine_is_there_the_desk_says_what_is_loading(file):
    run = Run(file)
    run.desk.is_loading("mesh")
    assert [item.what for item in run.desk.now().loading] == ["mesh"]
    assert run.desk.now().state == "loading"
    assert [node.name for node in run.desk.graph().nodes] == ["a", "b", "c"]
    with pytest.raises(Refused, match="still loading"):
        run.desk.do("pause")
    with run:
        assert run.desk.now().state == "running"


def test_who_stops_a_run_that_still_loads_ends_it_before_its_first_frame(file):
    run = Run(file)
    assert run.desk.do("stop") == "ending as soon as it has loaded"
    for picture in numbered_pictures(3):
        run.push(picture)
    with run:
        assert run.wait().frames["c"] == []


def test_the_graph_is_told_with_its_edges_and_settings(run):
    graph = run.desk.graph()
    assert (graph.name, graph.mode, graph.file) == ("mine", "file", str(run.file))
    b = graph.nodes[1]
    assert (b.type, b.summary, b.bypass) == ("lighten", "Makes it lighter.", True)
    assert [(edge.port, edge.node, edge.kind) for edge in b.inputs] == [("frame", "a", "Frame")]
    by, how = b.settings
    assert (by.name, by.value, by.default, by.live, by.type, by.help) == (
        "by",
        "1",
        "0",
        True,
        "whole number",
        "how much.",
    )
    assert (how.value, how.choices) == ("true", ("true", "false"))
    assert not graph.nodes[0].bypass
    assert not graph.nodes[2].bypass


def test_counts_and_shares_are_those_of_the_engine(run):
    run.desk.now()
    run.put(8)
    now = run.desk.now()
    assert (now.presented, now.admitted, now.settings_version, now.graph_version) == (8, 8, 0, 0)
    b = now.nodes[1]
    assert (b.name, b.calls, sum(b.histogram)) == ("b", 8, 8)
    assert b.working + b.runnable + b.waiting + b.blocked == pytest.approx(1)
    assert now.fps > 0


def test_pause_step_and_resume(run):
    run.desk.do("pause")
    assert run.desk.now().state == "paused"
    for picture in numbered_pictures(3):
        run.push(picture)
    run.desk.do("step")
    assert run.engine.gate.wait_admitted(1, 20)
    assert run.engine.gate.admitted == 1
    run.desk.do("resume")
    with pytest.raises(Refused, match="while the run is paused\npause first"):
        run.desk.do("step")


def test_stop_ends_the_run_in_order(run):
    run.desk.do("stop")
    result = run.wait()
    assert result.error is None
    assert result.closed == {"c": False}  # a file graph that was not through
    assert run.desk.now().state == "ended"
    with pytest.raises(Refused, match="the run is ending"):
        run.desk.do("pause")


def test_an_unknown_command_is_refused(run):
    with pytest.raises(Refused, match="there is no command 'fly'"):
        run.desk.do("fly")


def test_a_picture_is_the_next_one_of_a_file_and_the_last_one_of_a_live_graph(tmp_path):
    file = tmp_path / "g.yaml"
    file.write_text(GRAPH.format(mode="live"))
    with Run(file) as run:
        run.put(2)
        name = str(tmp_path / "me.png")
        assert run.desk.do("picture", file=name) == f"saved {name}"
        ((frame, path, context),) = run.saved
        assert (frame.seq, str(path), context.mode) == (1, name, "live")
        (tmp_path / "there.png").touch()
        with pytest.raises(Refused, match="is there already"):
            run.desk.do("picture", file=str(tmp_path / "there.png"))


def test_a_run_that_does_not_adapt_has_no_ladder(run):
    assert run.desk.graph().ladder == ()
    with pytest.raises(Refused, match="this run does not adapt"):
        run.desk.do("step_quality", by=1)


def test_the_ladder_of_quality_is_walked_and_begins_anew_with_another_graph(tmp_path):
    file = tmp_path / "g.yaml"
    file.write_text(GRAPH.format(mode="live") + "adapt: true\nladder: [b.by=0, fps=15]\n")
    with Run(file) as run:
        assert run.desk.graph().ladder == ("b.by=0", "fps=15")
        run.put(1)
        run.desk.do("step_quality", by=-1)
        assert run.desk.do("step_quality", by=-1) == "a step down the ladder of quality"
        until(lambda: run.desk.now().step == 2)
        assert run.desk.now().state == "adapting"
        assert run.desk.graph().nodes[1].settings[0].value == "0"
        with pytest.raises(Refused, match="no setting was changed"):
            run.desk.do("save")  # what the engine has eased is not the user's wish
        with pytest.raises(Refused, match="by is 1 or -1"):
            run.desk.do("step_quality", by=2)
        write(
            run, ("  c: {type: collect, in: b}", "  d: {type: stamped, in: b, face: '20'}\n  c: {type: collect, in: d}")
        )
        run.desk.do("reload")
        assert run.desk.graph().nodes[1].settings[0].value == "1"
        assert run.desk.now().step == 0
        run.desk.do("step_quality", by=-1)
        until(lambda: run.desk.now().step == 1)

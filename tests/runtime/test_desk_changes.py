"""What a dashboard changes in a run: settings, nodes that are passed by, the graph itself; and what of it is saved."""

import pytest

from runtime.overrides import Override
from runtime.shortcuts import End
from runtime.view import Refused
from tests.runtime.desks import GRAPH, Run, write


def test_a_live_setting_changes_from_the_next_frame_on(run):
    run.put(1)
    assert run.last() == 1
    assert run.desk.do("set", setting="b.by", value="7") == "b.by is 7"
    run.put(1)
    assert run.last() == 7
    assert run.desk.graph().nodes[1].settings[0].value == "7"
    assert run.desk.now().settings_version == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"setting": "b.by", "value": "lots"}, "by of b wants a whole number, not the text 'lots'"),
        ({"setting": "b.bi", "value": "1"}, "setting 'bi' of b does not exist"),
        ({"setting": "x.by", "value": "1"}, "the graph has no node 'x'"),
        ({"setting": "b.by", "value": "[1"}, "syntax"),
        ({"setting": "b.by"}, "missing a required argument: 'value'"),
        ({"setting": "b.by", "value": 3}, "set: value does not take 3"),
    ],
)
def test_what_cannot_be_set_is_refused_in_the_words_of_the_check(run, arguments, message):
    with pytest.raises(Refused) as refused:
        run.desk.do("set", **arguments)
    assert message in str(refused.value)
    assert run.desk.now().settings_version == 0


def test_a_bypassed_node_is_passed_by(run):
    run.desk.do("bypass", node="b", on=True)
    run.put(1)
    assert run.last() == 0
    assert run.desk.now().nodes[1].bypassed
    run.desk.do("bypass", node="b", on=False)
    run.put(1)
    assert run.last() == 1


def test_ends_and_nodes_that_nothing_stands_for_are_not_bypassed(tmp_path):
    file = tmp_path / "g.yaml"
    file.write_text("mode: file\nnodes:\n  a: {type: listed}\n  f: {type: find, in: a}\n  u: {type: use, in: [a, f]}\n"
                    "  c: {type: collect, in: u}\n")  # fmt: skip
    with Run(file) as run:
        for name, message in (
            ("a", "only nodes between the ends"), ("f", "f cannot be switched off: it takes nothing that can stand for its Faces"),
            ("x", "no node 'x'"),
        ):  # fmt: skip
            with pytest.raises(Refused, match=message):
                run.desk.do("bypass", node=name, on=True)
        run.desk.do("bypass", node="u", on=True)


def test_in_a_live_graph_a_guard_covers_what_a_bypassed_node_does_not_give(tmp_path):
    file = tmp_path / "g.yaml"
    file.write_text("nodes:\n  a: {type: listed}\n  f: {type: find, in: a}\n  u: {type: use, in: [a, f]}\n"
                    "  g: {type: cover, in: {frame: u, raw: a}}\n  c: {type: collect, in: g}\n")  # fmt: skip
    with Run(file) as run:
        run.desk.do("bypass", node="f", on=True)
        run.put(2)
        assert run.engine.ledger.presented == 2
        assert run.desk.now().nodes[2].skipped == 2


def test_an_edit_of_a_live_setting_lands_at_once_and_rebuilds_nothing(run):
    run.put(1)
    write(run, ("by: 1", "by: 9"))
    assert run.desk.do("reload") == "b: by is 9"
    run.put(1)
    assert run.last() == 9
    assert run.desk.now().graph_version == 0


def test_an_edit_of_the_structure_rebuilds_and_keeps_the_numbers_dense(run):
    run.put(3)
    write(run, ("  c: {type: collect, in: b}", "  d: {type: stamped, in: b, face: '20'}\n  c: {type: collect, in: d}"))
    assert run.desk.do("reload") == "d added; c: inputs changed"
    run.put(3)
    assert run.last() == 21
    assert [frame.seq for frame in run._ends.frames["c"]] == list(range(6))
    assert (run.desk.now().graph_version, run.desk.graph().version) == (1, 1)


def test_a_broken_edit_leaves_the_old_graph_running_and_tells_all_that_is_wrong(run):
    run.put(1)
    write(run, ("by: 1", "bi: 1"), ("type: collect", "type: colect"))
    with pytest.raises(Refused) as refused:
        run.desk.do("reload")
    text = str(refused.value)
    assert "error[unknown-setting]: a lighten has no setting 'bi'" in text
    assert "did you mean 'collect'?" in text
    assert text.endswith("2 errors")
    run.put(1)
    assert run.last() == 1


def test_nothing_is_done_when_nothing_has_changed(run):
    assert run.desk.do("reload") == "nothing has changed"


def test_changed_settings_are_saved_with_comments_and_layout(run):
    with pytest.raises(Refused, match="no setting was changed"):
        run.desk.do("save")
    run.desk.do("set", setting="b.by", value="4")
    run.desk.do("set", setting="b.how", value="false")
    assert run.desk.do("save") == f"saved b.by, b.how in {run.file}"
    assert run.file.read_text() == GRAPH.format(mode="file").replace("by: 1}", "by: 4, how: false}")
    assert run.desk.do("reload") == "nothing has changed"
    with pytest.raises(Refused, match="no setting was changed"):
        run.desk.do("save")


@pytest.fixture
def stamped(tmp_path):
    """A graph whose node s has a face."""
    file = tmp_path / "g.yaml"
    file.write_text(
        "mode: file\nnodes:\n  a: {type: listed}\n  s: {type: stamped, in: a, face: '3'}\n  c: {type: collect, in: s}\n"
    )
    return file


def test_a_changed_face_makes_its_node_anew_and_is_saved(stamped):
    with Run(stamped) as run:
        run.put(1)
        assert run.last() == 3
        assert run.desk.do("set", setting="s.face", value="'5'") == "s: made anew"
        run.put(1)
        assert run.last() == 5
        assert run.desk.graph().nodes[1].settings[0].value == '"5"'
        with pytest.raises(Refused, match="invalid literal"):
            run.desk.do("set", setting="s.face", value="six")
        run.put(1)
        assert run.last() == 5
        run.desk.do("face", file="8")
        run.desk.do("save")
        assert 'face: "8"}' in stamped.read_text()


@pytest.mark.parametrize("given", ["-s", "--set"])
def test_a_face_of_the_command_line_can_be_changed_and_saved(stamped, given):
    values = {"ends": (End("-s", "4"),)} if given == "-s" else {"overrides": (Override.parse("s.face='4'"),)}
    with Run(stamped, **values) as run:
        assert run.desk.do("reload") == "s: made anew"  # the first graph was made without
        assert run.desk.do("face", file="8") == "s: made anew"
        run.put(1)
        assert run.last() == 8
        run.desk.do("save")
        run.put(1)
        assert run.last() == 8
        assert run.desk.do("reload") == "nothing has changed"


def test_a_graph_without_a_face_says_so(run):
    with pytest.raises(Refused, match="no node of the graph has a face"):
        run.desk.do("face", file="me.jpg")

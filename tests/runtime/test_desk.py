"""What a dashboard reads and commands, over a real engine."""

import logging
import select
import time

import pytest

from runtime import Faces, Frame, node
from runtime.desk import Desk
from runtime.log_ring import LogRing
from runtime.overrides import Override
from runtime.recipe import Recipe
from runtime.shortcuts import End
from runtime.testing import GraphRun, numbered_pictures
from runtime.view import Refused

GRAPH = """\
# Mine
mode: {mode}
nodes:
  a: {{type: listed}}
  b: {{type: lighten, in: a, by: 1}}   # how much
  c: {{type: collect, in: b}}
"""


@node
def lighten(frame: Frame, *, by: int = 0, how: bool = True) -> Frame:
    """Makes it lighter.

    Settings:
        by: how much.
        how: whether at all.
    """
    image = frame.editable()
    image += by
    return frame.with_image(image, cleared=True)


@node
class Stamped:
    """Adds what it was made with."""

    def __init__(self, *, face: str) -> None:
        self.number = int(face)

    def __call__(self, frame: Frame) -> Frame:
        image = frame.editable()
        image += self.number
        return frame.with_image(image)


@node
def find(frame: Frame) -> Faces:
    return Faces()


@node
def cover(frame: Frame | None, raw: Frame, *, hold_ms: int = 0) -> Frame:
    return raw.with_image(raw.image, cleared=True)


@node
def use(frame: Frame, faces: Faces) -> Frame:
    return frame.with_image(frame.image, cleared=True)


NODES = [lighten, Stamped, find, cover, use]


class Run(GraphRun):
    """A run of a graph file, with a desk."""

    def __init__(self, file, *, overrides=(), ends=(), **options):
        super().__init__(file.read_text(), NODES, file=file, **options)
        self.file = file
        self.saved = []
        self.desk = Desk(
            Recipe(file, self.table, overrides, ends),
            self.engine.graph,
            LogRing(),
            lambda *picture: self.saved.append(picture),
        )

    def __enter__(self):
        super().__enter__()
        self.desk.attach(self.engine)
        return self

    def put(self, count):
        first = self.engine.gate.admitted
        for picture in numbered_pictures(first + count)[first:]:
            admitted = self.engine.gate.admitted
            self.push(picture)
            assert self.engine.gate.wait_admitted(admitted + 1, 20)

    def last(self):
        return int(self._ends.frames["c"][-1].image[0, 0, 0]) - self._ends.frames["c"][-1].seq


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(GRAPH.format(mode="file"))
    return path


@pytest.fixture
def run(file):
    with Run(file) as running:
        yield running


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.02)


def write(run, *replacements):
    text = run.file.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    run.file.write_text(text)


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


def test_an_unknown_command_is_refused(run):
    with pytest.raises(Refused, match="there is no command 'fly'"):
        run.desk.do("fly")


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


def test_a_changed_face_makes_its_node_anew_and_is_saved(tmp_path):
    file = tmp_path / "g.yaml"
    file.write_text(
        "mode: file\nnodes:\n  a: {type: listed}\n  s: {type: stamped, in: a, face: '3'}\n  c: {type: collect, in: s}\n"
    )
    with Run(file) as run:
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
        assert 'face: "8"}' in file.read_text()


@pytest.mark.parametrize("given", ["-s", "--set"])
def test_a_face_of_the_command_line_can_be_changed_and_saved(tmp_path, given):
    file = tmp_path / "g.yaml"
    file.write_text(
        "mode: file\nnodes:\n  a: {type: listed}\n  s: {type: stamped, in: a, face: '3'}\n  c: {type: collect, in: s}\n"
    )
    values = {"ends": (End("-s", "4"),)} if given == "-s" else {"overrides": (Override.parse("s.face='4'"),)}
    with Run(file, **values) as run:
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


def test_equal_messages_are_one_line_with_a_count():
    ring = LogRing()

    def log(text, name="dlc"):
        ring.emit(logging.makeLogRecord({"name": name, "msg": text, "levelno": logging.WARNING}))

    for number in range(3):
        log(f"node 'x', frame {number}: no")
        log("other", "dlc.swapped")
    first = ring.after(-1)
    assert [(line.index, line.node, line.text, line.count) for line in first] == [
        (0, "", "node 'x', frame 2: no", 3), (1, "swapped", "other", 3),
    ]  # fmt: skip
    assert ring.after(1) == ()
    log("node 'x', frame 9: no")
    log("new")
    assert [(line.index, line.count) for line in ring.after(1)] == [(0, 4), (2, 1)]


def test_the_log_is_bounded():
    ring = LogRing()
    for number in range(3000):
        ring.emit(logging.makeLogRecord({"name": "dlc", "msg": f"message {number}", "levelno": logging.INFO}))
    lines = ring.after(-1)
    assert len(lines) == 1000
    assert lines[-1].index == 2999
    ring.emit(logging.makeLogRecord({"name": "dlc", "msg": "x" * 99999, "levelno": logging.INFO}))
    assert len(ring.after(2999)[0].text) == 4000

"""From text to graph: edges by kind, settings, overrides, and messages that name the place."""

from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import pytest

from runtime import Address, Faces, Frame, InputFile, IsModel, Patches, Sink, Source, StreamInfo, node
from runtime.codes import Code
from runtime.document import parse_document
from runtime.errors import GraphError
from runtime.loading import load_graph
from runtime.overrides import Override
from runtime.shortcuts import End
from runtime.signature import spec_of
from runtime.table import NodeTable
from runtime.testing import load_text


@node
class Camera(Source):
    def __init__(self, *, uri: Address = "auto") -> None: ...
    def info(self) -> StreamInfo: ...
    def read(self): ...


@node
def find(frame: Frame, *, least: int = 1) -> Faces: ...


@node
class Swap:
    def __init__(self, *, face: InputFile) -> None: ...
    def __call__(self, frame: Frame, faces: Faces) -> Patches: ...


@node
def blend(frame: Frame, patches: Patches) -> Frame: ...


@node
def mix(left: Frame, right: Frame) -> Frame: ...


@node
class Screen(Sink):
    def __init__(self, *, to: Address = "auto") -> None: ...
    def write(self, frame: Frame) -> None: ...


TABLE = NodeTable(spec_of(definition) for definition in (Camera, find, Swap, blend, mix, Screen))
GOOD = """\
name: good
nodes:
  camera: {type: camera}
  faces: {type: find, in: camera}
  swapped: {type: swap, in: [camera, faces], face: me.jpg}
  out: {type: blend, in: {frame: camera, patches: swapped}}
  screen: {type: screen, in: out}
"""


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """The files that the graphs name, in the working directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("me.jpg", "you.jpg", "clip.mp4"):
        (tmp_path / name).touch()


def load(text, *overrides, file=None):
    return load_text(text, TABLE, overrides, file)


def complaints(text, *overrides):
    with pytest.raises(GraphError) as caught:
        load(text, *overrides)
    return [str(item) for item in caught.value.diagnostics]


def test_inputs_are_resolved_by_kind_and_nodes_stand_in_order():
    graph = load(GOOD)
    assert [item.name for item in graph.nodes] == ["camera", "faces", "swapped", "out", "screen"]
    assert dict(graph.node("swapped").inputs) == {"frame": ("camera", ""), "faces": ("faces", "")}


def test_paths_start_at_the_graph_file_and_those_of_the_command_line_at_the_working_directory(tmp_path):
    file = tmp_path / "graphs" / "g.yaml"
    file.parent.mkdir()
    (file.parent / "me.jpg").touch()
    assert load(GOOD, file=file).node("swapped").fixed.face == str(file.parent / "me.jpg")
    graph = load(GOOD, "swapped.face=you.jpg", "camera.uri=clip.mp4", file=file)
    assert graph.node("swapped").fixed.face == str(Path.cwd() / "you.jpg")
    assert graph.node("camera").fixed.uri == str(Path.cwd() / "clip.mp4")


@pytest.mark.parametrize("address", ["auto", "window", "camera:0", "demo:", "null:"])
def test_words_and_schemes_are_no_paths(address):
    assert (
        load(GOOD.replace("camera: {type: camera}", f"camera: {{type: camera, uri: '{address}'}}"))
        .node("camera")
        .fixed.uri
        == address
    )


def test_overrides_reach_nodes_and_top_level_keys_and_are_typed():
    graph = load(GOOD, "faces.least=4", "mode=file", "credits=2")
    assert (graph.node("faces").live.least, graph.mode, graph.credits) == (4, "file", 2)
    assert complaints(GOOD, "faces.least=many") == [
        "--set: error[wrong-type]: least of faces wants a whole number, not the text 'many'"
    ]


def test_a_graph_needs_a_source_and_a_sink():
    assert any("no-sink" in line for line in complaints("nodes:\n  c: {type: camera}\n"))
    assert any("no-source" in line for line in complaints("nodes:\n  s: {type: screen, in: s}\n"))


def test_skipping_is_refused_in_file_mode():
    assert any(
        "on-error" in line for line in complaints(GOOD.replace("type: find", "on_error: skip, type: find"), "mode=file")
    )


class Only(NamedTuple):
    left: Frame


@node
def only(frame: Frame) -> Only: ...


@node
def stack(frame: Frame, under: Frame | None = None) -> Frame: ...


def test_a_single_output_with_a_name_is_found_by_the_nodes_name_alone():
    graph = load_text(
        "nodes: {c: {type: camera}, o: {type: only, in: c}, s: {type: screen, in: o}}",
        NodeTable(spec_of(definition) for definition in (Camera, only, Screen)),
    )
    assert dict(graph.node("s").inputs) == {"frame": ("o", "left")}


def test_a_node_that_feeds_a_needed_input_does_not_feed_an_optional_one_as_well():
    table = NodeTable(spec_of(definition) for definition in (Camera, stack, Screen))
    graph = load_text("nodes: {c: {type: camera}, o: {type: stack, in: c}, s: {type: screen, in: o}}", table)
    assert dict(graph.node("o").inputs) == {"frame": ("c", "")}


def test_a_disabled_node_is_passed_by():
    text = GOOD.replace("in: out}", "in: again}") + "  again: {type: mix, in: {left: out, right: camera}}\n"
    assert any("cannot be switched off" in line for line in complaints(text, "again.enabled=false"))
    graph = load(GOOD, "out.enabled=false")
    assert graph.node("screen").inputs == {"frame": ("camera", "")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 16:9", {"a": "16:9"}),
        ("a: on", {"a": "on"}),
        ("a: yes", {"a": "yes"}),
        ("a: 010", {"a": 10}),
        ("a: 1e5", {"a": 1e5}),
        ("a: [true, null, ~, -3, 2.5, .5, '1']", {"a": [True, None, None, -3, 2.5, 0.5, "1"]}),
        ("a: 2026-11-22", {"a": "2026-11-22"}),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}", {"a": {"b": 1}, "c": {"b": 1, "d": 2}}),
    ],
)
def test_yaml_has_no_surprises(text, expected):
    assert parse_document(text).data == expected


@pytest.mark.parametrize(
    "text", ["", "a: 1\na: 2", "1: a", "true: a", "a: [", "a: *nowhere", "a: !!python/name:os.system x"]
)
def test_broken_yaml_is_a_graph_error(text):
    with pytest.raises(GraphError):
        parse_document(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null:", "null:"),
        ("3", 3),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ("'4'", "4"),
        ("", ""),
        ("a: b", "a: b"),
        ("null", None),
    ],
)
def test_a_value_from_the_command_line_is_one_scalar_unless_it_says_otherwise(text, value):
    assert Override.parse(f"a.b={text}").value == value


def test_a_value_for_an_end_finds_the_one_node_that_it_means(tmp_path):
    graph = tmp_path / "g.yaml"
    graph.write_text(GOOD)
    (tmp_path / "me.jpg").touch()
    loaded = load_graph(graph, TABLE, [], [End("-t", "demo:"), End("-o", "null:")])
    assert (loaded.node("camera").fixed.uri, loaded.node("screen").fixed.to) == ("demo:", "null:")


def test_two_options_may_say_the_same_and_the_last_of_several_sets_holds(tmp_path):
    graph = tmp_path / "g.yaml"
    graph.write_text(GOOD)
    (tmp_path / "me.jpg").touch()
    sets = [Override.parse("screen.to=window"), Override.parse("nodes.screen.to='null:'")]
    assert load_graph(graph, TABLE, sets, [End("-o", "null:")]).node("screen").fixed.to == "null:"


def test_other_flags_do_not_win_over_a_set_in_silence(tmp_path):
    graph = tmp_path / "g.yaml"
    graph.write_text(GOOD)
    (tmp_path / "me.jpg").touch()
    with pytest.raises(GraphError) as caught:
        load_graph(graph, TABLE, [Override.parse("profile=cpu"), Override("profile", "m1", "--profile", "m1")])
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == (Code.SET_TWICE, "--profile and --set give profile two values")


def test_a_switched_off_node_is_no_end(tmp_path):
    graph = tmp_path / "g.yaml"
    graph.write_text(GOOD + "  other: {type: screen, in: out}\n")
    (tmp_path / "me.jpg").touch()
    off = [Override.parse("other.enabled=false")]
    assert load_graph(graph, TABLE, off, [End("-o", "null:")]).node("screen").fixed.to == "null:"


def test_a_plug_in_is_run_once_for_a_graph(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import pathlib\nfrom runtime import Frame, node\n\n"
        "log = pathlib.Path(__file__).with_name('runs')\nlog.write_text(log.read_text() + 'x' if log.exists() else 'x')\n\n"
        "@node\ndef flip(frame: Frame) -> Frame:\n    return frame\n"
    )
    (tmp_path / "me.jpg").touch()
    graph = tmp_path / "g.yaml"
    graph.write_text(GOOD.replace("name: good", "plugins: [mine.py]"))
    load_graph(graph, TABLE, [Override.parse("mode=file")], [End("-t", "demo:"), End("-o", "null:")])
    assert (tmp_path / "runs").read_text() == "x"


def test_a_plug_in_file_brings_node_types(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from runtime import Frame, node\n\n@node\ndef flip(frame: Frame) -> Frame:\n    return frame\n"
    )
    graph = tmp_path / "g.yaml"
    graph.write_text(
        GOOD.replace("name: good", "plugins: [mine.py]").replace("in: out}", "in: f}") + "  f: {type: flip, in: out}\n"
    )
    assert load_graph(graph, TABLE).node("f").spec.name == "flip"


def test_a_model_that_is_not_here_is_found_with_what_it_needs_unless_its_node_is_switched_off():
    @node
    def dress(frame: Frame, *, model: Annotated[Literal["plain", "big"], IsModel()] = "big") -> Frame:
        return frame

    lacking = {"plain": [], "big": ["small", "other"]}
    table = NodeTable((spec_of(definition) for definition in (Camera, dress, Screen)), lacking.__getitem__)
    text = "nodes:\n  a: {type: camera}\n  b: {type: dress, in: a}\n  c: {type: screen, in: b, raw: true}\n"
    with pytest.raises(GraphError) as caught:
        load_text(text, table)
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == (Code.MISSING_MODEL, "the model big needs small, other: not here")
    assert found.help == "get it with: python dlc.py models pull big"
    load_text(text, table, ["b.model=plain"])
    load_text(text, table, ["b.enabled=false"])

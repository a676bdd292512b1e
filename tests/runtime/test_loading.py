"""From text to graph: edges by kind, settings, overrides, and messages that name the place."""

from pathlib import Path

import pytest

from runtime import Address, Faces, Frame, InputFile, Patches, Sink, Source, StreamInfo, node
from runtime.document import parse_document
from runtime.errors import ConfigurationError, GraphError
from runtime.loading import load_graph
from runtime.overrides import Override
from runtime.shortcuts import shortcut
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


def test_paths_start_at_the_graph_file_and_those_of_the_command_line_at_the_working_directory():
    file = Path("/somewhere/graphs/g.yaml")
    assert load(GOOD, file=file).node("swapped").fixed.face == "/somewhere/graphs/me.jpg"
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
        "--set faces.least=many: error[int-type]: least: input should be a valid integer"
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("type: find", "type: fnd", "<graph>:4:17: error[unknown-type]: there is no node type 'fnd'; did you mean 'find'?"),
        ("in: [camera, faces]", "in: [camera, face]", "<graph>:5:29: error[unknown-node]: there is no node 'face'; did you mean 'faces'?"),
        ("in: [camera, faces]", "in: [camera]", "<graph>:5:29: error[ambiguous-input]: input 'faces' of swapped wants Faces, and none of them gives that: write in: {frame: NODE, faces: NODE}"),
        ("type: blend, in: {frame: camera, patches: swapped}", "type: mix, in: camera", "<graph>:6:24: error[ambiguous-input]: input 'left' of out wants Frame, and several of them fit: write in: {left: NODE, right: NODE}"),
        ("patches: swapped", "patches: faces", "<graph>:6:51: error[kind]: input 'patches' of out wants Patches, faces gives Faces"),
        ("patches: swapped", "patch: swapped", "<graph>:6:42: error[unknown-port]: blend has no input 'patch'; it takes frame (Frame), patches (Patches)"),
        ("face: me.jpg", "faze: me.jpg", "<graph>:5:46: error[unknown-setting]: swap has no setting 'faze'; did you mean 'face'?"),
        ("type: find, in: camera", "type: find, in: camera, least: x", "<graph>:4:42: error[int-type]: least: input should be a valid integer"),
        ("in: out}", "in: out, workers: 2}", "<graph>:7:44: error[workers]: screen sees all frames in order and cannot have several workers"),
        ("type: screen, in: out", "type: screen, in: swapped", "<graph>:7:30: error[ambiguous-input]: input 'frame' of screen wants Frame, and none of them gives that: write in: {frame: NODE}"),
        ("type: find, in: camera", "type: find, in: camera, batch: 2", "<graph>:4:42: error[batch]: find takes one frame at a time and has no batch"),
        ("in: camera}", "in: screen}", "<graph>:4:27: error[no-output]: screen is a sink and gives nothing"),
        ("in: camera}", "in: camera.faces}", "<graph>:4:27: error[unknown-output]: camera has no output 'faces'; write camera alone"),
        ("name: good", "quality: best", "<graph>:1:10: error[value]: quality is one of performance, balanced, quality, not 'best'"),
        ("name: good", "nam: good", "<graph>:1:1: error[extra-forbidden]: the graph has no setting 'nam'"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_where_it_stands(old, new, expected):
    assert expected in complaints(GOOD.replace(old, new, 1))


def test_all_mistakes_are_reported_at_once():
    bad = GOOD.replace("type: find", "type: fnd").replace("me.jpg", "[1]").replace("in: out", "in: aut")
    assert len(complaints(bad)) >= 3


def test_a_circle_is_named_node_by_node():
    text = "nodes:\n  c: {type: camera}\n  a: {type: mix, in: {left: b, right: c}}\n  b: {type: mix, in: {left: a, right: c}}\n  s: {type: screen, in: a}\n"
    assert any("the nodes run in a circle: a -> b -> a" in line or "b -> a -> b" in line for line in complaints(text))


def test_a_graph_needs_a_source_and_a_sink():
    assert any("no-sink" in line for line in complaints("nodes:\n  c: {type: camera}\n"))
    assert any("no-source" in line for line in complaints("nodes:\n  s: {type: screen, in: s}\n"))


def test_skipping_is_refused_in_file_mode():
    assert any(
        "on-error" in line for line in complaints(GOOD.replace("type: find", "on_error: skip, type: find"), "mode=file")
    )


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


def test_shortcuts_find_the_one_node_that_they_mean():
    graph = load(GOOD)
    assert shortcut("-s", "x.jpg", graph) == Override("swapped.face", "x.jpg", "-s x.jpg")
    assert shortcut("-t", "demo:", graph).path == "camera.uri"
    assert shortcut("-o", "null:", graph).path == "screen.to"
    two = load(GOOD + "  other: {type: screen, in: out}\n")
    with pytest.raises(ConfigurationError, match=r"--set screen\.to=x or --set other\.to=x"):
        shortcut("-o", "x", two)


def test_a_plug_in_file_brings_node_types(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from runtime import Frame, node\n\n@node\ndef flip(frame: Frame) -> Frame:\n    return frame\n"
    )
    graph = tmp_path / "g.yaml"
    graph.write_text(
        GOOD.replace("name: good", "plugins: [mine.py]").replace("in: out}", "in: f}") + "  f: {type: flip, in: out}\n"
    )
    assert load_graph(graph, TABLE).node("f").spec.name == "flip"
    (tmp_path / "mine.py").write_text("x = 1\n\n1 / 0\n")
    with pytest.raises(ConfigurationError, match=r"mine.py:3: plug-in cannot be imported: ZeroDivisionError"):
        load_graph(graph, TABLE)

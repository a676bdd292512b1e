"""A copied graph is the same text, and what it names is still found."""

import contextlib
import os
from pathlib import Path

import pytest

from commands.common import GRAPHS, node_table, shipped_graphs
from runtime.document import read_document
from runtime.errors import ConfigurationError, GraphError
from runtime.graph_copy import copy_text, moved
from runtime.loading import load_graph

TABLE = node_table(runs=False)

PLUGIN = """
from runtime import Frame, InputFile, Sink, node

@node
def overlay(frame: Frame, *, pictures: list[InputFile], mask: InputFile | None = None) -> Frame: ...

@node
class Branded(Sink):
    def __init__(self, *, logo: InputFile) -> None: ...
    def write(self, frame: Frame) -> None: ...
"""

ABSOLUTE = GRAPHS.parent / "assets" / "source_a.jpg"
GRAPH = f"""\
# Mine.\r
# yaml-language-server: $schema=../schemas/my.json\r
name: 'old'   # its name\r
mode: file\r
plugins: [nodes/overlay.py]\r
nodes:\r
  a: {{type: source, uri: &clip clips/one.mp4}}  # "clips/one.mp4"\r
  b:\r
    type: overlay\r
    in: a\r
    pictures: ["pics/it's.png", {ABSOLUTE}, 'pics/two.png',\r
               ~/home.png]\r
    mask: pics/mäsk.png\r
  c: {{type: source, uri: *clip, enabled: false}}\r
  d: {{type: sink, in: b, to: out.mp4}}\r
  e: {{type: branded, in: b, logo: pics/logo.png}}\r
"""


@pytest.fixture
def original(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "home.png").touch()
    folder = tmp_path / "old"
    (folder / "nodes").mkdir(parents=True)
    (folder / "nodes" / "overlay.py").write_text(PLUGIN)
    for name in ("clips/one.mp4", "pics/it's.png", "pics/two.png", "pics/mäsk.png", "pics/logo.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    file = folder / "g.yaml"
    file.write_bytes(GRAPH.encode())
    return file


def copied(file, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(copy_text(file, target, TABLE).encode())
    return target


def settings(graph):
    """The settings of each node, whichever way their paths go."""
    return {node.name: plain(node.fixed.model_dump() | node.live.model_dump()) for node in graph.nodes}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return os.path.normpath(value) if isinstance(value, str) and value.startswith("/") else value


@pytest.mark.parametrize("file", shipped_graphs().values(), ids=lambda file: file.stem)
@pytest.mark.parametrize("place", ["here", "a/b/c d"])
def test_a_copy_of_a_shipped_graph_loads_with_the_same_settings(file, place, tmp_path):
    target = copied(file, tmp_path / place / "mine.yaml")
    graph = load_graph(target, TABLE)
    assert graph.name == "mine"
    assert settings(graph) == settings(load_graph(file, TABLE))
    before, after = file.read_text().splitlines(), target.read_text().splitlines()
    changed = [old for old, new in zip(before, after, strict=True) if old != new]
    assert all(line.startswith(("name:", "# yaml-language-server")) or "assets/" in line for line in changed)


def test_a_copy_beside_the_original_differs_in_its_name_only():
    file = GRAPHS / "live_quality.yaml"
    text = copy_text(file, GRAPHS / "other.yaml", TABLE)
    assert text == file.read_text().replace("name: live_quality", "name: other")


def test_only_paths_and_the_name_change(original):
    text = copied(original, original.parents[1] / "new" / "mine.yaml").read_bytes().decode()
    expected = (
        GRAPH.replace("'old' ", "mine ")
        .replace("[nodes/overlay.py]", "[../old/nodes/overlay.py]")
        .replace("&clip clips/one.mp4", "&clip ../old/clips/one.mp4")
        .replace('"pics/it\'s.png"', '"../old/pics/it\'s.png"')
        .replace("'pics/two.png'", "../old/pics/two.png")
        .replace("pics/mäsk.png", "../old/pics/mäsk.png")
        .replace("pics/logo.png", "../old/pics/logo.png")
    )
    assert text == expected


def test_a_copy_finds_all_files_and_writes_beside_itself(original):
    target = copied(original, original.parents[1] / "new" / "deep" / "mine.yaml")
    after, before = settings(load_graph(target, TABLE)), settings(load_graph(original, TABLE))
    assert after["d"].pop("to") == str(target.parent / "out.mp4")
    assert before["d"].pop("to") == str(original.parent / "out.mp4")
    assert after == before
    nodes = read_document(target).data["nodes"]
    assert nodes["c"]["uri"] == nodes["a"]["uri"] == "../../old/clips/one.mp4"


def test_the_editors_comment_names_a_uri_where_a_path_would_have_spaces(tmp_path):
    (tmp_path / "my graphs").mkdir()
    file = tmp_path / "my graphs" / "g.yaml"
    file.write_text(
        "# yaml-language-server: $schema=schema.json\nnodes:\n  a: {type: source}\n  b: {type: sink, in: a, to: 'null:'}\n"
    )
    text = copy_text(file, tmp_path / "mine.yaml", TABLE)
    assert f"$schema={(tmp_path / 'my graphs' / 'schema.json').as_uri()}\n" in text
    assert "%20" in text


@pytest.mark.parametrize("schema", ["https://example.org/schema.json", "/abs/olute.json"])
def test_an_address_of_a_schema_that_means_the_same_everywhere_stays(schema, tmp_path):
    file = tmp_path / "g.yaml"
    file.write_text(
        f"# yaml-language-server: $schema={schema}\nnodes: {{a: {{type: source}}, b: {{type: sink, in: a}}}}\n"
    )
    assert copy_text(file, tmp_path / "x" / "mine.yaml", TABLE) == file.read_text()


def test_a_graph_that_does_not_check_is_not_copied(tmp_path):
    file = tmp_path / "g.yaml"
    file.write_text("nodes: {a: {type: sorce}}\n")
    with pytest.raises(GraphError, match="sorce"):
        copy_text(file, tmp_path / "mine.yaml", TABLE)


def test_the_shorter_way_to_a_file_is_taken(tmp_path):
    assert moved("../assets/x.jpg", tmp_path / "graphs", tmp_path) == "assets/x.jpg"
    assert moved("x.jpg", tmp_path, Path("/")) == (tmp_path / "x.jpg").relative_to("/").as_posix()
    far = tmp_path / "/".join("abcdefghijklmnopqrstuvwxyz" * 2)
    assert moved("x.jpg", tmp_path, far) == (tmp_path / "x.jpg").as_posix()


def test_a_path_that_is_merged_from_elsewhere_is_moved_or_told_of(tmp_path):
    (tmp_path / "one.mp4").touch()
    file = tmp_path / "g.yaml"
    file.write_text(
        "nodes:\n  a: &a {type: source, uri: one.mp4}\n  b: {<<: *a}\n  c: {type: sink, in: a, to: 'null:'}\n"
    )
    target = tmp_path / "x" / "mine.yaml"
    with contextlib.suppress(ConfigurationError):
        copied(file, target)
        assert settings(load_graph(target, TABLE))["b"]["uri"] == str(tmp_path / "one.mp4")

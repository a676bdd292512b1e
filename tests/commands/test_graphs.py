"""`graphs` and `new`: what a newcomer starts from."""

import json
import re

import pytest

from commands.common import node_table, shipped_graphs
from commands.graphs import graphs, new
from runtime.errors import ConfigurationError
from runtime.loading import load_graph


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_shipped_graphs_are_listed_with_what_they_are_for(capsys):
    graphs()
    said = capsys.readouterr().out
    assert said.startswith(
        "live_balanced (live, balanced)\n"
        "  Live face swap at 960x540 and 30 fps: the graph to begin with.\n"
        "  Camera (or the bundled clip where there is none), one source face,"
    )
    assert "\nswap_video (file)\n" in said
    assert "yaml-language-server" not in said
    assert [line for line in said.splitlines() if len(line) > 80] == []


def test_programs_get_them_as_json(capsys):
    graphs("json")
    listed = {graph["name"]: graph for graph in json.loads(capsys.readouterr().out)}
    assert list(listed) == list(shipped_graphs())
    assert (listed["live_quality"]["mode"], listed["live_quality"]["quality"]) == ("live", "quality")
    assert (listed["swap_image"]["mode"], listed["swap_image"]["quality"]) == ("file", None)
    assert all(graph["description"] and graph["comment"] for graph in listed.values())


@pytest.mark.parametrize("name", ["mine", "mine.yaml"])
def test_a_new_graph_is_a_copy_of_the_default_one_that_loads(name, here, capsys):
    new(name)
    graph = load_graph(here / "mine.yaml", node_table())
    assert graph.name == "mine"
    assert any(node.files() for node in graph.of_role("node"))
    assert (here / "mine.yaml").read_text().startswith("# Live face swap at 960x540")
    assert re.search(r"^  \S.* run mine\.yaml$", capsys.readouterr().out, re.MULTILINE)


def test_a_new_graph_for_files_is_told_with_the_files_that_it_wants(here, capsys):
    new("clip", "swap_video")
    assert load_graph(here / "clip.yaml", node_table()).mode == "file"
    assert "run clip.yaml -s FACE -t TARGET -o OUTPUT" in capsys.readouterr().out


def test_a_new_graph_may_be_a_copy_of_ones_own(here):
    new("first")
    new("second", "first.yaml")
    assert (here / "second.yaml").read_text() == (here / "first.yaml").read_text().replace(
        "name: first", "name: second"
    )


@pytest.mark.parametrize(
    ("name", "origin", "message"),
    [
        ("there", "live_balanced", "there.yaml exists already; choose another name"),
        ("a/b", "live_balanced", "'a/b' is no name for a graph: use letters, digits, _ and - only"),
        ("..", "live_balanced", "is no name for a graph"),
        ("-x", "live_balanced", "is no name for a graph"),
        (".yaml", "live_balanced", "is no name for a graph"),
        ("live_quality", "live_balanced", "live_quality is the name of a shipped graph; choose another"),
        ("mine", "live_balancd", "there is no graph 'live_balancd'"),
        ("mine", "there.yaml", "there is no node type 'sorce'"),
    ],
)
def test_a_graph_that_cannot_be_made_is_one_plain_message_and_no_file(name, origin, message, here):
    (here / "there.yaml").write_text("nodes: {a: {type: sorce}}\n")
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        new(name, origin)
    assert [file.name for file in here.iterdir()] == ["there.yaml"]
    assert (here / "there.yaml").read_text() == "nodes: {a: {type: sorce}}\n"

"""`plan` and `calibrate` with real graphs, networks and clips."""

import json

import pytest
import typer

from commands.common import graph_file, node_table
from commands.execution import batch_overrides, key_overrides
from commands.plan import calibrate, plan
from commands.planning import Workshop
from commands.run import run
from runtime.errors import ConfigurationError
from runtime.loading import load_graph
from runtime.testing import load_text


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DLC_CACHE", str(tmp_path / "cache"))


def test_a_plan_measures_once_and_then_tells_without_running(capsys, monkeypatch):
    plan("swap_image", form="json")
    first = json.loads(capsys.readouterr().out)
    monkeypatch.setattr(Workshop, "calibrate", None)
    plan("swap_image", form="json")
    assert json.loads(capsys.readouterr().out) == first
    assert {name: node["device"] for name, node in first["nodes"].items()}["faces"] == "cpu"
    assert first["here"] is True
    assert first["nodes"]["picture"]["ms"] < 100, "a picture is read before the first frame is timed"
    plan("swap_image", profile="m1")
    assert "predicted, not run on a Mac" in capsys.readouterr().out


def test_a_plan_is_compared_with_what_a_run_measured(capsys, tmp_path):
    metrics = tmp_path / "m.json"
    with pytest.raises(typer.Exit):
        run("swap_image", output=str(tmp_path / "o.png"), metrics=metrics)
    plan("swap_image", output=str(tmp_path / "o.png"), compare=metrics)
    out = capsys.readouterr().out
    assert "predicted   measured" in out
    assert "swapped" in out
    with pytest.raises(ConfigurationError, match="no metrics file"):
        plan("live_balanced", compare=metrics, form="text")


def test_a_plan_measures_the_source_that_it_is_asked_about(caplog):
    plan("live_balanced", target="demo:")
    assert "cannot be opened" not in caplog.text


def test_the_rate_to_hold_is_planned_for_without_being_measured_anew(capsys, monkeypatch):
    plan("live_balanced", sets=["target_fps=10"])
    monkeypatch.setattr(Workshop, "calibrate", None)
    for sets, fps in ((["target_fps=10"], 10), (None, 30)):
        capsys.readouterr()
        plan("live_balanced", form="json", sets=sets)
        assert f"{fps} fps x" in json.loads(capsys.readouterr().out)["reasons"][-1]


def test_calibrate_says_what_nodes_and_networks_cost(capsys):
    calibrate("swap_image")
    out = capsys.readouterr().out
    assert "blazeface_full" in out
    assert "ms CPU" in out


def test_flags_are_values_for_keys():
    overrides = key_overrides("m3-pro", "cpu", "512 MiB")
    assert {item.path: item.value for item in overrides} == {
        "profile": "m3-pro", "max_memory": "512 MiB", "device": "cpu",
    }  # fmt: skip
    assert key_overrides(None, None, "100000000")[0].value == 100_000_000


def test_a_batch_goes_to_the_nodes_that_take_several_frames():
    graph = load_graph(graph_file("swap_video"), node_table())
    assert batch_overrides(graph, None) == []
    assert [(item.path, item.value) for item in batch_overrides(graph, 4)] == [("swapped.batch", 4)]


def test_a_batch_for_a_graph_without_such_nodes_is_an_error():
    text = "mode: file\nnodes: {a: {type: source, uri: 'demo:'}, z: {type: sink, in: a, to: 'null:'}}"
    with pytest.raises(ConfigurationError, match="takes several frames at once"):
        batch_overrides(load_text(text, node_table()), 4)

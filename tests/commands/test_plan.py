"""`plan` and `calibrate` with real graphs, networks and clips."""

import json
import re

import pytest
import typer

from commands.common import graph_file, node_table
from commands.execution import batch_overrides, key_overrides
from commands.plan import calibrate, plan
from commands.planning import Workshop
from commands.run import run
from runtime.errors import ConfigurationError, GraphError
from runtime.loading import load_graph
from runtime.testing import load_text

ASKED = "planned for the bundled clip's 30 fps; a camera is asked for 60"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DLC_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def cache_of_one(tmp_path_factory):
    """A folder in which the costs of live_balanced are."""
    folder = tmp_path_factory.mktemp("measured")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLC_CACHE", str(folder))
        plan("live_balanced")
    return folder


@pytest.fixture
def measured(cache_of_one, own_cache, monkeypatch):
    """Costs of live_balanced are here."""
    monkeypatch.setenv("DLC_CACHE", str(cache_of_one))


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


def test_a_plan_is_compared_with_what_a_run_measured(capsys, tmp_path, monkeypatch):
    metrics = tmp_path / "m.json"
    with pytest.raises(typer.Exit):
        run("swap_image", output=str(tmp_path / "o.png"), metrics=metrics)
    plan("swap_image", output=str(tmp_path / "o.png"), compare=metrics)
    out = capsys.readouterr().out
    assert "predicted   measured" in out
    assert "swapped" in out
    monkeypatch.setattr(Workshop, "calibrate", None)  # what cannot be compared is refused before anything is measured
    with pytest.raises(ConfigurationError, match=r"is of swap_image \(file\), not of live_balanced \(live\)"):
        plan("live_balanced", compare=metrics)
    with pytest.raises(ConfigurationError, match="is of other nodes: picture, faces"):
        plan("swap_image", compare=metrics, sets=["composite.enabled=false"])


@pytest.mark.parametrize("change", [b"", b"[]", b"\xff", b'{"run": {"fps": "fast"}}'])
def test_a_file_that_is_no_metrics_file_is_not_compared(tmp_path, change):
    metrics = tmp_path / "m.json"
    metrics.write_bytes(change)
    with pytest.raises(ConfigurationError, match="no metrics file of this version of dlc; run swap_image with"):
        plan("swap_image", compare=metrics)


def test_what_was_not_measured_has_no_error(capsys, tmp_path):
    metrics = tmp_path / "m.json"
    with pytest.raises(typer.Exit):
        run("swap_image", output=str(tmp_path / "o.png"), metrics=metrics)
    data = json.loads(metrics.read_text())
    data["nodes"]["swapped"]["ms"]["p50"] = 0.0
    metrics.write_text(json.dumps(data))
    plan("swap_image", compare=metrics)
    assert re.search(r"^swapped +[0-9.]+ +0\.00 +-$", capsys.readouterr().out, re.MULTILINE)
    plan("swap_image", compare=metrics, form="json")
    rows = {
        row["what"]: row["error"] for row in json.loads(capsys.readouterr().out, parse_constant=pytest.fail)["compared"]
    }
    assert rows["swapped"] is None


def test_a_plan_fits_a_terminal(capsys):
    for profile in ("cpu", "m3-max"):
        plan("live_inswapper", profile=profile, sets=["mode=file"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_that_a_camera_would_give_another_rate_than_the_clip_is_said(capsys, measured):
    for sets, said in ((["quality=performance"], True), (None, False)):
        plan("live_balanced", form="json", sets=sets)
        assert any(ASKED in reason for reason in json.loads(capsys.readouterr().out)["reasons"]) is said


def test_devices_of_another_machine_are_planned_there_and_not_here(capsys):
    pinned = ["faces.device=coreml:ane", "device=coreml:gpu"]
    plan("swap_image", profile="m3-max", form="json", sets=pinned)
    made = json.loads(capsys.readouterr().out)
    assert made["nodes"]["faces"]["device"] == "coreml:ane"
    assert "swapped on coreml:gpu, as the graph says" in made["reasons"]
    with pytest.raises(ConfigurationError, match=r"device: cuda has no coreml:gpu; it has cpu, cuda:0"):
        plan("swap_image", profile="cuda", sets=pinned)


def test_a_profile_that_there_is_not_is_said_as_for_a_run():
    for name in ("", "M33"):
        with pytest.raises(GraphError, match="profile is one of auto"):
            plan("swap_image", profile=name)


def test_a_plan_measures_the_source_that_it_is_asked_about(capsys, caplog):
    plan("live_balanced", target="demo:", form="json", sets=["quality=performance"])
    assert "cannot be opened" not in caplog.text
    assert not any(ASKED in reason for reason in json.loads(capsys.readouterr().out)["reasons"])


def test_the_rate_to_hold_is_planned_for_without_being_measured_anew(capsys, monkeypatch, measured):
    monkeypatch.setattr(Workshop, "calibrate", None)
    for sets, fps in ((["target_fps=10"], 10), (None, 30)):
        plan("live_balanced", form="json", sets=sets)
        assert f"{fps} fps x" in json.loads(capsys.readouterr().out)["reasons"][-1]


def test_calibrate_says_what_nodes_and_networks_cost(capsys):
    calibrate("swap_image")
    out = capsys.readouterr().out
    assert "blazeface_full" in out
    assert "ms CPU" in out


@pytest.mark.parametrize(
    ("device", "said"), [("cuda", "nothing here runs cuda:0"), ("kuda", "did you mean 'cuda'?"), ("auto", "no device")]
)
def test_a_device_that_is_not_here_is_not_calibrated(device, said, monkeypatch):
    monkeypatch.setattr(Workshop, "calibrate", None)
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        calibrate("swap_image", device=[device])


@pytest.mark.parametrize("size", ["1", "15 MiB", "0.5"])
def test_too_little_memory_is_said_in_the_unit_that_people_use(size):
    with pytest.raises(GraphError, match="is 16 MiB at least"):
        load_graph(graph_file("swap_video"), node_table(), key_overrides(None, None, size))


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

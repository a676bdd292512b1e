"""`models inspect` and `models convert`, run as a user runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import helper, numpy_helper

from models.cards import BUNDLED
from tests.models.graphs import elsewhere, saved
from tests.models.networks import network
from tests.models.twins import dfm

ROOT = Path(__file__).parents[2]


@pytest.fixture
def models(tmp_path):
    def call(*arguments):
        environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
        command = [sys.executable, str(ROOT / "dlc.py"), "models", *map(str, arguments)]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    return call


def facts(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ["blazeface_short", "blazeface_full", "facemesh", "faceres"])
def test_coreml_takes_each_bundled_network_whole_after_rewrites(models, name):
    found = facts(models("inspect", name, "--format", "json"))
    total = sum(found["operators"].values())
    assert found["coreml"]["rewritten"] == f"1 partition, {total} of {total} nodes"
    assert found["coreml"]["as it is"] != found["coreml"]["rewritten"]


def test_inspect_tells_what_a_network_is_made_of(models):
    found = facts(models("inspect", "facemesh", "--format", "json"))
    assert found["inputs"] == ["image: float [1, 192, 192, 3]"]
    assert found["outputs"] == ["landmarks: float [1, 1, 1, 1404]", "presence: float [1, 1, 1, 1]"]
    assert found["operators"]["PRelu"] == 23
    assert found["parameters"] == 603405
    assert found["coreml"]["as it is"] == "4 partitions, 96 of 99 nodes; on the CPU: 3 Pad"
    labels = [row["device"] for row in found["devices"]]
    assert labels[0] == "cpu"
    assert all(row["ms"] > 0 and row["runs"] for row in found["devices"] if "fails" not in row)


def test_a_network_that_the_cpu_runs_faster_rewritten_is_timed_both_ways(models):
    done = models("inspect", "facemesh")
    if ort.get_available_providers() and "x86" in os.uname().machine:
        assert "cpu, rewritten" in done.stdout
        assert "cpu, facemesh_cpu.onnx" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_arithmetic_of_convolutions_and_products_is_counted(models, tmp_path):
    weights = {"w": np.zeros((8, 3, 3, 3), np.float32), "m": np.zeros((64, 5), np.float32)}
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], pads=[1] * 4),
        helper.make_node("GlobalMaxPool", ["a"], ["b"]),
        helper.make_node("Reshape", ["a", "s"], ["c"]),
        helper.make_node("MatMul", ["c", "m"], ["y"]),
    ]
    file = tmp_path / "net.onnx"
    file.write_bytes(network(nodes, (1, 3, 8, 8), {**weights, "s": np.array([8, 64])}, ("y", "b")))
    found = facts(models("inspect", file, "--format", "json"))
    assert found["flops"] == 2 * 8 * 8 * 8 * 27 + 2 * 8 * 5 * 64
    assert found["parameters"] == 8 * 27 + 64 * 5 + 2


def test_a_device_that_is_not_here_is_told_and_the_others_are_timed(models):
    if "DmlExecutionProvider" in ort.get_available_providers():
        pytest.skip("it is here")
    found = facts(models("inspect", "faceres", "--device", "cpu", "--device", "directml", "--format", "json"))
    cpu, other = found["devices"]
    assert cpu["runs"] == "CPU"
    assert "needs DmlExecutionProvider" in other["fails"]


@pytest.mark.parametrize(
    ("content", "message", "code"),
    [
        (None, "is no file and no model: see dlc.py models list", 2),
        (b"<html>", "is no ONNX model, or a damaged one; get it again", 1),
    ],
)
def test_what_is_no_network_is_told(models, tmp_path, content, message, code):
    file = tmp_path / "no.onnx"
    if content is not None:
        file.write_bytes(content)
    for command in (["inspect", file], ["convert", file, "--fp16"]):
        done = models(*command)
        assert done.returncode == code
        assert message in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "no_fp16.onnx").exists()


def test_weights_in_other_files_are_not_looked_for(models, tmp_path):
    (tmp_path / "weights.bin").write_bytes(bytes(16))
    saved(tmp_path / "a.onnx", {"x": (1,)}, {"y": (1,)}, [elsewhere("weights.bin")])
    for command in (["inspect", "a.onnx"], ["convert", "a.onnx", "--fp16"]):
        done = models(*command)
        assert done.stderr == "error: a.onnx: keeps its weights in other files (weights.bin): save it as one file\n"


def test_a_network_with_a_huge_input_is_looked_into_and_not_run(models, tmp_path):
    saved(tmp_path / "a.onnx", {"x": (1, 3, 2**31, 2**31)}, {"y": (1, 3, 4, 4)})
    done = models("inspect", "a.onnx", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert said.endswith("cpu: its input x [1, 3, 2147483648, 2147483648] is too large to be tried")
    assert "CPU ms" not in said


def test_convert_halves_a_network_and_says_how_near_it_stays(models, tmp_path):
    file = tmp_path / "swapper.onnx"
    model = onnx.load(BUNDLED / "facemesh.onnx")
    embedding_map = np.eye(3, dtype=np.float32)
    model.graph.initializer.append(numpy_helper.from_array(embedding_map, "map"))
    onnx.save(model, file)
    done = models("convert", file, "--fp16")
    assert done.returncode == 0, done.stderr
    assert "landmarks" in done.stdout
    half = onnx.load(tmp_path / "swapper_fp16.onnx")
    np.testing.assert_array_equal(numpy_helper.to_array(half.graph.initializer[-1]), embedding_map)
    assert {item.type.tensor_type.elem_type for item in (*half.graph.input, *half.graph.output)} == {1}
    assert any(item.data_type == onnx.TensorProto.FLOAT16 for item in half.graph.initializer)
    again = models("convert", file, "--fp16")
    assert again.returncode == 2
    assert "is there; choose another name" in again.stderr


def test_convert_writes_into_the_working_directory_and_never_where_the_models_are(models, tmp_path):
    before = sorted(BUNDLED.iterdir())
    done = models("convert", "blazeface_short", "--fp16")
    made = sorted(set(BUNDLED.iterdir()) - set(before))
    for file in made:
        file.unlink()
    assert done.returncode == 0, done.stderr
    assert made == []
    assert (tmp_path / "blazeface_short_fp16.onnx").is_file()


@pytest.mark.parametrize("command", [["inspect"], ["convert", "--fp16"]])
def test_a_model_that_is_not_here_is_told_with_the_command_that_gets_it(models, command):
    done = models(*command, "inswapper_128")
    assert (done.returncode, done.stderr) == (
        1, "error: the model 'inswapper_128' is not here; get it with: dlc.py models pull inswapper_128\n"
    )  # fmt: skip


@pytest.fixture
def trained(models, tmp_path, monkeypatch):
    """A DFM file that was imported as dfm:somebody."""
    monkeypatch.setenv("DLC_MODELS", str(tmp_path / "models"))
    onnx.save(dfm(), tmp_path / "somebody.dfm")
    assert models("import", "somebody.dfm").returncode == 0


def test_an_imported_dfm_file_is_inspected_and_converted_by_the_name_that_graphs_have_for_it(models, tmp_path, trained):
    found = facts(models("inspect", "dfm:somebody", "--device", "cpu", "--format", "json"))
    assert found["file"] == str(tmp_path / "models" / "somebody.dfm")
    assert found["inputs"] == ["in_face:0: float [n, 224, 224, 3]"]
    assert found["devices"][0]["runs"] == "CPU"
    assert models("convert", "dfm:somebody", "--fp16").returncode == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dfm:sombody", "the model 'dfm:sombody' is not here; did you mean 'dfm:somebody'?"),
        ("dfm:x", "the model 'dfm:x' is not here; get it with: dlc.py models import x.dfm"),
        ("facemsh", "facemsh is no file and no model: did you mean 'facemesh'?"),
        ("models", "models is a folder: name a file in it"),
    ],
)
def test_a_name_that_is_none_is_answered_with_what_may_be_meant(models, trained, name, said):
    done = models("inspect", name)
    assert done.returncode
    assert done.stderr == f"error: {said}\n"


def test_convert_wants_to_know_to_what(models):
    done = models("convert", "facemesh")
    assert (done.returncode, done.stderr) == (2, "error: say what to convert to: --fp16\n")


def test_a_file_that_only_shares_a_models_name_is_looked_into_alone(models, tmp_path):
    file = tmp_path / "facemesh.onnx"
    file.write_bytes((BUNDLED / "facemesh.onnx").read_bytes())
    found = facts(models("inspect", file, "--device", "cpu", "--format", "json"))
    assert "cpu, facemesh_cpu.onnx" not in [row["device"] for row in found["devices"]]

"""Graphs that name models which do not come with dlc, checked and run as a user runs them, on twins."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from models.analyse import analyse
from models.cards import load_card
from models.session import ModelStore
from models.store import Store
from tests.models.twins import Graph, arcface, dfm
from tests.nodes.conftest_faces import portrait

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "assets" / "source_a.jpg"
GRAPH = """\
name: models
mode: file
nodes:
  picture: {{type: source, uri: "{picture}"}}
  faces: {{type: detect, in: picture, model: yunet, landmarks: {landmarks}}}
  known: {{type: cache, in: [picture, faces], identity: arcface_w600k_mbf}}
  swapped: {{type: swap, in: [picture, known], {swap}, which: largest}}
  composite: {{type: blend, in: [picture, swapped]}}
  written: {{type: sink, in: composite, to: "null:"}}
"""


def dlc(tmp_path, *arguments):
    environment = {**os.environ, "DLC_MODELS": str(tmp_path / "models")}
    command = [sys.executable, str(ROOT / "dlc.py"), *map(str, arguments)]
    return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)


def yunet_that_finds(face, scale):
    """A twin of YuNet with one answer: this face, in px of the picture times a scale, in the cell at stride 32."""
    graph = Graph()
    zero = graph.node("Mul", graph.node("ReduceMean", "input", keepdims=0), np.float32(0))
    row, column = 8, 9
    corner = np.array([column, row], np.float32)
    low, high = face.box[:2] * scale / 32, face.box[2:] * scale / 32
    values = {
        "cls": [1.0], "obj": [1.0], "bbox": [*((low + high) / 2 - corner), *np.log(high - low)],
        "kps": (face.points * scale / 32 - corner).ravel(),
    }  # fmt: skip
    shapes = {}
    for name, value in values.items():
        for stride in (8, 16, 32):
            side = 640 // stride
            answer = np.zeros((1, side * side, len(value)), np.float32)
            if stride == 32:
                answer[0, row * side + column] = value
            graph.node("Add", zero, answer, out=f"{name}_{stride}")
            shapes[f"{name}_{stride}"] = list(answer.shape)
    return graph.model({"input": [1, 3, 640, 640]}, shapes, opset=13)


@pytest.fixture
def graph(tmp_path):
    def written(landmarks, swap=f"model: mesh, face: '{PICTURE}'"):
        text = GRAPH.format(picture=PICTURE, landmarks=landmarks, swap=swap)
        (tmp_path / "graph.yaml").write_text(text)
        return tmp_path / "graph.yaml"

    return written


@pytest.mark.parametrize("landmarks", ["null", "facemesh"])
def test_yunet_finds_faces_in_a_graph(tmp_path, graph, landmarks):
    onnx.save(dfm(), tmp_path / "somebody.dfm")
    swap = {"null": "model: somebody.dfm", "facemesh": f"model: mesh, face: '{PICTURE}'"}[landmarks]
    store = Store(tmp_path / "models")
    image = portrait("a")
    twins = {"yunet": yunet_that_finds(analyse(image, ModelStore())[0], 640 / 768), "arcface_w600k_mbf": arcface()}
    for name, twin in twins.items():
        onnx.save(twin, tmp_path / "twin.onnx")
        card = load_card(name)
        store.add(tmp_path / "twin.onnx", card, card.files[0])
    done = dlc(tmp_path, "run", graph(landmarks, swap), "--metrics", tmp_path / "m.json")
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "m.json").read_text())
    assert metrics["run"]["frames_presented"] == 1
    assert "swaps 1" in done.stdout + done.stderr
    assert "no face was found" not in done.stderr


@pytest.mark.parametrize(("landmarks", "given"), [("null", "only five points"), ("2d106det", "dense106")])
def test_a_mesh_that_would_get_other_landmarks_is_told_before_anything_runs(tmp_path, graph, landmarks, given):
    done = dlc(tmp_path, "check", graph(landmarks))
    assert done.returncode == 2
    assert "graph.yaml:7:54: error[unsuited-input]: model of swapped: mesh" in done.stdout
    assert f"facemesh, and faces gives {given}" in " ".join(done.stdout.split())


@pytest.mark.parametrize("landmarks", ["2d106det", "2dfan4"])
def test_models_that_are_not_here_are_told_before_anything_runs(tmp_path, graph, landmarks):
    done = dlc(tmp_path, "check", graph(landmarks))
    assert done.returncode == 2
    for name in ("yunet", landmarks, "arcface_w600k_mbf"):
        assert f"get it with: python dlc.py models pull {name}" in done.stdout + done.stderr

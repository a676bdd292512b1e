"""The shipped graphs that need models: what is said without them, and a run from file to file with twins of them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from commands.common import node_table, shipped_graphs
from models.cards import load_card
from models.recognise import recognise
from models.store import Store
from runtime.errors import GraphError
from runtime.loading import load_graph
from tests.media import DEMO, Clip, make_clip, pictures_of, times_of
from tests.models.twins import arcface, dfm, inswapper, restorer

ROOT = Path(__file__).parents[1]
COUNT = 12
SETS = {"live_inswapper": [], "video_enhanced": [], "video_dfm": ["swapped.model=dfm:tom", "composite.color=none"]}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A folder with twins of the models that the graphs name."""
    folder = tmp_path_factory.mktemp("models")
    kept, file = Store(folder / "kept"), folder / "tom.dfm"
    for name, twin in {
        "inswapper_128": inswapper(),
        "arcface_w600k_r50": arcface(),
        "gfpgan_1.4": restorer(512),
    }.items():
        onnx.save(twin, file)
        card = load_card(name)
        kept.add(file, card, card.files[0])
    onnx.save(dfm(morphs=True), file)
    known = recognise(file, [])
    kept.add(file, known.card, known.file)
    return kept


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """The first frames of the demo clip."""
    pictures = pictures_of(DEMO)[:COUNT]
    height, width = pictures[0].shape[:2]
    file = tmp_path_factory.mktemp("clip") / "clip.mp4"
    ticks = [512 * number for number in range(COUNT)]
    return make_clip(
        file, Clip(width=width, height=height, ticks=ticks, picture=lambda _w, _h, number: pictures[number])
    )


def run(name, store, target, out, *sets, metrics=None, more=()):
    changes = [word for change in (*SETS[name], *sets) for word in ("--set", change)]
    command = [sys.executable, str(ROOT / "dlc.py"), "run", name, "-t", str(target), "-o", str(out), *changes]
    command += ["--metrics", str(metrics)] if metrics else []
    command += more
    environment = {**os.environ, "DISPLAY": "", "DLC_MODELS": str(store.folder)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("name", SETS)
def test_without_its_models_a_graph_says_how_to_get_them(name):
    with pytest.raises(GraphError) as caught:
        load_graph(shipped_graphs()[name], node_table())
    found = {item.code.value: item.help for item in caught.value.diagnostics}
    way = "import PERSON.dfm" if name == "video_dfm" else "pull"
    assert list(found) == ["missing-model"]
    assert f"python dlc.py models {way}" in found["missing-model"]


def test_no_other_graph_needs_any():
    for name in shipped_graphs().keys() - SETS.keys():
        load_graph(shipped_graphs()[name], node_table())


@pytest.mark.parametrize("name", ["video_enhanced", "video_dfm"])
def test_a_video_goes_through_whole_and_changed(name, store, clip, tmp_path):
    out = run(name, store, clip, tmp_path / "out.mp4", metrics=tmp_path / "m.json")
    assert times_of(out) == times_of(clip)
    changed = [np.abs(a.astype(int) - b).max() for a, b in zip(pictures_of(out), pictures_of(clip), strict=True)]
    assert min(changed) > 20
    nodes = json.loads((tmp_path / "m.json").read_text())["nodes"]
    assert nodes["swapped"]["counters"]["swaps"] + nodes["swapped"]["counters"]["reuses"] == COUNT
    assert all(node["errors"] == 0 for node in nodes.values())


@pytest.mark.parametrize("sets", [("swapped.batch=1", "sharper.batch=1"), ("swapped.batch=3", "sharper.batch=5")])
def test_batches_do_not_change_a_file(store, clip, tmp_path, sets):
    """Also where an enhancer looks every third frame only, and what it made is moved in between."""
    first = run("video_enhanced", store, clip, tmp_path / "a.mp4", "sharper.every=3")
    other = run("video_enhanced", store, clip, tmp_path / "b.mp4", "sharper.every=3", *sets)
    for one, two in zip(pictures_of(first), pictures_of(other), strict=True):
        assert np.abs(one.astype(int) - two).max() <= 2


def test_a_live_graph_shows_swapped_pictures(store, tmp_path):
    run("live_inswapper", store, "demo:", "null:", metrics=tmp_path / "m.json", more=["--frames", "20"])
    told = json.loads((tmp_path / "m.json").read_text())
    assert told["run"]["frames_presented"] >= 20
    assert told["nodes"]["swapped"]["counters"]["swaps"] > 0
    assert told["nodes"]["swapped"]["errors"] == 0

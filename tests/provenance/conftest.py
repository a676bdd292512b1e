"""Files written by the real sinks through the real engine, and a folder for keys that is nobody's."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nodes.label import Label
from nodes.sink import AnySink
from nodes.source import AnySource
from runtime.kinds import Faces, Frame, Patches
from runtime.node import node
from runtime.testing import run_graph
from tests.media import Clip, gradient, make_clip


@node
def swap(frame: Frame) -> Patches:
    """Swaps nobody, but is a node that makes patches."""
    return Patches()


@node
def lay(frame: Frame, patches: Patches) -> Frame:
    """Lays them into the picture."""
    image = frame.editable()
    image[:8, :8] = np.uint8(200)
    return frame.with_image(image)


@node
def find(frame: Frame) -> Faces:
    """Only looks."""
    return Faces()


@pytest.fixture
def keys(tmp_path_factory, monkeypatch):
    """The user's configuration is an empty folder."""
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture
def write():
    """Runs a graph that swaps, over a file."""

    def written(origin, out, *settings, middle="swap", name="test"):
        chain = {
            "swap": "s: {type: swap, in: a}, l: {type: lay, in: [a, s]}",
            "label": "l: {type: label, in: a}",
            "look": "f: {type: find, in: a}",
        }[middle]
        last = "a" if middle == "look" else "l"
        text = f'name: "{name}"\nmode: file\nnodes: {{a: {{type: source}}, {chain}, out: {{type: sink, in: {last}}}}}'
        overrides = [f"a.uri={origin}", f"out.to={out}", "out.preset=ultrafast", *(f"out.{one}" for one in settings)]
        result = run_graph(text, [AnySource, AnySink, Label, swap, lay, find], overrides=overrides)
        assert result.error is None, result.error
        return out

    return written


@pytest.fixture
def clip(tmp_path):
    return make_clip(tmp_path / "in.mp4", Clip(ticks=(0, 512, 900, 1800, 3000), sound="aac"))


@pytest.fixture
def picture(tmp_path):
    cv2.imwrite(str(tmp_path / "in.png"), gradient(65, 49))
    return tmp_path / "in.png"

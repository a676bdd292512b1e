"""What the tests of `detect` and `cache` share: pictures, the demo clip with its truth, and a context."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from models.session import ModelStore
from runtime.kinds import Frame
from runtime.node import QUALITIES, Context
from runtime.threads import Threads

ASSETS = Path(__file__).parents[2] / "assets"
FPS = 30
NAMES = ("left_eye", "right_eye", "nose_tip", "left_mouth", "right_mouth")


class Memory:
    """Buffers without a ceiling."""

    def empty(self, shape):
        return np.empty(shape, np.uint8)


class Here:
    """A main thread that is the caller's."""

    def call(self, function):
        return function()

    def poll(self, function):
        return lambda: None


def context_with(models=None):
    return Context("faces", "file", QUALITIES["balanced"], models or ModelStore(), Here(), Threads(), Memory())


def clip(count=240):
    """Yields the first pictures of the demo clip."""
    video = cv2.VideoCapture(str(ASSETS / "demo.mp4"))
    for _ in range(count):
        ok, image = video.read()
        assert ok
        yield image
    video.release()


def truth():
    """The clip's rows; the five points as float64 [5, 2] with pixel centres at whole numbers under `five`."""
    rows = json.loads((ASSETS / "truth.json").read_text())["frames"]
    return [{**row, "five": np.array([row["points"][name] for name in NAMES]) - 0.5} for row in rows]


def portrait(letter, side=768):
    image = cv2.imread(str(ASSETS / f"source_{letter}.jpg"))
    return image if side == 768 else cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)


def wall(seed=0):
    """A picture of soft patches of colour, 960 x 540, with nobody in it."""
    cells = np.random.default_rng(seed).integers(60, 200, (9, 16, 3), dtype=np.uint8)
    return cv2.resize(cells, (960, 540), interpolation=cv2.INTER_CUBIC)


def scene(*people, base=None):
    """A wall with portraits: (letter, x, y, side) each; they may reach over its edge."""
    image = wall() if base is None else base.copy()
    for letter, x, y, side in people:
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + side, 960), min(y + side, 540)
        image[y0:y1, x0:x1] = portrait(letter, side)[y0 - y : y1 - y, x0 - x : x1 - x]
    return image


def frame(image, index=0, time=None):
    return Frame(np.ascontiguousarray(image), seq=index, time=index / FPS if time is None else time)


def run(node, images, **settings):
    """Gives pictures to a node, 30 a second; returns its answers."""
    return [node(frame(image, index), **settings) for index, image in enumerate(images)]


class Counting:
    """Models whose runs are counted by name."""

    def __init__(self, models):
        self._models = models
        self.runs = {}

    def session(self, name):
        return _Counted(self._models.session(name), name, self.runs)


class _Counted:
    device = "cpu"

    def __init__(self, session, name, runs):
        self._session, self._name, self._runs = session, name, runs
        self.inputs = session.inputs

    def run(self, *inputs):
        self._runs[self._name] = self._runs.get(self._name, 0) + 1
        return self._session.run(*inputs)


class With:
    """The models of a store, and one more."""

    def __init__(self, store, name, session):
        self._store, self._name, self._session = store, name, session

    def session(self, name):
        return self._session if name == self._name else self._store.session(name)

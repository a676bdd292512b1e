"""What single nodes of the default path cost, called by themselves on one thread."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import nodes
from bench.figure import Figure
from models.align import similarity
from models.analyse import analyse
from models.session import ModelStore
from nodes.blend import blend
from runtime.kinds import Face, Frame, Image, Patch, Patches, PatchStatus
from runtime.testing import make_context
from runtime.threads import Threads

ASSETS = Path(__file__).parents[1] / "assets"
REPEATS = 200
BLENDS: Mapping[str, Mapping[str, Any]] = {
    "feather": {},
    "poisson": {"mode": "poisson"},
    "multiband": {"mode": "multiband"},
    "color mean": {"color": "mean"},
    "color lab": {"color": "lab"},
    "sharpen": {"sharpen": 0.5},
}


def measure() -> list[Figure]:
    """Returns the cost of blending a large face into a large frame, of masks, and of analysing a still picture."""
    nodes.limit_threads(Threads())
    frame, patches = _large_face()
    portrait = cv2.imread(str(ASSETS / "source_a.jpg"))
    store = ModelStore(Threads())
    network = store.session("facemesh")
    crop = np.random.default_rng(0).random((1, 192, 192, 3), np.float32)
    return [
        Figure(
            "facemesh network, one thread", _ms(lambda: network.run(crop)), "ms", note="how fast this machine is now"
        ),
        Figure("blend, 1080p, a 500 px face", _ms(lambda: blend(frame, patches)), "ms", 2),
        *(
            Figure(f"the same, {name}", _cpu_ms(partial(blend, frame, patches, **options)), "ms", note="processor time")
            for name, options in BLENDS.items()
        ),
        *_masks(portrait, store),
        Figure("analyse a 768 px portrait", _ms(lambda: analyse(portrait, store)), "ms", note="detect, mesh, pose"),
    ]


def _masks(portrait: Image, store: ModelStore) -> list[Figure]:
    """Returns what each mask costs for one face on a patch of 256 px."""
    context = make_context("file", store)
    frame, faces = Frame(portrait.copy(), seq=0), analyse(portrait, store)
    tracked = replace(faces, items=tuple(replace(face, track=0) for face in faces))
    patches = nodes.Swap(context, face=str(ASSETS / "source_b.jpg"))(frame, tracked)
    mouth, colors = nodes.Mask(context, occlusion=None), nodes.Mask(context)
    return [
        Figure("mask, mouth", _cpu_ms(lambda: mouth(frame, patches, mouth=1.0)), "ms", note="a face"),
        Figure("mask, occlusion", _cpu_ms(lambda: colors(frame, patches)), "ms", note="a face with nothing in front"),
    ]


def _large_face() -> tuple[Frame, Patches]:
    random = np.random.default_rng(0)
    frame = Frame(random.integers(0, 256, (1080, 1920, 3), np.uint8))
    corners = np.array([[700, 250], [1200, 250], [950, 750]], np.float32)
    to_patch = similarity(corners, np.array([[28, 28], [228, 28], [128, 228]], np.float32))
    mask = np.zeros((256, 256), np.uint8)
    cv2.ellipse(mask, (128, 128), (100, 110), 0, 0, 360, 255, -1)
    face = Face(np.array([700, 250, 1200, 750], np.float32), np.zeros((5, 2), np.float32), 1.0)
    picture = random.integers(0, 256, (256, 256, 3), np.uint8)
    masks = {"shape": cv2.GaussianBlur(mask, (0, 0), 6)}
    patch = Patch(face, PatchStatus.SWAPPED, picture, picture.copy(), "", to_patch, masks=masks)
    return frame, Patches((patch,))


def _ms(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Returns the median time of a call, ms."""
    times = []
    for _ in range(REPEATS):
        began = clock()
        work()
        times.append(clock() - began)
    return 1000 * statistics.median(times)


def _cpu_ms(work: Callable[[], object]) -> float:
    """Returns the median processor time of a call, ms."""
    return _ms(work, time.process_time)

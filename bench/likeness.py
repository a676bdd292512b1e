"""Whom the swapped face looks like, and what else of the picture changed, over the bundled clip.

The judge is the bundled identity network (`faceres`), which the swap itself does not use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

import nodes
from bench.figure import Figure
from models.align import inverse, transform
from models.analyse import analyse
from models.embeddings import FaceRes
from models.session import ModelStore
from runtime.kinds import Frame, Image, Patch
from runtime.node import Threads
from runtime.testing import make_context

ASSETS = Path(__file__).parents[1] / "assets"
SOURCES = ("source_a", "source_b", "source_c")


@dataclass(frozen=True, slots=True)
class Judged:
    """One frame: cosines of the result to the source person and to the bare face, and changes outside the patches."""

    to_source: float
    to_target: float
    changed_outside: int


def measure() -> list[Figure]:
    """Returns, for each source, the share of frames that look more like it than like the bare face."""
    nodes.limit_threads(Threads())
    return [figure for source in SOURCES for figure in _figures(source, list(_judge(source)))]


def _figures(source: str, judged: list[Judged]) -> list[Figure]:
    nearer = 100 * float(np.mean([one.to_source > one.to_target for one in judged]))
    cosines = f"cosine {np.mean([j.to_source for j in judged]):.2f} / {np.mean([j.to_target for j in judged]):.2f}"
    outside = float(sum(one.changed_outside for one in judged))
    return [
        Figure(f"{source}: nearer to source than to target", nearer, "%", 95, at_most=False, note=cosines),
        Figure(f"{source}: pixels changed outside patches", outside, "px", 0, note=f"{len(judged)} frames, exact"),
    ]


def _judge(source: str) -> Iterator[Judged]:
    store = ModelStore(Threads())
    context = make_context("file", store)
    network = FaceRes(store.session("faceres"))
    portrait = ASSETS / f"{source}.jpg"
    image = cv2.imread(str(portrait))
    (person,) = network(image, [analyse(image, store)[0]])
    video, detect = nodes.AnySource(context, uri="demo:"), nodes.Detect(context)
    swap = nodes.Swap(context, face=str(portrait))
    seq = 0
    while picture := video.read():
        frame = Frame(picture.image, seq=seq, pts=picture.pts or 0, time=float(picture.pts or 0))
        faces = detect(frame)
        patches = swap(frame, faces)
        result = nodes.blend(frame, patches)
        (bare,) = network(frame.image, [faces[0]])
        (swapped,) = network(result.image, [faces[0]])
        outside = (result.image != frame.image).any(axis=2) & ~_covered(frame.image.shape[:2], patches.items)
        yield Judged(float(swapped @ person), float(swapped @ bare), int(outside.sum()))
        seq += 1
    video.close()


def _covered(shape: tuple[int, int], patches: tuple[Patch, ...]) -> Image:
    """Returns where patches lie in the frame, bool [H, W], with a rim of one pixel for interpolation."""
    covered = np.zeros(shape, np.uint8)
    for patch in patches:
        if patch.image is not None and patch.to_patch is not None:
            side = patch.image.shape[0]
            corners = np.array([[-1, -1], [side, -1], [side, side], [-1, side]], np.float32)
            cv2.fillConvexPoly(covered, np.round(transform(corners, inverse(patch.to_patch))).astype(np.int32), 1)
    return cv2.dilate(covered, np.ones((3, 3), np.uint8)).astype(bool)

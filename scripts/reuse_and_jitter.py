"""Measures what reuse of faces that look the same does to swapped pictures, on people who sit still, sway and move.

Run it from the repository:  python -m scripts.reuse_and_jitter
Jitter is the mean second difference in time: of the landmarks (px), and of the swapped face's colour (levels, without
the finest noise), each as a ratio to what it is without reuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from models.session import ModelStore
from nodes.blend import blend
from nodes.cache import Cache
from nodes.detect import Detect
from nodes.source import AnySource
from nodes.swap import Swap
from runtime.kinds import Faces, Frame, Image
from runtime.testing import make_context

ASSETS = Path(__file__).parents[1] / "assets"
FRAMES = 90
SETTINGS = ((0.0, 0.0), (0.8, 0.002), (1.0, 0.002), (1.0, 0.004), (1.5, 0.004), (3.0, 0.015))
"""`same_threshold` and `same_shift`; the first finds nothing the same."""

CONTEXT = make_context("file", ModelStore())


def main() -> None:
    """Prints a table for each film."""
    films = {
        "the demo clip": demo(),
        "still, noise 2": swaying(0),
        "swaying 0.5 px": swaying(0.5),
        "swaying 1.5 px": swaying(1.5),
        "swaying 4 px": swaying(4),
        "swaying 1.5 px, dark": swaying(1.5, light=0.25),
    }
    for name, images in films.items():
        print(f"{name}\n  {'threshold':>9} {'shift':>6} {'reused':>7} {'points':>7} {'colour':>7} {'off by, px':>11}")
        frames = [Frame(image, index, time=index / 30) for index, image in enumerate(images)]
        detect = Detect(CONTEXT)
        faces = [detect(frame) for frame in frames]
        first: tuple[float, float] | None = None
        for threshold, shift in SETTINGS:
            reused, points, colour, off = measured(frames, faces, threshold, shift)
            first = first or (points, colour)
            ratios = f"{points / first[0]:7.2f} {colour / first[1]:7.2f}"
            print(f"  {threshold:9} {shift:6} {reused:7.0%} {ratios} {off:11.2f}")


def measured(frames: list[Frame], found: list[Faces], threshold: float, shift: float) -> tuple[float, ...]:
    """Returns the share that was reused, jitter of points and of colour, and how far faces are from their place, px."""
    cache, swap = Cache(CONTEXT), Swap(CONTEXT, face=str(ASSETS / "source_b.jpg"))
    x0, y0, x1, y1 = found[0][0].box.astype(int)
    points, pictures = [], []
    for frame, faces in zip(frames, found, strict=True):
        known = cache(frame, faces, same_threshold=threshold, same_shift=shift)
        result = blend(frame, swap(frame, known)).image[y0:y1, x0:x1]
        points.append(mesh(known))
        pictures.append(cv2.GaussianBlur(result.astype(np.float32), (0, 0), 1.5))
    off = np.hypot(*(np.array(points) - [mesh(faces) for faces in found]).mean(1).T).max()
    jitter = np.sqrt(np.square(np.diff(points, 2, axis=0)).sum(-1).mean(1)).mean()
    return cache.counters()["reuses"] / FRAMES, jitter, np.abs(np.diff(pictures, 2, axis=0)).mean(), off


def mesh(faces: Faces) -> np.ndarray:
    """Returns the landmarks of the only face, float32 [468, 2]."""
    assert faces[0].landmarks is not None  # noqa: S101  # each of these frames shows one face
    return faces[0].landmarks.points[:, :2]


def demo() -> list[Image]:
    """Returns the clip's first pictures."""
    source = AnySource(CONTEXT, uri="demo:")
    pictures = [picture.image.copy() for _ in range(FRAMES) if (picture := source.read()) is not None]
    source.close()
    return pictures


def swaying(reach_px: float, *, light: float = 1.0) -> list[Image]:
    """Returns pictures of one moment of the clip that moves to and fro in 4 s, with a camera's noise."""
    return list(_swaying(demo()[0].astype(np.float32) * light, reach_px))


def _swaying(base: np.ndarray, reach_px: float) -> Iterator[Image]:
    random = np.random.default_rng(1)
    for index in range(FRAMES):
        turn = 2 * np.pi * 0.25 * index / 30
        move = np.array([[1, 0, reach_px * np.sin(turn)], [0, 1, 0.6 * reach_px * np.sin(1.3 * turn + 1)]])
        moved = cv2.warpAffine(base, move, base.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        yield np.clip(moved + random.normal(0, 2, base.shape), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()

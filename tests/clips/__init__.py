"""Makes clips with ground truth from the shipped demo clip and portraits: what the swap is judged on beyond the demo.

    clip = make("crossing", folder)                          # 960 x 540 at 30 fps, 4 s
    clip = make("crossing", folder, frames=12, scale=0.5)    # the same events, for a fast test
    clip.file, clip.truth.frames[0][0].points, clip.truth.occluder(0)

Every clip is the same each time it is made. `python -m tests.clips FOLDER` writes all of them, and the truth beside
each as `NAME.truth.json`, where `dlc.py bench quality` finds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np

from bench.truth import Truth, read_truth, truth_beside
from tests import media
from tests.clips.scenes import RECIPES, Recipe, room
from tests.clips.stage import Shot, render

NAMES = tuple(RECIPES)

TICK = 512
"""Length of a frame at 30 fps, in units of 1 / 15360 s."""

UNEVEN = (512, 333, 1024, 200, 700, 512)
"""Lengths of frames at a variable rate, over and over."""


@dataclass(frozen=True)
class Clip:
    """A clip that was made: its name, the file, and what is true of it."""

    name: str
    file: Path
    truth: Truth


def make(name: str, folder: Path, frames: int | None = None, scale: float = 1.0) -> Clip:
    """Returns a clip, which is made unless the folder has it; `frames` and `scale` shorten and shrink it."""
    recipe = RECIPES[name]
    count = frames or recipe.frames
    variant = name if (count, scale) == (recipe.frames, 1.0) else f"{name}-{count}x{scale:g}"
    file = folder / f"{variant}.mp4"
    truth = truth_beside(file)
    if not truth.is_file():  # it is written last
        _write(recipe, file, count, scale)
    return Clip(name, file, read_truth(truth))


def _write(recipe: Recipe, file: Path, count: int, scale: float) -> None:
    width, height = (round(side * scale / 2) * 2 for side in (recipe.width, recipe.height))
    film = _Shooting(recipe, count, scale, (width, height))
    turned = recipe.media.get("rotate_ccw", 0) == 90
    steps = [UNEVEN[index % len(UNEVEN)] if recipe.uneven else TICK for index in range(count - 1)]
    clip = media.Clip(
        *((height, width) if turned else (width, height)),
        ticks=list(accumulate(steps, initial=777 if recipe.uneven else 0)), time_base=media.Fraction(1, 30 * TICK),
        picture=lambda _width, _height, index: np.rot90(film(index), -1).copy() if turned else film(index),
        **recipe.media,
    )  # fmt: skip
    media.make_clip(file, clip)
    bits = np.stack(film.occluders) if film.occluders else None
    Truth(width, height, tuple(film.people), bits).write(truth_beside(file))


class _Shooting:
    """Renders a clip's frames in their order, and keeps what is true of them."""

    def __init__(self, recipe: Recipe, count: int, scale: float, size: tuple[int, int]) -> None:
        self._recipe, self._count, self._scale, self._size = recipe, count, scale, size
        self._scene = recipe.scene()
        self._rooms: dict[int, np.ndarray] = {}
        self._random = np.random.default_rng(0)
        self.people: list[tuple] = []
        self.occluders: list[np.ndarray] = []

    def __call__(self, index: int) -> np.ndarray:
        """Returns the picture of a frame."""
        moment = self._scene(index / self._count)
        if moment.room not in self._rooms:
            self._rooms[moment.room] = room(moment.room, self._size)
        shot: Shot = render(self._rooms[moment.room], moment.things, index, self._scale)
        self.people.append(shot.people)
        if shot.occluder is not None:
            self.occluders.append(np.packbits(shot.occluder, axis=1))
        return self._recipe.grade(shot.image, self._random)

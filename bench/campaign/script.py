"""The play of one run: who is where in each picture, what the detector says of it, and what goes wrong.

Nothing here knows the pipeline. People are squares of noise, each with a pattern of its own, so that a bare one can be
recognised wherever and whenever it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate

import cv2
import numpy as np

from runtime.kinds import Face, Faces, Floats, Image

FPS = 30
KEEP_S = 2.0
"""How long the tracker of the play lists a face that it has lost."""

LOOK_PX = {"ann": 32, "bob": 24, "cyd": 40}
"""Everybody who may appear, and the side of their face."""

CODE_BITS, CODE_PX = 16, 8


@dataclass(slots=True)
class Moment:
    """One picture of the play, and what happens on its way.

    Attributes:
        size: width and height, px.
        scene: number of the background; another one is a cut.
        people: upper left corner of everybody's face.
        found: whom the detector finds.
        blind: how the detector fails: it raises, says so, or not at all.
        broken: how the places of the faces are spoilt: `nan`, `inf`, `flat`, `away`, or not.
        failed: whose face cannot be swapped.
        raising: nodes that raise.
        gap_ms: time that passes before this picture beside the camera's own rate.
        late_ms: time that a node takes with it.
        settings: live settings that change: node, setting, value.
        faces: what the detector says; filled in by `speak`.
    """

    size: tuple[int, int] = (192, 128)
    scene: int = 0
    people: dict[str, tuple[int, int]] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    blind: str = ""
    broken: str = ""
    failed: set[str] = field(default_factory=set)
    raising: set[str] = field(default_factory=set)
    gap_ms: int = 0
    late_ms: int = 0
    settings: list[tuple[str, str, float]] = field(default_factory=list)
    faces: Faces = field(default_factory=Faces)


@dataclass(slots=True)
class Script:
    """A play, moment by moment, and the graph that it is played on.

    Attributes:
        moments: one for each picture.
        tracker: `lists` whom it has lost, `drops` them at once, `renumbers` everybody now and then, `swaps` numbers, or
            `numbers nobody`.
        graph: what is put in place of the usual graph's lines.
        ends_badly: whether the run is meant to end with an error.
        stop_at: moment at which somebody stops the run.
    """

    moments: list[Moment]
    tracker: str = "lists"
    graph: dict[str, str] = field(default_factory=dict)
    ends_badly: bool = False
    stop_at: int | None = None

    def __len__(self) -> int:
        return len(self.moments)

    def among(self, first: int, last: int) -> Iterator[Moment]:
        """Yields the moments from `first` up to, and without, `last`."""
        yield from self.moments[max(first, 0) : last]

    def times(self) -> list[float]:
        """Returns when each picture is taken, s."""
        waits = (1 / FPS + moment.gap_ms / 1000 for moment in self.moments)
        delays = (0.0, *(moment.late_ms / 1000 for moment in self.moments[:-1]))
        return list(accumulate(wait + delay for wait, delay in zip(waits, delays, strict=True)))

    def speak(self) -> None:
        """Fills in what the detector and its tracker say at each moment."""
        tracker = _Tracker(self.tracker)
        for index, (moment, time) in enumerate(zip(self.moments, self.times(), strict=True)):
            cut = index > 0 and (moment.scene, moment.size) != (
                self.moments[index - 1].scene, self.moments[index - 1].size,
            )  # fmt: skip
            moment.faces = tracker.faces(moment, time, is_cut=cut, renumbers=index % 23 == 22)

    def picture(self, index: int) -> Image:
        """Returns what the camera sees, uint8 [H, W, 3]; its number is written into its upper edge."""
        moment = self.moments[index]
        image = _background(moment.scene, moment.size).copy()
        for name, (x, y) in sorted(moment.people.items(), key=lambda item: LOOK_PX[item[0]]):
            side, (width, height) = LOOK_PX[name], moment.size
            x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + side, width), min(y + side, height)
            if x1 > x0 and y1 > y0:
                image[y0:y1, x0:x1] = look_of(name)[y0 - y : y1 - y, x0 - x : x1 - x]
        stamp(image, index)
        return image


def stamp(image: Image, number: int) -> None:
    """Writes a number into the upper edge of a picture, in place."""
    bits = (number >> np.arange(CODE_BITS) & 1) * 255
    image[:CODE_PX, : CODE_BITS * CODE_PX] = np.repeat(bits, CODE_PX).astype(np.uint8)[None, :, None]


def number_in(image: Image) -> int | None:
    """Returns the number of the picture that this one was made of, None where it cannot be read."""
    code = image[: CODE_PX // 2, : CODE_BITS * CODE_PX, 1].reshape(CODE_PX // 2, CODE_BITS, CODE_PX)
    if not (code == code[:1, :, :1]).all() or not np.isin(code[0, :, 0], (0, 255)).all():
        return None
    return int(((code[0, :, 0] > 0) << np.arange(CODE_BITS)).sum())


@cache
def look_of(name: str) -> Image:
    """Returns somebody's face: noise in cells of 2 px."""
    side = LOOK_PX[name] // 2
    cells = np.random.default_rng([7, *name.encode()]).integers(0, 256, (side, side, 3), np.uint8)
    return np.asarray(np.kron(cells, np.ones((2, 2, 1), np.uint8)), np.uint8)


def box_of(name: str, place: tuple[int, int]) -> Floats:
    """Returns a face's box, x0 y0 x1 y1."""
    x, y = place
    return np.array([x, y, x + LOOK_PX[name] - 1, y + LOOK_PX[name] - 1], np.float32)


@cache
def _background(scene: int, size: tuple[int, int]) -> Image:
    cells = np.random.default_rng([11, scene]).integers(20, 235, (3, 4, 3), np.uint8)
    return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), np.uint8)


class _Tracker:
    """Turns whom the detector finds into faces with numbers, lost ones included."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._numbers: dict[str, int] = {}
        self._last: dict[str, tuple[float, Floats]] = {}  # time and place of the last sighting
        self._next = 0

    def faces(self, moment: Moment, time: float, *, is_cut: bool, renumbers: bool) -> Faces:
        if is_cut or (self._kind == "renumbers" and renumbers):
            self._numbers.clear()
            self._last.clear()
        if self._kind == "swaps" and renumbers and len(self._numbers) > 1:
            self._numbers = dict(zip(self._numbers, reversed(self._numbers.values()), strict=True))
        if moment.blind:
            return Faces((), detected=False)
        for name in moment.found & moment.people.keys():
            self._last[name] = time, box_of(name, moment.people[name])
        faces = [self._face(name, time, moment.broken) for name in list(self._last)]
        return Faces(tuple(face for face in faces if face is not None))

    def _face(self, name: str, time: float, broken: str) -> Face | None:
        seen_at, box = self._last[name]
        age = time - seen_at
        if age > (KEEP_S if self._kind in ("lists", "renumbers", "swaps") else 0):
            del self._last[name]
            self._numbers.pop(name, None)
            return None
        if name not in self._numbers:
            self._numbers[name] = self._next
            self._next += 1
        track = -1 if self._kind == "numbers nobody" else self._numbers[name]
        box = _spoilt(box, broken) if age == 0 else box.copy()
        points = np.stack([box[[0, 2, 0, 0, 2]], box[[1, 1, 3, 3, 3]]], 1)
        return Face(box, points, 1.0, track=track, age=age, person=name)


def _spoilt(box: Floats, how: str) -> Floats:
    match how:
        case "nan":
            return np.where([True, False, False, True], np.float32(np.nan), box)
        case "inf":
            return np.where([False, False, True, False], np.float32(np.inf), box)
        case "flat":
            return box[[2, 3, 0, 1]]
        case "away":
            return box + np.float32(5000)
        case _:
            return box.copy()


def spans(random: np.random.Generator, count: int, longest: int, end: int, first: int = 0) -> Iterable[tuple[int, int]]:
    """Returns up to `count` spans of moments that do not touch, each up to `longest` long."""
    starts = sorted(int(value) for value in random.integers(first, max(end - 1, first + 1), count))
    chosen: list[tuple[int, int]] = []
    for start in starts:
        last = min(start + int(random.integers(1, longest + 1)), end)
        if last > start and (not chosen or start > chosen[-1][1] + 1):
            chosen.append((start, last))
    return chosen

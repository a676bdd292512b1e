"""What happens in each clip: a scene says for every moment, 0 to 1, who is where. Lengths are px of 960 x 540."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import cv2
import numpy as np

from runtime.kinds import Image
from tests.clips.people import Film, Still, Tone, empty_room
from tests.clips.stage import HEIGHT, WIDTH, Hand, Place

OTHER = Tone(gains=(0.74, 0.86, 0.98), gamma=1.25, mirrored=True)
"""Makes somebody else of the demo person: darker skin, mirrored; placed a tenth wider."""


class Moment(NamedTuple):
    """Before which background (a number) who and what is where, the farthest first."""

    things: Sequence[Place | Hand] = ()
    room: int = 0


Scene = Callable[[float], Moment]
Grade = Callable[[Image, np.random.Generator], Image]


@dataclass(frozen=True)
class Recipe:
    """How a clip is made.

    Attributes:
        about: what it shows.
        scene: makes the scene, with actors of its own.
        frames: how many at full length.
        width, height: of the picture as shown; scenes in other shapes than 960 x 540 are written in these px.
        grade: what is done to each finished picture.
        media: what differs from a plain file, as `tests.media.Clip` takes it.
        uneven: whether frames come at a variable rate.
    """

    about: str
    scene: Callable[[], Scene]
    frames: int = 90
    width: int = WIDTH
    height: int = HEIGHT
    grade: Grade = lambda image, _random: image
    media: dict[str, Any] = field(default_factory=dict)
    uneven: bool = False


def room(number: int, size: tuple[int, int]) -> Image:
    """Returns a background of that size: the demo clip's room, or others made of it."""
    image = empty_room()
    if number:
        image = cv2.LUT(
            image[:, ::-1], np.stack([np.arange(256) * gain for gain in (0.62, 0.78, 0.92)], 1)[None].astype(np.uint8)
        )
    width, height = size
    zoom = max(width / image.shape[1], height / image.shape[0])
    large = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC)
    x, y = (large.shape[1] - width) // 2, (large.shape[0] - height) // 2
    return large[y : y + height, x : x + width].copy()


def _wave(time: float, turns: float, size: float, phase: float = 0.0) -> float:
    return size * float(np.sin(2 * np.pi * (turns * time + phase)))


def _glide(time: float, begin: float, end: float) -> float:
    """Returns 0 before `begin`, 1 after `end`, and a soft way between."""
    share = min(max((time - begin) / (end - begin), 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _filmed(film: Film, zoom: float = 1.0, x: float = (WIDTH - 1) / 2, y: float = (HEIGHT - 1) / 2) -> Place:
    """Returns the film as it is, or larger; its middle is at x, y."""
    centre, face_px = film.home
    x, y = np.array((x, y)) + zoom * (centre - ((WIDTH - 1) / 2, (HEIGHT - 1) / 2))
    return Place(film, float(x), float(y), zoom * face_px)


def _alone() -> Scene:
    film = Film(whole=True)
    return lambda _time: Moment([_filmed(film)])


def _two() -> Scene:
    film, still = Film(40), Still("a")
    return lambda t: Moment([
        Place(still, 700 + _wave(t, 1, 40), 250 + _wave(t, 1.5, 12), 130 + _wave(t, 0.5, 20), _wave(t, 1, 6)),
        Place(film, 270, 260, 200),
    ])  # fmt: skip


def _four() -> Scene:
    left, right, back, near = Film(10), Film(130, OTHER, "other"), Still("a"), Still("c")
    return lambda t: Moment([
        Place(back, 590 + _wave(t, 1, 14), 150 + _wave(t, 2, 5), 78, _wave(t, 1, 4, 0.2)),
        Place(left, 390, 190, 105),
        Place(right, 800, 220, 150, stretch=1.1),
        Place(near, 160 + _wave(t, 0.7, 25), 280 + _wave(t, 1.1, 10), 190 + _wave(t, 0.5, 12), _wave(t, 0.8, 5)),
    ])  # fmt: skip


def _crossing() -> Scene:
    far, near = Film(60), Still("a")

    def scene(t: float) -> Moment:
        way = _glide(t, 0.08, 0.92)
        return Moment([
            Place(far, 740 - 520 * way, 225, 165),
            Place(near, 200 + 560 * way, 255 + _wave(t, 4, 6), 205, _wave(t, 2, 3)),
        ])  # fmt: skip

    return scene


def _returning() -> Scene:
    film, still = Film(200), Still("c")

    def scene(t: float) -> Moment:
        x = 230 - 630 * _glide(t, 0.15, 0.28) if t < 0.5 else 1240 - 450 * _glide(t, 0.68, 0.8)
        return Moment([Place(still, 500 + _wave(t, 2, 10), 240, 110, _wave(t, 2, 3)), Place(film, x, 250, 190)])

    return scene


def _alone_returning() -> Scene:
    film = Film(90)
    return lambda t: Moment([
        Place(film, 420 - 900 * _glide(t, 0.18, 0.3) if t < 0.5 else 1400 - 850 * _glide(t, 0.68, 0.82), 240, 200)
    ])  # fmt: skip


def _joining() -> Scene:
    film, still = Film(20), Still("a")
    return lambda t: Moment([
        Place(film, 330, 240, 200), Place(still, 1120 - 390 * _glide(t, 0.3, 0.6), 260 + _wave(t, 2, 6), 170),
    ])  # fmt: skip


def _empty() -> Scene:
    return lambda _time: Moment()


def _hand() -> Scene:
    film = Film(whole=True)

    def scene(t: float) -> Moment:
        if t < 0.5:  # up over mouth and nose, a stop, and down again
            rise = _glide(t, 0.08, 0.2) - _glide(t, 0.3, 0.42)
            return Moment([_filmed(film), Hand(550, 720 - 350 * rise, 150, _wave(t, 2, 8))])
        way = _glide(t, 0.52, 0.98)  # fingers wipe over eyes and cheeks
        return Moment([_filmed(film), Hand(120 + 760 * way, 345, 140, -20 + 40 * way)])

    return scene


def _cut() -> Scene:
    first, second = Film(70, whole=True), Still("c")
    return lambda t: (
        Moment([_filmed(first)])
        if t < 0.5
        else Moment([Place(second, 430 + _wave(t, 2, 25), 250, 190, _wave(t, 2, 5))], 1)
    )


def _four_three() -> Scene:
    film = Film(100, whole=True)
    return lambda _time: Moment([_filmed(film, 480 / HEIGHT, 319.5, 239.5)])


def _portrait() -> Scene:
    film = Film(225, whole=True)
    return lambda _time: Moment([_filmed(film, 960 / HEIGHT, 205, 479.5)])


def _small() -> Scene:
    film, still = Film(30), Still("a")
    return lambda t: Moment([
        Place(still, 660 + _wave(t, 1, 20), 250 + _wave(t, 2, 4), 60, _wave(t, 1, 4)),
        Place(film, 300 + _wave(t, 0.5, 60), 230, 60),
    ])  # fmt: skip


def _close() -> Scene:
    film = Film(225, whole=True)
    return lambda t: Moment([Place(film, 390, 270, 470 + 150 * _glide(t, 0.2, 0.8))])


def noisy(image: Image, random: np.random.Generator) -> Image:
    """Returns a picture with the noise of a camera in daylight, and light that changes a little."""
    light = random.normal(1, 0.005)
    return np.clip(image * light + random.normal(0, 2, image.shape), 0, 255).astype(np.uint8)


def dark(image: Image, random: np.random.Generator) -> Image:
    """Returns a picture as a webcam sees it in the evening: a fifth of the light, warm, with noise in blotches."""
    light = (image.astype(np.float32) / 255) ** 1.6 * np.array((38, 52, 66), np.float32)
    fine = random.normal(0, 3.0, image.shape).astype(np.float32)
    coarse = cv2.resize(
        random.normal(0, 2.5, (image.shape[0] // 2, image.shape[1] // 2, 3)).astype(np.float32), image.shape[1::-1]
    )
    return np.clip(light * 1.25 + 6 + fine + coarse, 0, 255).astype(np.uint8)


RECIPES: dict[str, Recipe] = {
    "sound": Recipe("one person, with sound", _alone, media={"sound": "aac"}),
    "variable": Recipe("one person at a variable rate, beginning late, with sound", _alone, media={"sound": "aac"}, uneven=True),
    "two": Recipe("two people of different size", _two),
    "four": Recipe("four people from 78 to 190 px", _four),
    "crossing": Recipe("one person passes in front of another and hides them", _crossing, 120),
    "joining": Recipe("somebody walks in beside a person who is there", _joining),
    "returning": Recipe("one of two people leaves for 3 s and comes back at the other side", _returning, 180),
    "alone_returning": Recipe("the only person leaves for 3 s and comes back at the other side", _alone_returning, 180),
    "empty": Recipe("an empty room, with the noise of a camera", _empty, 60, grade=noisy),
    "hand": Recipe("a hand passes in front of a face, twice", _hand, 120),
    "cut": Recipe("a hard cut to somebody else", _cut),
    "dark": Recipe("low light with noise", _alone, grade=dark, media={"options": {"crf": "18", "preset": "ultrafast", "bf": "0"}}),
    "four_three": Recipe("640 x 480", _four_three, width=640, height=480),
    "portrait": Recipe("540 x 960, stored turned as phones do", _portrait, 60, width=540, height=960, media={"rotate_ccw": 90}),
    "small": Recipe("two faces of 60 px", _small),
    "close": Recipe("a face that grows until it fills the picture", _close),
}  # fmt: skip
"""The clips by name."""

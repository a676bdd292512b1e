"""The people of the clips: the demo clip's, cut out of its room, and the portraits as stills.

The demo person's points are the renderer's. A portrait's were found once by the landmarker, so they are `derived`:
right to about 3 % of the distance of the eyes, but exact in how they move.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from bench.truth import Person, read_truth
from models.analyse import analyse
from models.session import ModelStore
from nodes.source import AnySource
from runtime.kinds import Doubles, Image
from runtime.testing import make_context

ASSETS = Path(__file__).parents[2] / "assets"
BELOW = 3
"""How many picture heights a body is drawn out downwards, so that it does not end in mid-air when it is placed small."""


class Look(NamedTuple):
    """A person in one moment: uint8 [H, W, 4] with the matte as fourth channel, and the truth in its px."""

    picture: Image
    truth: Person


@dataclass(frozen=True)
class Tone:
    """How a person is made to look like another one: gains of B, G and R, gamma, width, and whether mirrored."""

    gains: tuple[float, float, float] = (1, 1, 1)
    gamma: float = 1
    stretch: float = 1
    mirrored: bool = False

    def of(self, picture: Image) -> Image:
        """Returns a BGRA picture in this tone; `stretch` is left to whoever places it."""
        levels = (np.arange(256) / 255) ** self.gamma * 255
        table = np.stack([levels * gain for gain in (*self.gains, 0)], 1)
        table[:, 3] = np.arange(256)
        toned = cv2.LUT(picture, np.clip(table, 0, 255).astype(np.uint8)[None])
        return toned[:, ::-1] if self.mirrored else toned


@dataclass(frozen=True)
class Still:
    """A portrait.

    Attributes:
        letter: which one.
        tone: how it is changed.
    """

    letter: str
    tone: Tone = Tone()

    @cached_property
    def look(self) -> Look:
        """The cut-out person, and their derived truth."""
        image = cv2.imread(str(ASSETS / f"source_{self.letter}.jpg"))
        face = analyse(image, ModelStore())[0]
        person = Person(self.letter, face.points.astype(np.float64), face.box.astype(np.float64), derived=True)
        picture = _longer(np.dstack([image, _portrait_matte(image)]))
        return Look(self.tone.of(picture), _mirrored(person, image.shape[1]) if self.tone.mirrored else person)

    def at(self, index: int) -> Look:
        """Returns the look in a frame."""
        return self.look

    @property
    def home(self) -> tuple[Doubles, float]:
        """The face's centre and height in px of the look."""
        box = self.look.truth.box
        return (box[:2] + box[2:]) / 2, float(box[3] - box[1])


class Film:
    """The demo person in motion; frames go forward and start again at the end of the clip.

    Args:
        start: the first frame.
        tone: how the person is changed.
        name: the person's id.
        whole: with the room around, as the clip is; else cut out.
    """

    def __init__(self, start: int = 0, tone: Tone = Tone(), name: str = "demo", *, whole: bool = False) -> None:
        self._tone, self._start, self._name, self._whole = tone, start, name, whole
        self._frames = DemoFrames()

    def at(self, index: int) -> Look:
        """Returns the look in a frame; cheap only from one frame to the next."""
        number = (self._start + index) % len(DEMO.frames)
        image = self._frames[number]
        person = DEMO.frames[number][0]
        person = Person(self._name, person.points, person.box)
        if self._whole:
            return Look(cv2.cvtColor(image, cv2.COLOR_BGR2BGRA), person)  # its fourth channel is 255
        picture = self._tone.of(_longer(np.dstack([image, _demo_matte(image, person.box)])))
        return Look(picture, _mirrored(person, image.shape[1]) if self._tone.mirrored else person)

    @property
    def home(self) -> tuple[Doubles, float]:
        """Where the face is in the mean, and its height, in px of the look; its own motion is about this place."""
        boxes = np.array([people[0].box for people in DEMO.frames])
        centre = (boxes[:, :2] + boxes[:, 2:]).mean(0) / 2
        if self._tone.mirrored:
            centre[0] = DEMO.width - 1 - centre[0]
        return centre, float((boxes[:, 3] - boxes[:, 1]).mean())


Actor = Still | Film
DEMO = read_truth(ASSETS / "truth.json")


class DemoFrames:
    """The demo clip's pictures by number; going forward is fast."""

    def __init__(self) -> None:
        self._reader: AnySource | None = None
        self._at = -1
        self._image: Image | None = None

    def __getitem__(self, number: int) -> Image:
        if self._reader is None or number < self._at:
            self._reader = AnySource(make_context("file"), uri="demo:")
            self._at = -1
        while self._at < number:
            picture = self._reader.read()
            assert picture is not None
            self._image, self._at = picture.image, self._at + 1
        assert self._image is not None
        return self._image


@cache
def empty_room() -> Image:
    """Returns the demo clip's room without the person, uint8 [540, 960, 3]: what was behind them is guessed."""
    frames = DemoFrames()
    seen = []
    for number in range(0, len(DEMO.frames), 8):
        box = DEMO.frames[number][0].box / 4
        small = cv2.resize(frames[number], None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA).astype(np.float32)
        shirt = (_below(box, small.shape) > 0) & (small[..., 0] > small[..., 2] + 12)
        small[cv2.dilate(np.uint8(shirt) | _head(box, small.shape, 1.0), np.ones((9, 9), np.uint8)) > 0] = np.nan
        seen.append(small)
    known = np.isfinite(seen).any(axis=(0, 3))
    room = np.nan_to_num(np.nanmedian(np.where(known[..., None], seen, 0), axis=0)).astype(np.uint8)
    room = cv2.inpaint(room, np.uint8(~known) * 255, 8, cv2.INPAINT_NS)
    return cv2.resize(room, (DEMO.width, DEMO.height), interpolation=cv2.INTER_CUBIC)


def _head(box: Doubles, shape: tuple[int, ...], size: float) -> Image:
    """Returns an ellipse about a face, its neck included, 255 inside: the head at size 1, within the head below."""
    mask = np.zeros(shape[:2], np.uint8)
    (x, y), (wide, high) = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    axes = (round(0.9 * size * wide), round(0.95 * size * high))
    cv2.ellipse(mask, (round(x), round(y - 0.05 * high)), axes, 0, 0, 360, 255, -1)
    return mask


def _below(box: Doubles, shape: tuple[int, ...]) -> Image:
    """Returns the part of the picture in which the body can be: below the mouth; 255 there."""
    mask = np.zeros(shape[:2], np.uint8)
    mask[round(0.25 * box[1] + 0.75 * box[3]) :] = 255
    return mask


def _demo_matte(image: Image, box: Doubles) -> Image:
    """Returns the demo person's matte: what differs from the empty room, or is blue as the shirt, in one piece."""
    smooth = cv2.GaussianBlur(image, (0, 0), 1)
    differs = cv2.absdiff(smooth, empty_room()).max(axis=2) > 14
    blue, _, red = (smooth[..., channel].astype(np.int16) for channel in range(3))
    body = (_below(box, image.shape) > 0) & (differs & (blue > red + 12))
    head = (_head(box, image.shape, 1.1) > 0) & differs | (_head(box, image.shape, 0.5) > 0)
    return _one_piece(np.uint8(body | head) * 255)


def _portrait_matte(image: Image) -> Image:
    """Returns a portrait's matte: what differs from its smooth backdrop, faded out where the picture cuts shoulders."""
    height, width = image.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], -1)
    backdrop = (np.abs(x) > 0.7) & (y < 0.35) | (y < -0.9)
    factors = np.linalg.lstsq(terms[backdrop], image[backdrop].astype(np.float64), rcond=None)[0]
    differs = np.abs(image - terms @ factors).max(axis=2) > 16
    fade = np.clip((1 - np.abs(x)) / 0.15, 0, 1)
    return (_one_piece(np.uint8(differs) * 255) * fade).astype(np.uint8)


def _one_piece(mask: Image) -> Image:
    """Returns the largest connected part without holes, with a soft edge."""
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    solid = cv2.drawContours(np.zeros_like(mask), [max(outlines, key=cv2.contourArea)], 0, 255, -1)
    return cv2.GaussianBlur(cv2.erode(solid, np.ones((3, 3), np.uint8)), (0, 0), 1.2)


def _longer(picture: Image) -> Image:
    """Returns a picture whose last row goes on downwards."""
    return np.vstack([picture, np.repeat(picture[-1:], BELOW * len(picture), 0)])


def _mirrored(person: Person, width: int) -> Person:
    points = person.points[[1, 0, 2, 4, 3]] * (-1, 1) + (width - 1, 0)
    box = np.array([width - 1 - person.box[2], person.box[1], width - 1 - person.box[0], person.box[3]])
    return Person(person.id, points, box, person.visible, person.derived)

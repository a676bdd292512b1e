"""Puts people and hands before a background, and says what is then true of the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from bench.truth import Person
from models.align import scale_of, transform
from runtime.kinds import Doubles, Image
from tests.clips.hands import CENTRE, hand
from tests.clips.people import Actor

WIDTH, HEIGHT = 960, 540
"""The px in which scenes are written; a clip may be made smaller."""


@dataclass(frozen=True)
class Place:
    """An actor in a frame: where the middle of the face is, how high the face is in px, and how it is turned."""

    actor: Actor
    x: float
    y: float
    face_px: float
    turn_deg: float = 0.0
    stretch: float = 1.0


@dataclass(frozen=True)
class Hand:
    """A hand in a frame: the middle of its palm, the palm's width in px, and how it is turned clockwise."""

    x: float
    y: float
    palm_px: float
    turn_deg: float = 0.0


class Shot(NamedTuple):
    """A frame of a clip: the picture, who is in it, and where something passes in front, bool [H, W] or None."""

    image: Image
    people: tuple[Person, ...]
    occluder: np.ndarray | None = None


class _Layer(NamedTuple):
    """A warped picture: uint8 [H, W, 4], and the person in canvas px, or None for a hand."""

    pixels: Image
    person: Person | None


def render(room: Image, things: Sequence[Place | Hand], index: int, scale: float) -> Shot:
    """Returns the frame with all things over the room, the first ones behind; `scale` takes scene px to canvas px."""
    image = room.astype(np.float32)
    layers = [_layer(thing, index, scale, room.shape[1::-1]) for thing in things]
    for layer in layers:
        alpha = layer.pixels[..., 3:].astype(np.float32) / 255
        image += alpha * (layer.pixels[..., :3] - image)
    people = [_judged(layer.person, layers[n + 1 :], room.shape) for n, layer in enumerate(layers) if layer.person]
    hands = [layer.pixels[..., 3] > 127 for layer in layers if layer.person is None]
    occluder = np.logical_or.reduce(hands) if hands else None
    return Shot(np.rint(image).astype(np.uint8), tuple(p for p in people if p.visible > 0), occluder)


def _layer(thing: Place | Hand, index: int, scale: float, size: tuple[int, int]) -> _Layer:
    if isinstance(thing, Hand):
        matrix = _placing(np.array(CENTRE), thing, scale, thing.palm_px / 224)
        return _Layer(_warped(hand(), matrix, size), None)
    look = thing.actor.at(index)
    centre, face_px = thing.actor.home
    matrix = _placing(centre, thing, scale, thing.face_px / face_px, thing.stretch)
    return _Layer(_warped(look.picture, matrix, size), moved(look.truth, matrix))


def _placing(centre: Doubles, at: Place | Hand, scale: float, zoom: float, stretch: float = 1.0) -> Doubles:
    """Returns the transform that takes `centre` of a picture to its place on the canvas, float64 [2, 3]."""
    angle = math.radians(at.turn_deg)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    matrix = turn @ np.diag([stretch, 1.0]) * zoom * scale
    goal = (np.array([at.x, at.y]) + 0.5) * scale - 0.5
    return np.column_stack([matrix, goal - matrix @ centre])


def _warped(picture: Image, matrix: Doubles, size: tuple[int, int]) -> Image:
    """Returns a picture on the canvas; where it shrinks, its pixels are averaged first."""
    shrink = int(1 / scale_of(matrix))
    if shrink > 1:
        height, width = (side // shrink * shrink for side in picture.shape[:2])
        picture = cv2.resize(
            picture[:height, :width], (width // shrink, height // shrink), interpolation=cv2.INTER_AREA
        )
        matrix = np.column_stack([matrix[:, :2] * shrink, matrix[:, 2] + matrix[:, :2].sum(1) * (shrink - 1) / 2])
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR)


def moved(person: Person, matrix: Doubles) -> Person:
    """Returns a person whose picture was warped by a matrix, float64 [2, 3]."""
    (x0, y0, x1, y1) = person.box
    corners = transform(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), matrix)
    box = np.concatenate([corners.min(0), corners.max(0)])
    return Person(person.id, transform(person.points, matrix), box, person.visible, person.derived)


def _judged(person: Person, before: Sequence[_Layer], shape: tuple[int, ...]) -> Person:
    """Returns the person with the share of the face that the picture shows."""
    face = np.zeros(shape[:2], np.uint8)
    (x, y), half = (person.box[:2] + person.box[2:]) / 2, (person.box[2:] - person.box[:2]) / 2
    cv2.ellipse(face, ((x, y), tuple(2 * half), 0.0), 255, -1)
    for layer in before:
        face[layer.pixels[..., 3] > 127] = 0
    visible = min(1.0, float(np.count_nonzero(face)) / (math.pi * float(half.prod())))
    return Person(person.id, person.points, person.box, visible, person.derived)

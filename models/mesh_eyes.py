"""Gives the target's eyes the colour of the source's: their gaze, lids and reflections stay.

The iris is what is darker than the white around it within the opening of the eye, so no landmarks of it are needed.
Both eyes are looked at in one strip: the pictures are so small that calls cost more than pixels.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from models.landmarks import LEFT_EYE, RIGHT_EYE
from models.mesh_light import bgr_of, lab_of
from runtime.kinds import Floats, Image

_EYES = np.array([LEFT_EYE, RIGHT_EYE])
_INNER = 0.2
"""The opening is shrunk by this share, so that lids and lashes stay as they are."""
_PALER, _DARKER = 0.2, 0.45
"""What is darker than the white by the first share begins to be iris, from the second on it is."""
_SHUT, _OPEN = 0.35, 0.5
"""Less of the opening than the first share is iris only where a lid is shut over it: the rest is lashes and shadow."""
_PUPIL = 0.15
_FEWEST = 4.0
"""Pixels of iris below which its colour cannot be told."""
_BITS = 4
_UNIT = 1 << _BITS


class Iris(NamedTuple):
    """The colour of an iris against the white of the eye: L, a and b of CIELAB, each by the lightness of the white."""

    lightness: float
    a: float
    b: float

    def towards(self, other: Iris, share: float) -> Iris:
        """Returns the colour that is so far on the way to another one."""
        return Iris(*(mine + (its - mine) * share for mine, its in zip(self, other, strict=True)))


class Eyes(NamedTuple):
    """The surroundings of the eyes that are seen, E of them, side by side in one strip.

    Attributes:
        places: their parts of the patch, all of one size.
        lab: float32 [h, E, w, 3], those parts in CIELAB.
        iris: float32 [h, E, w], how far a pixel is iris, 0 to 1.
        white: lightness of the white, float32 [E].
        opened: 0 where a lid is shut over an eye, 1 where it is open, float32 [E].
    """

    places: list[tuple[slice, slice]]
    lab: Floats
    iris: Floats
    white: Floats
    opened: Floats


def eyes_of(image: Image, points: Floats) -> Eyes | None:
    """Returns the eyes of a patch uint8 [N, N, 3 or 4] that are inside it, given its mesh [468, 2 or 3]."""
    outlines = points[_EYES, :2]  # [2, 16, 2]
    low, high = np.floor(outlines.min(1)).astype(int) - 1, np.ceil(outlines.max(1)).astype(int) + 2
    width, height = (high - low).max(0).tolist()
    room = (image.shape[1] - width, image.shape[0] - height)
    if min(width, height) < 3 or min(room) < 0:
        return None
    corners = outlines + (outlines.mean(1, keepdims=True) - outlines) * np.float32(_INNER)
    starts, openings = np.clip(low, 0, room), []
    for corner, start in zip(corners, starts, strict=True):
        opening = np.zeros((height, width), np.uint8)
        cv2.fillPoly(opening, [np.rint((corner - start) * _UNIT).astype(np.int32)], 255, cv2.LINE_AA, _BITS)
        openings.append(opening)
    places = [np.s_[y : y + height, x : x + width] for x, y in starts.tolist()]
    seen = [index for index in range(2) if cv2.minMaxLoc(openings[index])[1] > 128]
    if not seen:
        return None
    return _looked_at(image, [places[index] for index in seen], cv2.hconcat([openings[index] for index in seen]))


def iris_of(eyes: Eyes | None) -> Iris | None:
    """Returns the colour of the irises, or None where too little of them is seen."""
    if eyes is None:
        return None
    white = eyes.white[:, None]
    weights = eyes.iris * (eyes.lab[..., 0] > _PUPIL * white)
    total = float(weights.sum())
    if total < _FEWEST:
        return None
    colours = np.einsum("hew,hewc->c", weights / white, eyes.lab) / total
    return Iris(*colours.tolist())


def recolour(image: Image, features: Image, eyes: Eyes, old: Iris, new: Iris, keep: float) -> None:
    """Puts irises of another colour into a swapped patch uint8 [N, N, 3] and its mask of features [N, N], in place.

    Where `keep` leaves the target's eyes, all but the iris are the frame's own pixels, so only the iris is put in.
    """
    gain = np.float32(min(max(new.lightness / max(old.lightness, 1e-3), 0.5), 1.6) - 1)
    lab = eyes.lab.copy()
    lab[..., 0] *= 1 + eyes.iris * gain
    shifts = eyes.iris * eyes.white[:, None]
    lab[..., 1] += shifts * np.float32(new.a - old.a)
    lab[..., 2] += shifts * np.float32(new.b - old.b)
    height, count, width = eyes.iris.shape
    mixed = cv2.convertScaleAbs(bgr_of(lab.reshape(height, count * width, 3))).reshape(lab.shape)
    share = np.rint(eyes.iris * np.float32(255 * keep)).astype(np.uint8)
    for index, place in enumerate(eyes.places):
        part = image[place]
        new_part = cv2.addWeighted(mixed[:, index], keep, part, 1 - keep, 0)
        cv2.copyTo(new_part, share[:, index], part)
        cv2.max(features[place], share[:, index], features[place])


def _looked_at(image: Image, places: list[tuple[slice, slice]], opening: Image) -> Eyes:
    """Returns what the places show; `opening` is uint8 [h, E * w], what is between the lids."""
    height, count = len(opening), len(places)
    lab = lab_of(cv2.hconcat([image[place] for place in places]))
    lightness, shape = cv2.extractChannel(lab, 0), (height, count, -1)
    inside = opening > 128
    white = np.maximum((cv2.blur(lightness, (3, 3)) * inside).reshape(shape).max((0, 2)), np.float32(5))
    darker = (1 - lightness.reshape(shape) / white[:, None] - np.float32(_PALER)) / np.float32(_DARKER - _PALER)
    iris = np.clip(darker, 0, 1) * cv2.blur(opening, (3, 3)).reshape(shape) / np.float32(255)
    share = iris.sum((0, 2)) / inside.reshape(shape).sum((0, 2))
    opened = np.clip((share - _SHUT) / (_OPEN - _SHUT), 0, 1).astype(np.float32)
    return Eyes(places, lab.reshape(*iris.shape, 3), (iris * opened[:, None]).astype(np.float32), white, opened)

"""Gives the target's eyes the colour of the source's: their gaze, lids and reflections stay.

The iris is what is darker than the white around it within the opening of the eye, so no landmarks of it are needed.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from models.landmarks import LEFT_EYE, RIGHT_EYE
from models.mesh_light import bgr_of, lab_of
from runtime.kinds import Floats, Image

_EYES = [np.array(group) for group in (LEFT_EYE, RIGHT_EYE)]
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


class Eye(NamedTuple):
    """The surroundings of one eye.

    Attributes:
        place: its part of the patch.
        lab: float32 [h, w, 3], that part in CIELAB.
        iris: float32 [h, w], how far a pixel is iris, 0 to 1.
        white: lightness of the white.
        opened: 0 where a lid is shut over it, 1 where it is open.
    """

    place: tuple[slice, slice]
    lab: Floats
    iris: Floats
    white: float
    opened: float


def eyes_of(image: Image, points: Floats) -> list[Eye]:
    """Returns the eyes of a patch uint8 [N, N, 3 or 4] that are open and inside it, given its mesh [468, 2 or 3]."""
    eyes = [_eye(image, points[group, :2]) for group in _EYES]
    return [eye for eye in eyes if eye is not None]


def iris_of(eyes: list[Eye]) -> Iris | None:
    """Returns the colour of the irises, or None where too little of them is seen."""
    sums = np.zeros(4)
    for eye in eyes:
        weights = eye.iris * (eye.lab[..., 0] > _PUPIL * eye.white)
        colours = (weights[..., None] * eye.lab).sum((0, 1)) / eye.white
        sums += (*colours, weights.sum())
    return None if sums[3] < _FEWEST else Iris(*(sums[:3] / sums[3]).tolist())


def recolour(image: Image, features: Image, eyes: list[Eye], old: Iris, new: Iris, keep: float) -> None:
    """Puts irises of another colour into a swapped patch uint8 [N, N, 3] and its mask of features [N, N], in place.

    Where `keep` leaves the target's eyes, all but the iris are the frame's own pixels, so only the iris is put in.
    """
    gain = np.float32(min(max(new.lightness / max(old.lightness, 1e-3), 0.5), 1.6) - 1)
    shift = np.float32([new.a - old.a, new.b - old.b])
    for eye in eyes:
        lab = eye.lab.copy()
        lab[..., 0] *= 1 + eye.iris * gain
        lab[..., 1:] += eye.iris[..., None] * shift * np.float32(eye.white)
        share = (eye.iris > 0)[..., None] * np.float32(keep)
        image[eye.place] = bgr_of(lab) * share + image[eye.place] * (1 - share) + np.float32(0.5)
        np.maximum(features[eye.place], (eye.iris * np.float32(255 * keep)).astype(np.uint8), out=features[eye.place])


def _eye(image: Image, outline: Floats) -> Eye | None:
    (x0, y0), (x1, y1) = np.floor(outline.min(0)).astype(int) - 1, np.ceil(outline.max(0)).astype(int) + 2
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, image.shape[1]), min(y1, image.shape[0])
    if x1 - x0 < 3 or y1 - y0 < 3:
        return None
    opening = np.zeros((y1 - y0, x1 - x0), np.uint8)
    corners = outline + (outline.mean(0) - outline) * np.float32(_INNER) - np.float32([x0, y0])
    cv2.fillPoly(opening, [np.rint(corners * _UNIT).astype(np.int32)], 255, cv2.LINE_AA, _BITS)
    inside = opening > 128
    if not inside.any():
        return None
    place = np.s_[y0:y1, x0:x1]
    lab = lab_of(image[place])
    white = max(float(cv2.blur(lab[..., 0], (3, 3))[inside].max()), 5.0)
    darker = (1 - lab[..., 0] / np.float32(white) - np.float32(_PALER)) / np.float32(_DARKER - _PALER)
    iris = (np.clip(darker, 0, 1) * cv2.blur(opening, (3, 3)) / np.float32(255)).astype(np.float32)
    share = float(iris.sum()) / np.count_nonzero(inside)
    opened = min(max((share - _SHUT) / (_OPEN - _SHUT), 0.0), 1.0)
    return Eye(place, lab, iris * np.float32(opened), white, opened)

"""Paints the regions of a 468-point mesh as masks: the face, its features, its plain skin. Knows nothing of colour."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from models.landmarks import INNER_LIPS, LEFT_EYE, OVAL, RIGHT_EYE
from models.mesh_points import BROWS, OUTER_LIPS
from runtime.kinds import Floats, Image

Group = npt.NDArray[np.intp]

LIGHT_CELLS = 32
"""Side of the pictures in which light is looked at."""

_REACH = 0.06
"""How far the face mask ends outside the oval, as a share of its size; its ramp is as wide as that on both sides."""
_FEATHER = 64
"""The ramp at that edge is about two of this many parts of the patch wide."""
_SHUT_EYE, _OPEN_EYE = 0.15, -0.1
_SKIN_GROW = -0.04
_SUBPIXEL_BITS = 4
_OVAL, _INNER_LIPS, _OUTER_LIPS = (np.array(group) for group in (OVAL, INNER_LIPS, OUTER_LIPS))
_EYES = [np.array(group) for group in (LEFT_EYE, RIGHT_EYE)]
_BROWS = [np.array(group) for group in BROWS]


def face_mask(points: Floats, size_px: int) -> Image:
    """Returns the face within its oval, uint8 [size_px, size_px], feathered, and 0 at the patch's border."""
    half = size_px // 2
    mask = np.zeros((half, half), np.uint8)
    _fill(mask, points, _OVAL, size_px, 255, grow=_REACH)
    mask[[0, -1]] = mask[:, [0, -1]] = 0
    side = 2 * (half // _FEATHER) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * side - 1, 2 * side - 1))
    mask = cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    for _ in range(2):  # two boxes make a ramp without corners, which ends where the oval was before it was eroded
        mask = cv2.blur(mask, (side, side), borderType=cv2.BORDER_CONSTANT)
    return cv2.resize(mask, (size_px, size_px))


def features_mask(
    points: Floats, size_px: int, *, eyes: float, mouth: float, brows: float, opened: float = 0.0
) -> Image:
    """Returns 255, and less where so much (0 to 1) of the target's features is kept, uint8 [size_px, size_px].

    Of eyes that are surely `opened` only what is between the lids. Over others the mesh may believe them open, and
    then the rims of the source's open eyes would lie on shut lids.
    """
    half = size_px // 2
    mask = np.full((half, half), 255, np.uint8)
    if brows:
        for brow in _BROWS:
            _fill_hull(mask, points, brow, size_px, round(255 * (1 - brows)))
    if eyes:
        for eye in _EYES:
            _fill(
                mask, points, eye, size_px, round(255 * (1 - eyes)), grow=_SHUT_EYE + (_OPEN_EYE - _SHUT_EYE) * opened
            )
    if mouth:
        _fill(mask, points, _INNER_LIPS, size_px, round(255 * (1 - mouth)))
    side = 2 * (half // 100) + 1
    mask = cv2.blur(mask, (side, side), borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(mask, (size_px, size_px))


def skin_mask(points: Floats, size_px: int) -> Floats:
    """Returns where plain skin is, float32 [LIGHT_CELLS, LIGHT_CELLS], 0 to 1: the oval less eyes, brows and lips."""
    mask = np.zeros((2 * LIGHT_CELLS, 2 * LIGHT_CELLS), np.uint8)
    _fill(mask, points, _OVAL, size_px, 255, grow=_SKIN_GROW)
    for brow in _BROWS:
        _fill_hull(mask, points, brow, size_px, 0)
    for eye in _EYES:
        _fill(mask, points, eye, size_px, 0, grow=0.35)
    _fill(mask, points, _OUTER_LIPS, size_px, 0, grow=0.15)
    small = cv2.resize(mask, (LIGHT_CELLS, LIGHT_CELLS), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)


def lips_mask(points: Floats, size_px: int) -> tuple[tuple[slice, slice], Image]:
    """Returns the part of the patch with the lips, and them within it, uint8 [h, w], with a soft edge."""
    mask = np.zeros((size_px, size_px), np.uint8)
    _fill(mask, points, _OUTER_LIPS, size_px, 255)
    left, top, width, height = cv2.boundingRect(mask)
    rim = size_px // 64
    place = np.s_[max(top - rim, 0) : top + height + rim, max(left - rim, 0) : left + width + rim]
    return place, cv2.blur(mask[place], (rim, rim)) if width else mask[:0, :0]


def oval_mask(points: Floats, size_px: int, grow: float) -> Image:
    """Returns the oval, grown about its middle by a share of its size, uint8 [size_px, size_px]."""
    mask = np.zeros((size_px, size_px), np.uint8)
    _fill(mask, points, _OVAL, size_px, 255, grow=grow)
    return mask


def _fill(mask: Image, points: Floats, group: Group, size_px: int, value: int, grow: float = 0.0) -> None:
    """Fills the polygon of a group, grown about its middle by a share of its size."""
    corners = _fixed(points[group], len(mask) / size_px, grow)
    cv2.fillPoly(mask, [corners], value, cv2.LINE_AA, _SUBPIXEL_BITS)


def _fill_hull(mask: Image, points: Floats, group: Group, size_px: int, value: int) -> None:
    hull = cv2.convexHull(_fixed(points[group], len(mask) / size_px, 0.15))
    cv2.fillConvexPoly(mask, hull, value, cv2.LINE_AA, _SUBPIXEL_BITS)


def _fixed(corners: Floats, scale: float, grow: float) -> npt.NDArray[np.int32]:
    """Returns corners, grown about their middle, in the mask's px as OpenCV's fixed-point numbers."""
    unit = scale * (1 << _SUBPIXEL_BITS)
    shift = (unit - (1 << _SUBPIXEL_BITS)) / 2 - corners.sum(0) * np.float32(unit * grow / len(corners))
    return np.rint(corners * np.float32(unit * (1 + grow)) + shift).astype(np.int32)

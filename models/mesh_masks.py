"""Paints the regions of a 468-point mesh as masks: the face, its features, its plain skin. Knows nothing of colour."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from models.landmarks import INNER_LIPS, LEFT_EYE, OVAL, RIGHT_EYE
from models.mesh_part import UNITS, WHOLE, Part
from models.mesh_points import BROWS, OUTER_LIPS
from runtime.kinds import Floats, Image

Group = npt.NDArray[np.intp]

LIGHT_CELLS = 32
"""Side of the pictures in which light is looked at."""

_REACH = 0.08
"""How far the face mask ends outside the oval, as a share of its size; its ramp lies within that."""
_FEATHER = 128
"""The ramp at that edge is about four of this many parts of the patch wide: enough, since the light is the same."""
_SHUT_EYE, _OPEN_EYE = 0.15, -0.1
_SKIN_GROW = -0.04
_SUBPIXEL_BITS = 4
_OVAL, _INNER_LIPS, _OUTER_LIPS = (np.array(group) for group in (OVAL, INNER_LIPS, OUTER_LIPS))
_EYES = [np.array(group) for group in (LEFT_EYE, RIGHT_EYE)]
_BROWS = [np.array(group) for group in BROWS]


def face_part(points: Floats, size_px: int) -> Part:
    """Returns the part of a patch outside of which `face_mask` is 0."""
    return Part.around(points[_OVAL], size_px, _REACH)


def face_mask(points: Floats, size_px: int, part: Part = WHOLE) -> Image:
    """Returns the face within its oval, uint8 [size_px, size_px], feathered, and 0 at the border; or a part of that."""
    half = size_px // 2
    mask = _canvas(0, half, part)
    _fill(mask, _moved(points, part, size_px), _OVAL, 0.5, 255, grow=_REACH)
    mask[0] = mask[-1] = mask[:, 0] = mask[:, -1] = 0
    side = 2 * max(half // _FEATHER, 1) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * side - 1, 2 * side - 1))
    mask = cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    for _ in range(2):  # two boxes make a ramp without corners, which ends where the oval was before it was eroded
        mask = cv2.blur(mask, (side, side), borderType=cv2.BORDER_CONSTANT)
    return _doubled(mask)


def features_mask(
    points: Floats, size_px: int, part: Part = WHOLE, *, eyes: float, mouth: float, brows: float, opened: float = 0.0
) -> Image:
    """Returns 255, and less where so much (0 to 1) of the target's features is kept, uint8 [size_px, size_px], or part.

    Of eyes that are surely `opened` only what is between the lids. Over others the mesh may believe them open, and
    then the rims of the source's open eyes would lie on shut lids.
    """
    half = size_px // 2
    mask, points = _canvas(255, half, part), _moved(points, part, size_px)
    if brows:
        for brow in _BROWS:
            _fill_hull(mask, points, brow, 0.5, round(255 * (1 - brows)))
    if eyes:
        grow = _SHUT_EYE + (_OPEN_EYE - _SHUT_EYE) * opened
        for eye in _EYES:
            _fill(mask, points, eye, 0.5, round(255 * (1 - eyes)), grow=grow)
    if mouth:
        _fill(mask, points, _INNER_LIPS, 0.5, round(255 * (1 - mouth)))
    side = 2 * (half // 100) + 1
    return _doubled(cv2.blur(mask, (side, side), borderType=cv2.BORDER_REPLICATE))


def skin_mask(points: Floats, size_px: int) -> Floats:
    """Returns where plain skin is, float32 [LIGHT_CELLS, LIGHT_CELLS], 0 to 1: the oval less eyes, brows and lips."""
    mask, scale = np.zeros((2 * LIGHT_CELLS, 2 * LIGHT_CELLS), np.uint8), 2 * LIGHT_CELLS / size_px
    _fill(mask, points, _OVAL, scale, 255, grow=_SKIN_GROW)
    for brow in _BROWS:
        _fill_hull(mask, points, brow, scale, 0)
    for eye in _EYES:
        _fill(mask, points, eye, scale, 0, grow=0.35)
    _fill(mask, points, _OUTER_LIPS, scale, 0, grow=0.15)
    small = cv2.resize(mask, (LIGHT_CELLS, LIGHT_CELLS), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)


def lips_mask(points: Floats, size_px: int, part: Part = WHOLE) -> tuple[tuple[slice, slice], Image]:
    """Returns where in a part of the patch the lips are, and them within that, uint8 [h, w], with a soft edge."""
    mask = _canvas(0, size_px, part)
    _fill(mask, _moved(points, part, size_px), _OUTER_LIPS, 1.0, 255)
    left, top, width, height = cv2.boundingRect(mask)
    rim = size_px // 64
    place = np.s_[max(top - rim, 0) : top + height + rim, max(left - rim, 0) : left + width + rim]
    return place, cv2.blur(mask[place], (rim, rim)) if width else mask[:0, :0]


def oval_mask(points: Floats, size_px: int, grow: float) -> Image:
    """Returns the oval, grown about its middle by a share of its size, uint8 [size_px, size_px]."""
    mask = np.zeros((size_px, size_px), np.uint8)
    _fill(mask, points, _OVAL, 1.0, 255, grow=grow)
    return mask


def _canvas(level: int, side: int, part: Part) -> Image:
    """Returns a part of an even mask [side, side]."""
    size = ((part.bottom - part.top) * side // UNITS, (part.right - part.left) * side // UNITS)
    return np.full(size, level, np.uint8)


def _moved(points: Floats, part: Part, size_px: int) -> Floats:
    """Returns points in px from a part's corner."""
    return points - np.float32([part.left, part.top]) * np.float32(size_px / UNITS)


def _doubled(mask: Image) -> Image:
    return cv2.resize(mask, (2 * mask.shape[1], 2 * mask.shape[0]))


def _fill(mask: Image, points: Floats, group: Group, scale: float, value: int, grow: float = 0.0) -> None:
    """Fills the polygon of a group, grown about its middle by a share of its size; the mask is so much smaller."""
    cv2.fillPoly(mask, [_fixed(points[group], scale, grow)], value, cv2.LINE_AA, _SUBPIXEL_BITS)


def _fill_hull(mask: Image, points: Floats, group: Group, scale: float, value: int) -> None:
    hull = cv2.convexHull(_fixed(points[group], scale, 0.15))
    cv2.fillConvexPoly(mask, hull, value, cv2.LINE_AA, _SUBPIXEL_BITS)


def _fixed(corners: Floats, scale: float, grow: float) -> npt.NDArray[np.int32]:
    """Returns corners, grown about their middle, in the mask's px as OpenCV's fixed-point numbers."""
    unit = scale * (1 << _SUBPIXEL_BITS)
    shift = (unit - (1 << _SUBPIXEL_BITS)) / 2 - corners.sum(0) * np.float32(unit * grow / len(corners))
    return np.rint(corners * np.float32(unit * (1 + grow)) + shift).astype(np.int32)

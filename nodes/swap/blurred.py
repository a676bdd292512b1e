"""Makes a patch that hides a face by blurring it, for people who are to be neither swapped nor seen."""

from __future__ import annotations

import cv2
import numpy as np

from models.align import square
from models.crop import cut
from runtime.kinds import Face, Frame, Image, Patch, PatchStatus

SOURCE = "blur"
"""Name of the source of such patches."""
TEMPLATE = "box"
"""Name of their alignment."""

_SIDE, _CELLS = 128, 8
_AROUND = 1.7
"""Side of what is blurred, in sizes of the face: hair, ears and chin belong to it."""


def blurred(frame: Frame, face: Face) -> Patch:
    """Returns a patch of a face's surroundings as means of 8 by 8 cells; `failed` for a face that is not seen."""
    if face.age > 0 or not np.isfinite(face.box).all():
        return Patch(face, PatchStatus.FAILED, source=SOURCE)
    to_patch = square((face.box[:2] + face.box[2:]) / 2, _AROUND * max(face.size, 1.0), 0.0, _SIDE)
    target = np.ascontiguousarray(cut(frame.image, to_patch, _SIDE)[..., :3])
    small = cv2.resize(target, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    image = cv2.resize(small, (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR)
    return Patch(
        face, PatchStatus.SWAPPED, np.asarray(image, np.uint8), target, TEMPLATE, to_patch,
        masks={"shape": _disc()}, source=SOURCE,
    )  # fmt: skip


def _disc() -> Image:
    """Returns a disc that fills the patch, uint8 [N, N], with a soft edge."""
    mask = np.zeros((_SIDE, _SIDE), np.uint8)
    cv2.circle(mask, (_SIDE // 2, _SIDE // 2), _SIDE // 2 - 4, 255, -1, cv2.LINE_AA)
    return np.asarray(cv2.blur(mask, (7, 7), borderType=cv2.BORDER_CONSTANT), np.uint8)

"""Draws contact sheets: frames of a clip above the same frames with faces swapped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from bench.taps import Taps
from runtime.kinds import Floats, Frame, Image

TILE_PX = (256, 312)
WHOLE_PX = 208
"""Height of a whole frame."""
JPEG_QUALITY = 88


class Shot(NamedTuple):
    """A frame before and after, cut to what matters and made small."""

    before: Image
    after: Image


def shot(taps: Taps, *, whole: bool = False) -> Shot:
    """Returns a frame's tiles: about its largest face, or all of it."""
    before, after = taps.raw, taps.composite
    size = (WHOLE_PX * before.width // before.height, WHOLE_PX) if whole else TILE_PX
    part = np.s_[:, :] if whole else _near_face(taps)
    return Shot(*(cv2.resize(frame.image[part], size, interpolation=cv2.INTER_AREA) for frame in (before, after)))


def sheet(shots: Sequence[Shot]) -> Image:
    """Returns the shots side by side, before above after."""
    return np.hstack([np.vstack(one) for one in shots])


def write_picture(image: Image, file: Path) -> None:
    """Writes a picture; its folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if file.suffix == ".jpg" else []
    cv2.imwrite(str(file), image, options)


def _near_face(taps: Taps) -> tuple[slice, slice]:
    """Returns the part about the largest face; about the middle where there is none."""
    middle = np.array([taps.raw.width, taps.raw.height] * 2, np.float32) * np.float32([0.3, 0.3, 0.7, 0.7])
    box = taps.faces[0].box if len(taps.faces) else middle
    return around(box, taps.raw, 1.7, TILE_PX[0] / TILE_PX[1])


def around(box: Floats, frame: Frame, reach: float, aspect: float) -> tuple[slice, slice]:
    """Returns the part of a frame about a face, `reach` times as high and of this aspect, kept inside the frame."""
    height = min(reach * float((box[2:] - box[:2]).max()), frame.height, frame.width / aspect)
    size = np.array([height * aspect, height])
    corner = np.clip((box[:2] + box[2:]) / 2 - size / 2, 0, np.array([frame.width, frame.height]) - size).astype(int)
    end = corner + size.astype(int)
    return slice(corner[1], end[1]), slice(corner[0], end[0])

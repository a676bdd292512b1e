"""Says where a picture has changed since the detector last looked there, beside the people who are known.

Somebody who comes in changes the picture where they come in, so that is where to look first. Works on about 2000
places of a picture, in green alone.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from models.detectors import Region
from nodes.detect.sighting import Sighting
from runtime.kinds import Floats

STEP = 10.0
"""Levels by which a place must change, beyond twice what the middle one of all places does (noise, light)."""

FEWEST = 4
"""How many places next to each other must have changed: at 540p, a square of 32 px."""

SMALLEST = 0.4
"""Side of the smallest region that is worth a look, as a share of the picture's shorter side."""


class News:
    """What has not been looked at since it changed."""

    def __init__(self) -> None:
        self._looked: Floats | None = None

    def place(self, samples: Floats, step: int, known: Iterable[Sighting]) -> Region | None:
        """Returns a square about the largest part that changed, or None; `samples` [R, C, 3] are `step` px apart."""
        if self._looked is None or self._looked.shape != samples.shape:
            self._looked = samples.copy()
            return None
        change = cv2.blur(cv2.absdiff(samples[..., 1], self._looked[..., 1]), (3, 3))
        others = change.copy()
        for person in known:
            _leave_out(others, person, step)
        if others.max() <= STEP:  # as in most frames
            return None
        changed = (others > STEP + 2 * np.median(change)).astype(np.uint8)
        count, _, parts, _ = cv2.connectedComponentsWithStats(changed)
        if count < 2:
            return None
        x, y, wide, high, cells = parts[1 + int(np.argmax(parts[1:, cv2.CC_STAT_AREA]))].tolist()
        return _square(x, y, wide, high, samples.shape, step) if cells >= FEWEST else None

    def looked(self, samples: Floats, step: int, region: Region | None) -> None:
        """Takes in that the detector has looked at a region, None for the whole picture."""
        if self._looked is None or self._looked.shape != samples.shape or region is None:
            self._looked = samples.copy()
            return
        x0, y0, x1, y1 = (max(round(edge / step), 0) for edge in region)
        self._looked[y0:y1, x0:x1] = samples[y0:y1, x0:x1]


def _leave_out(changed: Floats, person: Sighting, step: int) -> None:
    """Clears where a known person's head and body are."""
    (x, y), size = (person.centre / step).tolist(), person.size / step
    head, body = max(round(y - 1.3 * size), 0), max(round(y + 0.4 * size), 0)
    changed[head:body, max(round(x - size), 0) : max(round(x + size) + 1, 0)] = 0
    changed[body:, max(round(x - 1.6 * size), 0) : max(round(x + 1.6 * size) + 1, 0)] = 0


def _square(x: int, y: int, wide: int, high: int, shape: tuple[int, ...], step: int) -> Region:
    """Returns a square in px about cells, from their top: whoever changes a picture has the face on top."""
    shorter = min(shape[:2])
    side = min(max(1.3 * max(wide, high), SMALLEST * shorter), shorter)
    left, top = x + wide / 2 - side / 2, max(min(y - 0.15 * side, shape[0] - side), 0)
    return Region(*(round(edge * step) for edge in (left, top, left + side, top + side)))

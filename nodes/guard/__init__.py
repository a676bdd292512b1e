"""Turns frames that could show a bare face into frames that cannot; the last node before a live sink.

    nodes:
      guarded: {type: guard, in: {frame: labelled, faces: known, raw: camera}}
      strict:  {type: guard, in: {frame: labelled, faces: known, raw: camera}, hold_ms: 0, blur_cells: 4}
      chosen:  {type: guard, in: {frame: labelled, faces: known, raw: camera, patches: swapped}}

With `patches` it knows whom `swap` leaves bare by a rule, and does not hide the picture when they go.

What it answers, the first that applies:
- the composite, when it is cleared and no face that was known a moment ago is missing in it;
- the picture as it is, when the detector ran for `forget_ms` and found nobody;
- the last good composite, up to `hold_ms` after it was made, unless somebody was found since who may be bare in it;
- the camera's picture with the faces blurred, or blurred as a whole when nobody knows where they are: at the start,
  when detection failed, when there is no composite, when somebody missing had time to walk off.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import cv2
import numpy as np
from pydantic import Field

from nodes.detect.change import Change, Changes, samples_of
from nodes.guard.people import People
from runtime.kinds import Faces, Floats, Frame, Image, Patches, PatchStatus
from runtime.node import node
from runtime.settings import Millis

Cells = Annotated[int, Field(ge=2, le=12)]


@node(ordered=True)
class Guard:
    """Passes what is cleared, else holds the last good composite, else blurs; its frames are always `cleared`.

    Settings:
        hold_ms: how long a good composite may stand in for one that is not.
        forget_ms: how long the detector must have found nothing until a person counts as gone.
        blur_cells: a blurred region, of nearly twice the face's size, is reduced to so many cells on a side.
    """

    def __init__(self) -> None:
        self._people = People()
        self._changes = Changes()
        self._good: Frame | None = None
        self._last: tuple[float, tuple[int, ...]] | None = None  # time and shape of the frame before
        self._counts = {"passed": 0, "held": 0, "blurred": 0}

    def __call__(
        self,
        frame: Frame | None,
        faces: Faces | None,
        raw: Frame,
        patches: Patches | None = None,
        *,
        hold_ms: Millis = 500,
        forget_ms: Millis = 2000,
        blur_cells: Cells = 8,
    ) -> Frame:
        """Returns a frame that shows no bare face, with the number and the times of `raw`."""
        step_s = self._advance(raw)
        detected = faces is not None and faces.detected
        if faces is not None and detected:
            is_cut = (
                self._people.has_none_of(faces)
                and self._changes.before(raw.image, samples_of(raw.image)) is Change.SCENE
            )
            self._changes.remember(raw.image)
            self._people.update(faces, raw, step_s, forget_ms / 1000, is_cut=is_cut, bare=_left_bare(patches))
            if self._people.newcomers:
                self._good = None  # they may be in it already, not yet found
        if detected and self._may_pass(frame):
            return self._passed(frame or raw, raw)
        if self._good is not None and raw.time - self._good.time <= hold_ms / 1000:
            self._counts["held"] += 1
            return raw.with_image(self._good.image, cleared=True)
        self._counts["blurred"] += 1
        boxes = self._people.boxes(raw.time) if detected and frame is not None else None
        return raw.with_image(_blurred(raw, boxes, blur_cells), cleared=True)

    def counters(self) -> dict[str, int]:
        """Returns how many frames were passed on, replaced by a held one, and blurred."""
        return dict(self._counts)

    def _advance(self, raw: Frame) -> float:
        """Returns the seconds since the last frame; forgets everything when the stream is another one."""
        last, self._last = self._last, (raw.time, raw.image.shape)
        if last is None:
            return 0.0
        time, shape = last
        if raw.time < time or raw.image.shape != shape:
            self._people, self._good = People(), None
            return 0.0
        return raw.time - time

    def _may_pass(self, frame: Frame | None) -> bool:
        """Whether this picture, of a frame on which the detector ran, shows nobody bare."""
        if not self._people.seen and not self._people.missing:
            return True
        return frame is not None and frame.cleared and self._people.all_found()

    def _passed(self, frame: Frame, raw: Frame) -> Frame:
        """Returns a composite with the numbers of `raw`, and remembers it.

        Not so a picture of nobody: whoever comes in may be in it before the detector has found them.
        """
        self._counts["passed"] += 1
        passed = raw.with_image(frame.image, cleared=True)
        self._good = passed if self._people.seen else None
        return passed


def _left_bare(patches: Patches | None) -> frozenset[int]:
    """Returns the track numbers of those whom a rule leaves bare."""
    tracks = {patch.face.track for patch in patches or () if patch.status is PatchStatus.LEFT_ALONE}
    return frozenset(tracks - {-1})


def _blurred(raw: Frame, boxes: Iterable[Floats] | None, cells: int) -> Image:
    """Returns the picture with nothing left in the boxes but a few smooth blocks; without boxes, in all of it."""
    image = raw.editable()
    size = np.array((raw.width, raw.height))
    if boxes is None:
        _smear(raw.image, image, size.min() / cells)
        return image
    for box in boxes:
        x0, y0 = np.clip(np.floor(box[:2]), 0, size).astype(int)
        x1, y1 = np.clip(np.ceil(box[2:]) + 1, 0, size).astype(int)
        if x1 > x0 and y1 > y0:
            _smear(raw.image[y0:y1, x0:x1], image[y0:y1, x0:x1], (box[2:] - box[:2]).max() / cells)
    return image


def _smear(source: Image, out: Image, cell_px: float) -> None:
    """Writes the source to `out` as the means of cells of `cell_px`, with smooth steps between them."""
    height, width = source.shape[:2]
    few = (max(1, int(width / cell_px)), max(1, int(height / cell_px)))
    small = cv2.resize(source, few, interpolation=cv2.INTER_AREA)
    cv2.resize(small, (width, height), out, interpolation=cv2.INTER_LINEAR)

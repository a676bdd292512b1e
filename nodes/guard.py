"""Turns frames that could show a bare face into frames that cannot; the last node before a live sink.

    nodes:
      guarded: {type: guard, in: {frame: labelled, faces: known, raw: camera}}
      strict:  {type: guard, in: {frame: labelled, faces: known, raw: camera}, hold_ms: 0, blur_cells: 4}
      chosen:  {type: guard, in: {frame: labelled, faces: known, raw: camera, patches: swapped}}

With `patches` it knows whom `swap` leaves bare by a rule, and does not hide the picture when they go.

What it answers, the first that applies:
- the composite, when it is cleared and no face that was known a moment ago is missing in it;
- the picture as it is, when the detector ran for `forget_ms` and found nobody;
- the last good composite, up to `hold_ms` after it was made;
- the camera's picture with the faces blurred, or blurred as a whole when nobody knows where they are: at the start,
  when detection failed, when there is no composite.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated

import cv2
import numpy as np
from pydantic import Field

from runtime.kinds import Face, Faces, Floats, Frame, Image, Patches, PatchStatus
from runtime.node import node
from runtime.settings import Millis

Cells = Annotated[int, Field(ge=2, le=12)]

_MARGIN = 0.35
"""How far a blurred region reaches beyond a face's box, as a share of its size: hair, ears and chin belong to it."""
_DRIFT = 0.5
"""How much further for each second that the face has been missing, because people move."""
_SAME_PLACE = 0.4
"""Overlap (intersection over union) from which a face is the one that was lost, under a new track number."""
_ONE_GAP = 0.75
"""No gap between two frames counts for more than this share of `forget_ms`: a camera that stalls is no evidence."""


@node(ordered=True)
class Guard:
    """Passes what is cleared, else holds the last good composite, else blurs; its frames are always `cleared`.

    Settings:
        hold_ms: how long a good composite may stand in for one that is not.
        forget_ms: how long the detector must have found nothing until a person counts as gone.
        blur_cells: a blurred region, of nearly twice the face's size, is reduced to so many cells on a side.
    """

    def __init__(self) -> None:
        self._memory = _Memory()
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
        if faces is not None and patches is not None:
            faces = _without_left_alone(faces, patches)
        if faces is not None and detected:
            self._memory.update(faces, step_s, forget_ms / 1000)
            if self._memory.newcomers:
                self._good = None  # they may be in it already, not yet found
        if detected and self._may_pass(frame):
            return self._passed(frame or raw, raw)
        if self._good is not None and raw.time - self._good.time <= hold_ms / 1000:
            self._counts["held"] += 1
            return raw.with_image(self._good.image, cleared=True)
        self._counts["blurred"] += 1
        boxes = self._memory.boxes() if detected and frame is not None else None
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
            self._memory, self._good = _Memory(), None
            return 0.0
        return raw.time - time

    def _may_pass(self, frame: Frame | None) -> bool:
        """Whether this picture, of a frame on which the detector ran, shows nobody bare."""
        if self._memory.nobody():
            return True
        return frame is not None and frame.cleared and not self._memory.somebody_missing()

    def _passed(self, frame: Frame, raw: Frame) -> Frame:
        """Returns a composite with the numbers of `raw`, and remembers it.

        Not so a picture of nobody: whoever comes in may be in it before the detector has found them.
        """
        self._counts["passed"] += 1
        passed = raw.with_image(frame.image, cleared=True)
        self._good = None if self._memory.nobody() else passed
        return passed


@dataclass(frozen=True, slots=True)
class _Missing:
    """Somebody who may be in the picture and was not found in it.

    Attributes:
        box: where they were last, or are thought to be, float32 [4] px; None when they may be anywhere.
        track: track number, -1 without.
        missing_s: for how long the detector has run and not found them.
    """

    box: Floats | None
    track: int = -1
    missing_s: float = 0.0


class _Memory:
    """Who is in the picture, and who may be. Before anything is known that is somebody, anywhere."""

    def __init__(self) -> None:
        self.newcomers = False
        self._seen: list[_Missing] = []
        self._missing = [_Missing(None)]

    def update(self, faces: Faces, step_s: float, forget_s: float) -> None:
        """Takes what the detector found; whom it did not find stays missing until `forget_s` has passed.

        A tracker lists whom it has lost. Somebody with a number who is not listed beside a face that is seen has been
        let go on purpose (a cut to another scene); without numbers, or beside nobody, absence is no proof.
        """
        step_s = min(step_s, _ONE_GAP * forget_s)
        known = [replace(person, missing_s=person.missing_s + step_s) for person in self._seen + self._missing]
        by_track = {person.track: person for person in known if person.track >= 0}
        self.newcomers = any(face.track not in by_track for face in faces if face.track >= 0)
        self._seen = [_Missing(_finite(face.box), face.track) for face in faces.seen()]
        lost = [_lost(face, by_track.get(face.track)) for face in faces if face.age > 0]
        listed = {face.track for face in faces if face.track >= 0}
        let_go = {person.track for person in known if person.track >= 0} if self._seen else set()
        unlisted = [person for person in known if person.track not in listed | let_go]
        missing = [person for person in lost + unlisted if not _is_among(person, self._seen)]
        self._missing = [person for person in missing if person.missing_s < forget_s]

    def nobody(self) -> bool:
        """Whether everybody is gone."""
        return not self._seen and not self._missing

    def somebody_missing(self) -> bool:
        """Whether somebody who was there a moment ago is not among the faces of the frame."""
        return bool(self._missing)

    def boxes(self) -> list[Floats] | None:
        """Returns where faces are or may be, float32 [4] px each; None when that is anywhere."""
        boxes = [_reach(person) for person in self._seen + self._missing if person.box is not None]
        return boxes if len(boxes) == len(self._seen) + len(self._missing) else None


def _without_left_alone(faces: Faces, patches: Patches) -> Faces:
    """Returns the faces without those that a rule leaves bare: nobody misses them."""
    bare = {patch.face.track for patch in patches if patch.status is PatchStatus.LEFT_ALONE} - {-1}
    return replace(faces, items=tuple(face for face in faces if face.track not in bare))


def _lost(face: Face, before: _Missing | None) -> _Missing:
    """Returns a face that is followed but was not found; by its age or by our own count, whichever is shorter.

    Its age goes on while the detector fails; and it starts anew when there is a glimpse of the face.
    """
    missing_s = face.age if before is None else min(face.age, before.missing_s)
    return _Missing(_finite(face.box), face.track, missing_s)


def _is_among(person: _Missing, seen: Iterable[_Missing]) -> bool:
    """Whether somebody missing is one of those seen: the same place, or anybody when it is not known who was there."""
    return any(person.box is None or other.box is None or _overlap(person.box, other.box) for other in seen)


def _overlap(one: Floats, other: Floats) -> bool:
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])
    both = float(np.prod(np.maximum(high - low, 0)))
    return both > _SAME_PLACE * (float(np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])) - both)


def _finite(box: Floats) -> Floats | None:
    return box if np.isfinite(box).all() else None


def _reach(person: _Missing) -> Floats:
    """Returns the box that a face may fill by now."""
    assert person.box is not None  # noqa: S101  # asked for those that have one
    size = float((person.box[2:] - person.box[:2]).max())
    margin = np.float32(size * (_MARGIN + _DRIFT * person.missing_s))
    return person.box + np.array([-margin, -margin, margin, margin], np.float32)


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

"""Turns frames that could show a bare face into frames that cannot; the last node before a live sink.

    nodes:
      guarded: {type: guard, in: {frame: labelled, faces: known, raw: camera}}
      strict:  {type: guard, in: {frame: labelled, faces: known, raw: camera}, hold_ms: 0, blur_cells: 4}

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

from models.detectors import overlap
from nodes.detect.change import Change, Changes
from runtime.kinds import Face, Faces, Floats, Frame, Image
from runtime.node import node
from runtime.settings import Millis

Cells = Annotated[int, Field(ge=2, le=12)]

_MARGIN = 0.35
"""How far a blurred region reaches beyond a face's box, as a share of its size: hair, ears and chin belong to it."""
_PACE = 7.0
"""How much further for each second since it was found there: who walks by at 1.5 m/s goes seven face sizes a second."""
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
        self._people = _People()
        self._changes = Changes()
        self._good: Frame | None = None
        self._last: tuple[float, tuple[int, ...]] | None = None  # time and shape of the frame before
        self._counts = {"passed": 0, "held": 0, "blurred": 0}

    def __call__(
        self,
        frame: Frame | None,
        faces: Faces | None,
        raw: Frame,
        *,
        hold_ms: Millis = 500,
        forget_ms: Millis = 2000,
        blur_cells: Cells = 8,
    ) -> Frame:
        """Returns a frame that shows no bare face, with the number and the times of `raw`."""
        step_s = self._advance(raw)
        detected = faces is not None and faces.detected
        if faces is not None and detected:
            is_cut = self._changes.before(raw.image) is Change.SCENE
            self._changes.remember(raw.image)
            self._people.update(faces, raw, step_s, forget_ms / 1000, is_cut=is_cut)
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
            self._people, self._good = _People(), None
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


@dataclass(frozen=True, slots=True, eq=False)
class _Person:
    """Somebody who is, or may be, in the picture.

    Attributes:
        box: where they were found last, or are thought to be, float32 [4] px; None when they may be anywhere.
        at: time of that, s.
        track: track number, -1 without.
        missing_s: for how long the detector has run and not found them.
    """

    box: Floats | None = None
    at: float = 0.0
    track: int = -1
    missing_s: float = 0.0


class _People:
    """Who is in the picture, and who may be. Before anything is known that is somebody, anywhere.

    Attributes:
        seen: those whom the detector found in the last frame.
        missing: those who may be there and were not found.
        newcomers: whether the detector has found somebody who was not known.
    """

    def __init__(self) -> None:
        self.seen: list[_Person] = []
        self.missing = [_Person()]
        self.newcomers = False

    def update(self, faces: Faces, raw: Frame, step_s: float, forget_s: float, *, is_cut: bool) -> None:
        """Takes what the detector found; whom it did not find stays missing until `forget_s` has passed.

        That a tracker no longer lists somebody proves nothing: only a new face at their place, or a cut after which it
        lists nobody whom it knew.
        """
        step_s = min(step_s, _ONE_GAP * forget_s)
        known = [replace(person, missing_s=person.missing_s + step_s) for person in self.seen + self.missing]
        by_track = {person.track: person for person in known if person.track >= 0}
        listed = {face.track for face in faces}
        if is_cut and not listed & by_track.keys():
            known, by_track = [_Person()], {}
        self.seen = [_person(face, raw, None) for face in faces if face.age == 0]
        lost = [_person(face, raw, by_track.get(face.track)) for face in faces if face.age != 0]
        lost = [person for person in lost if person.missing_s < forget_s]
        unlisted = [person for person in known if person.track < 0 or person.track not in listed]
        found = [person for person in self.seen if person.track not in by_track]
        replaced = [_take(unlisted, person) for person in found]
        strangers = [person for person in lost if person.track not in by_track]
        strangers += [person for person, old in zip(found, replaced, strict=True) if person.track >= 0 or not old]
        self.newcomers = bool(strangers)
        self.missing = lost + [person for person in unlisted if person.missing_s < forget_s]

    def all_found(self) -> bool:
        """Whether nobody is missing, and everybody was found at a place that there is."""
        return not self.missing and all(person.box is not None for person in self.seen)

    def boxes(self, time: float) -> list[Floats] | None:
        """Returns where faces are or may be, float32 [4] px each, smallest first; None when that is anywhere."""
        boxes = [_reach(person.box, time - person.at) for person in self.seen + self.missing if person.box is not None]
        known = len(boxes) == len(self.seen) + len(self.missing)
        return sorted(boxes, key=lambda box: float(box[2] - box[0])) if known else None


def _person(face: Face, raw: Frame, before: _Person | None) -> _Person:
    """Returns whom a face shows. One that was lost is missing by its age or by our own count, whichever is shorter.

    Its age goes on while the detector fails; and it starts anew when there is a glimpse of the face.
    """
    age = max(0.0, face.age)
    missing_s = age if before is None else min(age, before.missing_s)
    return _Person(_within(face.box, raw), raw.time - age, face.track, missing_s)


def _take(unlisted: list[_Person], new: _Person) -> bool:
    """Takes the one whom a new face shows from those whom the tracker lists no longer; returns whether there is one."""
    nearest = max(unlisted, key=lambda person: _overlap(person.box, new.box), default=None)
    if nearest is None or _overlap(nearest.box, new.box) < _SAME_PLACE:
        return False
    unlisted.remove(nearest)
    return True


def _overlap(one: Floats | None, other: Floats | None) -> float:
    """Returns the intersection over union of two boxes; 1 where one of them may be anywhere."""
    return 1.0 if one is None or other is None else float(overlap(one[None], other[None])[0, 0])


def _within(box: Floats, raw: Frame) -> Floats | None:
    """Returns a box if it is one that has a part in the picture."""
    x0, y0, x1, y1 = box.tolist()
    if not np.isfinite(box).all():
        return None
    return box if max(x0, 0) < min(x1, raw.width) and max(y0, 0) < min(y1, raw.height) else None


def _reach(box: Floats, seconds: float) -> Floats:
    """Returns the part of the picture that a face may have come to since it was found."""
    margin = np.float32((box[2:] - box[:2]).max() * (_MARGIN + _PACE * seconds))
    return box + np.array([-margin, -margin, margin, margin], np.float32)


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

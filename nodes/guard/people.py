"""Who is in the picture, and who may be: what the guard remembers of the detector's answers. Touches no pixels."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from models.detectors import overlap
from runtime.kinds import Face, Faces, Floats, Frame

MARGIN = 0.35
"""How far a blurred region reaches beyond a face's box, as a share of its size: hair, ears and chin belong to it."""

PACE = 7.0
"""How much further for each second since it was found there: who walks by at 1.5 m/s goes seven face sizes a second."""

SAME_PLACE = 0.4
"""Overlap (intersection over union) from which a face is the one that was lost, under a new track number."""

ONE_GAP = 0.75
"""No gap between two frames counts for more than this share of `forget_ms`: a camera that stalls is no evidence."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
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


class People:
    """Who is in the picture, and who may be. Before anything is known that is somebody, anywhere.

    Attributes:
        seen: those whom the detector found in the last frame.
        missing: those who may be there and were not found.
        newcomers: whether the detector has found somebody who was not known.
    """

    def __init__(self) -> None:
        self.seen: list[Person] = []
        self.missing = [Person()]
        self.newcomers = False

    def update(
        self, faces: Faces, raw: Frame, step_s: float, forget_s: float, *, is_cut: bool, bare: Collection[int] = ()
    ) -> None:
        """Takes what the detector found; whom it did not find stays missing until `forget_s` has passed.

        Nobody misses the tracks that are left `bare` by a rule.

        That a tracker no longer lists somebody proves nothing: only a new face at their place does, or a cut.
        """
        step_s = min(step_s, ONE_GAP * forget_s)
        known = [replace(person, missing_s=person.missing_s + step_s) for person in self.seen + self.missing]
        by_track = {person.track: person for person in known if person.track >= 0}
        listed = {face.track for face in faces}
        if is_cut:
            known, by_track = [Person()], {}
        self.seen = [_person(face, raw, None) for face in faces if face.age == 0]
        lost = [_person(face, raw, by_track.get(face.track)) for face in faces if face.age != 0]
        lost = [person for person in lost if person.missing_s < forget_s]
        unlisted = [person for person in known if person.track < 0 or person.track not in listed]
        found = [person for person in self.seen if person.track not in by_track]
        replaced = [_take(unlisted, person) for person in found]
        strangers = [person for person in lost if person.track not in by_track]
        strangers += [person for person, old in zip(found, replaced, strict=True) if person.track >= 0 or not old]
        self.newcomers = bool(strangers)
        missing = lost + [person for person in unlisted if person.missing_s < forget_s]
        self.missing = [person for person in missing if person.track not in bare]

    def has_none_of(self, faces: Faces) -> bool:
        """Whether the tracker lists nobody who is known."""
        return {person.track for person in self.seen + self.missing}.isdisjoint({face.track for face in faces} - {-1})

    def all_found(self) -> bool:
        """Whether nobody is missing, and everybody was found at a place that there is."""
        return not self.missing and all(person.box is not None for person in self.seen)

    def boxes(self, time: float) -> list[Floats] | None:
        """Returns where faces are or may be, float32 [4] px each, smallest first; None when that is anywhere."""
        boxes = [_reach(person.box, time - person.at) for person in self.seen + self.missing if person.box is not None]
        known = len(boxes) == len(self.seen) + len(self.missing)
        return sorted(boxes, key=lambda box: float(box[2] - box[0])) if known else None


def _person(face: Face, raw: Frame, before: Person | None) -> Person:
    """Returns whom a face shows. One that was lost is missing by its age or by our own count, whichever is shorter.

    Its age goes on while the detector fails; and it starts anew when there is a glimpse of the face.
    """
    age = max(0.0, face.age)
    missing_s = age if before is None else min(age, before.missing_s)
    return Person(_within(face.box, raw), raw.time - age, face.track, missing_s)


def _take(unlisted: list[Person], new: Person) -> bool:
    """Takes the one whom a new face shows from those whom the tracker lists no longer; returns whether there is one."""
    nearest = max(unlisted, key=lambda person: _overlap(person.box, new.box), default=None)
    if nearest is None or _overlap(nearest.box, new.box) < SAME_PLACE:
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
    margin = np.float32((box[2:] - box[:2]).max() * (MARGIN + PACE * seconds))
    return box + np.array([-margin, -margin, margin, margin], np.float32)

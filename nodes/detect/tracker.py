"""Keeps the faces of a stream apart: one number for each, from its first frame to `keep_ms` after its last.

Only positions are compared, no looks: somebody who leaves and comes back at another place is somebody new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from models.detectors import overlap
from nodes.detect.follow import Sighting
from runtime.kinds import Faces, Floats

ONE = 0.5
"""Intersection over union from which two tracks are one face."""

REACH = 0.75
"""How far, as a share of its size, a lost face may be found from where it should be."""

COAST_S = 0.2
"""How long a lost face is taken to keep its speed, s."""

_INSTANT = 1e-3
"""Age in s of a face that is lost since this very frame: above 0, so that nobody takes it for seen."""


@dataclass(slots=True)
class Track:
    """One face over time.

    Attributes:
        sighting: how it was last seen.
        seen: whether that was in the current frame.
        age: seconds since then.
        velocity: float32 [2], px a second.
    """

    number: int
    sighting: Sighting
    seen: bool = True
    age: float = 0.0
    velocity: Floats = field(default_factory=lambda: np.zeros(2, np.float32))

    def see(self, sighting: Sighting, elapsed: float) -> None:
        """Takes in what the current frame shows; `elapsed` seconds after the last sighting, 0 if unknown."""
        if elapsed > 0:
            step = (sighting.centre - self.sighting.centre) / np.float32(elapsed)
            self.velocity = ((self.velocity + step) / 2).astype(np.float32)
        self.sighting, self.seen, self.age = sighting, True, 0.0

    def shift(self) -> Floats:
        """Returns how far it may have gone since it was last seen, px."""
        return self.velocity * np.float32(min(self.age, COAST_S))


class Tracker:
    """All faces that are seen, or were seen not long ago."""

    def __init__(self) -> None:
        self._tracks: list[Track] = []
        self._next = 0

    def held(self) -> list[Track]:
        """Returns the tracks that were seen last, largest first."""
        return sorted((track for track in self._tracks if track.seen), key=_largest_first)

    def lost(self) -> list[Track]:
        """Returns the others, the latest first."""
        return sorted((track for track in self._tracks if not track.seen), key=lambda track: track.age)

    def update(self, found: Mapping[int, Sighting | None], elapsed: float) -> None:
        """Goes on to the next frame; tracks are lost that `found` does not have by their number."""
        for track in self._tracks:
            sighting = found.get(track.number)
            if sighting is None:
                track.seen, track.age = False, track.age + elapsed
            else:
                track.see(sighting, elapsed)
        self._merge()

    def welcome(self, sightings: Sequence[Sighting]) -> None:
        """Takes in faces that were newly found: lost ones that are back, or new ones."""
        for sighting, track in self._matched(sightings):
            if track is None:
                self._add(sighting, seen=True)
            else:
                track.see(sighting, 0)
        self._merge()

    def suspect(self, sightings: Sequence[Sighting]) -> None:
        """Takes in places where a face is, but cannot be followed: it counts as lost there just now."""
        for sighting, track in self._matched(sightings):
            if track is None:
                self._add(sighting, seen=False)
            else:
                track.sighting, track.age, track.velocity = sighting, 0.0, np.zeros(2, np.float32)

    def forget(self, keep_s: float) -> None:
        """Drops the tracks that have been lost for longer."""
        self._tracks = [track for track in self._tracks if track.seen or track.age <= keep_s]

    def clear(self) -> None:
        """Drops all tracks; their numbers do not come again."""
        self._tracks = []

    def faces(self) -> Faces:
        """Returns the faces, largest first; a lost one that a seen one covers is behind it and left out."""
        seen = self.held()
        faces = [track.sighting.face(track.number) for track in seen]
        for track in self.lost():
            shadow = track.sighting.shadow(track.number, track.shift(), max(track.age, _INSTANT))
            if all(_share(shadow.box, other.sighting.box) < ONE for other in seen):
                faces.append(shadow)
        return Faces(tuple(sorted(faces, key=lambda face: (-face.size, face.track))))

    def _add(self, sighting: Sighting, *, seen: bool) -> None:
        self._tracks.append(Track(self._next, sighting, seen))
        self._next += 1

    def _matched(self, sightings: Sequence[Sighting]) -> list[tuple[Sighting, Track | None]]:
        """Pairs sightings with the lost tracks that are nearest, nearest pair first; None where there is none."""
        pairs = [
            (_distance(sighting, track), i, track) for i, sighting in enumerate(sightings) for track in self.lost()
        ]
        chosen: dict[int, Track] = {}
        taken: set[int] = set()
        for distance, i, track in sorted(pairs, key=lambda pair: pair[0]):
            if distance <= REACH and i not in chosen and track.number not in taken:
                chosen[i] = track
                taken.add(track.number)
        return [(sighting, chosen.get(i)) for i, sighting in enumerate(sightings)]

    def _merge(self) -> None:
        """Drops tracks that are seen on the same face as an older one."""
        kept: list[Track] = []
        for track in self._tracks:  # in the order of their numbers
            boxes = [other.sighting.box for other in kept if other.seen]
            if not track.seen or all(_share(track.sighting.box, box) < ONE for box in boxes):
                kept.append(track)
        self._tracks = kept


def _largest_first(track: Track) -> tuple[float, int]:
    return -track.sighting.size, track.number


def _share(a: Floats, b: Floats) -> float:
    return float(overlap(a[None], b[None])[0, 0])


def _distance(sighting: Sighting, track: Track) -> float:
    """Returns how far a sighting is from where a lost face should be, in its sizes; infinite where the sizes differ."""
    ratio = sighting.size / max(track.sighting.size, 1e-6)
    if not 1 / 1.7 <= ratio <= 1.7:  # a detector's box is up to 1.4 times smaller than the landmarks' bounds
        return float("inf")
    gone = sighting.centre - track.sighting.centre - track.shift()
    return float(np.hypot(*gone)) / max(track.sighting.size, 1e-6)

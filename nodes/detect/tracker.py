"""Keeps the faces of a stream apart: one number for each, from its first frame to `keep_ms` after its last.

Motion tells people apart, and where it cannot (two at one place), colours. Nobody is recognised: somebody who comes
back after `keep_ms` is somebody new here, until whoever knows identities says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from models.detectors import FACES
from nodes.detect.motion import Motion
from nodes.detect.sighting import Sighting, unlike
from nodes.detect.smooth import Smoother
from runtime.kinds import Faces, Floats

Looks = Callable[[Sighting], Floats]
"""Returns the colours of a face of the current picture."""

ONE = 0.6
"""Shared part of the smaller of two boxes from which they are about one face, or one face is behind the other."""

NEAR = 0.3
"""Shared part from which two faces are no longer apart."""

BETWEEN = 0.45
"""Shared part from which what is found for somebody who was lost may be of the other face."""

REACH = 0.75
"""How far, in its sizes, a lost face may be found from where it should be, beyond what its motion leaves open."""

FARTHEST = 2.0
"""How far that is at most."""

FORESEEN = 0.125
"""Step in sizes from which it is foreseen where a face will be in the next frame."""

OTHER = 0.22
"""Difference of looks above which somebody is not the one who was lost, unless they are where that one should be."""

UNKNOWN = 0.12
"""Difference of looks that is assumed of somebody who was never seen alone."""

COLOURS = 3.0
"""What a difference of looks counts for, in sizes of distance."""

MOST = FACES
"""Faces that are listed as lost; of more the latest. As many as a detector finds in one look at a crowd."""

APART_S = 0.2
"""Seconds that two tracks must have been apart to be two people; before, they are one that was found twice."""

LOOK_S = 0.2
"""Seconds between two looks at the colours of a face."""

_INSTANT = 1e-3
"""Age in s of a face that is lost since this very frame: above 0, so that nobody takes it for seen."""


@dataclass(slots=True)
class Track:
    """One face over time.

    Attributes:
        sighting: how it was last seen.
        shown: the same, smoothed.
        seen: whether that is so in the current frame.
        followed: whether it was seen rather than glimpsed, so that it can be expected at a place.
        since: seconds since the frame in which it was last seen.
        apart: seconds that it was seen with no other track near.
        looks: its colours, as they were in the mean lately.
        looked: seconds since these were taken.
    """

    number: int
    sighting: Sighting
    seen: bool
    followed: bool = False
    shown: Sighting = field(init=False)
    motion: Motion = field(init=False)
    smoother: Smoother = field(default_factory=Smoother)
    since: float = 0.0
    apart: float = 0.0
    looks: Floats | None = None
    looked: float = 0.0

    def __post_init__(self) -> None:
        self.followed = self.seen
        self.motion = Motion(self.sighting.centre)
        self._show(0.0, 0.0)

    def see(self, sighting: Sighting, smooth: float = 0.0, *, crowded: bool = False) -> None:
        """Takes in what the current frame shows; without smoothing, as whoever was lost is shown as they are."""
        self.motion.see(sighting.centre, self.since if self.seen else 0.0, crowded=crowded)
        self.sighting, self.seen, self.followed = sighting, True, True
        self._show(self.since, smooth)
        self.since = 0.0

    def glimpse(self, sighting: Sighting) -> None:
        """Takes in where it was just now, without being able to follow it."""
        self.sighting, self.motion = sighting, Motion(sighting.centre)
        self.since, self.seen, self.followed = 0.0, False, False

    def expected(self) -> Sighting:
        """Returns how it may look in the current frame.

        Small steps are not foreseen: the landmarker finds such a face anyway, and in crops that tremble with the speed
        its points tremble by a third more.
        """
        shift = self.motion.shift(self.since)
        length = math.hypot(*shift.tolist()) / max(self.sighting.size, 1e-6)
        return self.sighting.moved(shift) if length > FORESEEN else self.sighting

    def remember(self, looks: Floats) -> None:
        """Takes in its colours."""
        self.looks = looks if self.looks is None else np.asarray(0.7 * self.looks + 0.3 * looks, np.float32)
        self.looked = 0.0

    def strangeness(self, sighting: Sighting, looks: Looks) -> float:
        """Returns how odd it would be if this were it: distance in sizes, and difference of colours."""
        expected = self.expected()
        colours = UNKNOWN if self.looks is None else unlike(looks(sighting), self.looks)
        return sighting.distance(expected) + abs(sighting.growth(expected)) + COLOURS * colours

    def _show(self, elapsed: float, smooth: float) -> None:
        outline = self.smoother(self.sighting.outline(), elapsed, smooth)
        self.shown = self.sighting.with_outline(outline)


class Tracker:
    """All faces that are seen, or were seen not long ago."""

    def __init__(self) -> None:
        self._tracks: list[Track] = []
        self._next = 0

    def held(self) -> list[Track]:
        """Returns the tracks that were seen last, largest first."""
        return sorted((track for track in self._tracks if track.seen), key=_largest_first)

    def lost(self) -> list[Track]:
        """Returns the others, the latest first; not those who are behind somebody who is seen."""
        seen = [track.sighting for track in self._tracks if track.seen]
        lost = [track for track in self._tracks if not track.seen and not _is_hidden(track, seen)]
        return sorted(lost, key=lambda track: track.since)

    def advance(self, elapsed: float) -> None:
        """Goes on to the next frame, whose picture may be the same."""
        for track in self._tracks:
            track.since += elapsed
            track.looked += elapsed

    def update(self, found: Mapping[int, Sighting | None], looks: Looks, smooth: float) -> None:
        """Takes in another picture; tracks are lost that `found` does not have by their number."""
        there = {number: sighting for number, sighting in found.items() if sighting is not None}
        self._doubt(there, looks)
        self._settle(there, looks)
        for track in self._tracks:
            sighting = there.get(track.number)
            if sighting is None:
                track.seen = False
                continue
            near = max((_share(sighting, other) for n, other in there.items() if n != track.number), default=0.0)
            track.apart += track.since if near < NEAR else 0.0
            track.see(sighting, smooth, crowded=near >= NEAR)
            if len(self._tracks) > 1 and not near and (track.looks is None or track.looked >= LOOK_S):
                track.remember(looks(sighting))

    def welcome(self, sightings: Sequence[Sighting], looks: Looks) -> None:
        """Takes in faces that were newly found: lost ones that are back, or new ones."""
        for sighting, track in self._matched(sightings, looks):
            if any(_share(sighting, other.sighting) >= ONE for other in self.held()):
                continue  # the detector had it at the side of a face that is held
            if track is None:
                self._add(sighting, seen=True)
            else:
                track.see(sighting)

    def suspect(self, sightings: Sequence[Sighting], looks: Looks) -> None:
        """Takes in places where a face is, but cannot be followed: it counts as lost there just now."""
        for sighting, track in self._matched(sightings, looks):
            if track is None:
                self._add(sighting, seen=False)
            else:
                track.glimpse(sighting)
        late = {track.number for track in self.lost()[MOST:]}
        self._tracks = [track for track in self._tracks if track.number not in late]

    def forget(self, keep_s: float) -> None:
        """Drops the tracks that have been lost for longer."""
        self._tracks = [track for track in self._tracks if track.seen or track.since <= keep_s]

    def clear(self) -> None:
        """Drops all tracks; their numbers do not come again."""
        self._tracks = []

    def faces(self) -> Faces:
        """Returns the faces, largest first; a lost one that a seen one covers is behind it and left out."""
        faces = [track.shown.face(track.number) for track in self.held()]
        faces += [track.expected().shadow(track.number, max(track.since, _INSTANT)) for track in self.lost()]
        return Faces(tuple(sorted(faces, key=lambda face: (-face.size, face.track))))

    def _add(self, sighting: Sighting, *, seen: bool) -> None:
        self._tracks.append(Track(self._next, sighting, seen))
        self._next += 1

    def _doubt(self, there: dict[int, Sighting], looks: Looks) -> None:
        """Leaves out lost faces that were found again where somebody else is, or that look like somebody else."""
        held = [there[track.number] for track in self._tracks if track.seen and track.number in there]
        for track in self._tracks:
            sighting = there.get(track.number)
            if track.seen or sighting is None:
                continue
            is_other = track.looks is not None and unlike(looks(sighting), track.looks) > OTHER
            if is_other or any(_share(sighting, other) >= BETWEEN for other in held):
                del there[track.number]

    def _settle(self, there: dict[int, Sighting], looks: Looks) -> None:
        """Leaves each face to one track: of two at one place, the one that it would be less odd for.

        The other one is behind it from now on; or it is dropped, where the two have never been apart.
        """
        for pair in combinations([track for track in self._tracks if track.number in there], 2):
            sightings = [there.get(track.number) for track in pair]
            if any(one is None for one in sightings) or _share(*sightings) < ONE:  # type: ignore[arg-type]
                continue
            loser = self._loser(pair, there, looks)
            del there[loser.number]
            if loser.apart < APART_S:
                self._tracks.remove(loser)

    def _loser(self, pair: tuple[Track, Track], there: Mapping[int, Sighting], looks: Looks) -> Track:
        older, younger = pair
        if min(older.apart, younger.apart) < APART_S:
            return younger if younger.apart <= older.apart else older
        odd = [track.strangeness(there[track.number], looks) for track in pair]
        return older if odd[0] > odd[1] else younger

    def _matched(self, sightings: Sequence[Sighting], looks: Looks) -> list[tuple[Sighting, Track | None]]:
        """Pairs sightings with the lost tracks that are nearest, nearest pair first; None where there is none."""
        lost = [track for track in self._tracks if not track.seen]
        pairs = [(_distance(sightings[i], lost[j], looks), i, lost[j]) for i, j in _within_reach(sightings, lost)]
        chosen: dict[int, Track] = {}
        taken: set[int] = set()
        for distance, i, track in sorted(pairs, key=lambda pair: pair[0]):
            if distance < math.inf and i not in chosen and track.number not in taken:
                chosen[i] = track
                taken.add(track.number)
        return [(sighting, chosen.get(i)) for i, sighting in enumerate(sightings)]


def _is_hidden(track: Track, seen: Sequence[Sighting]) -> bool:
    """Whether a lost face is behind one that is seen."""
    expected = track.expected()
    return any(_share(expected, other) >= ONE for other in seen)


def _largest_first(track: Track) -> tuple[float, int]:
    return -track.sighting.size, track.number


def _share(a: Sighting, b: Sighting) -> float:
    """Returns the shared part of the smaller of two boxes."""
    low, high = np.maximum(a.box[:2], b.box[:2]), np.minimum(a.box[2:], b.box[2:])
    smaller = min(float(np.prod(one.box[2:] - one.box[:2])) for one in (a, b))
    return float(np.prod(np.maximum(high - low, 0))) / max(smaller, 1e-6)


def _within_reach(sightings: Sequence[Sighting], tracks: Sequence[Track]) -> list[tuple[int, int]]:
    """Returns the indices of sightings and lost tracks that can be one face by their place and size.

    All pairs at once: a detector may find hundreds of faces, where few of the pairs are near each other.
    """
    if not sightings or not tracks:
        return []
    expected = [track.expected() for track in tracks]
    reach = [min(REACH + track.motion.spread(track.since), FARTHEST) for track in tracks]
    places, others = (np.array([one.centre for one in some], np.float64) for some in (sightings, expected))
    sizes, sides = (np.maximum([one.size for one in some], 1e-6) for some in (sightings, expected))
    distance = np.linalg.norm(places[:, None] - others, axis=2) / sides
    # a detector's box is up to 1.4 times smaller than the landmarks' bounds
    near = (distance <= reach) & (np.abs(np.log(sizes[:, None] / sides)) <= math.log(1.7))
    return [(int(i), int(j)) for i, j in np.argwhere(near)]


def _distance(sighting: Sighting, track: Track, looks: Looks) -> float:
    """Returns how far a sighting in reach is from being a lost face, about in its sizes; infinite if it is not it."""
    distance = sighting.distance(track.expected())
    colours = 0.0 if track.looks is None else unlike(looks(sighting), track.looks)
    return math.inf if distance > REACH and colours > OTHER else distance + COLOURS * colours

"""Makes identities, at most one a frame, and knows which of them can still be trusted.

A face needs one when it is new, when it comes back, when it has been close to another (its track may have gone over to
that one), when the head turns to the front, and when the last one is old; in this order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.recognisers import Recogniser
from runtime.kinds import Face, Faces, Floats, Frame, Identity

TURN = 15.0
"""Degrees by which a head must have turned to the front before its identity is worth making anew."""

CLOSE = 1.0
"""Distance of two faces' centres, in sizes of the larger, below which a track may go over from one to the other."""

CONFIRM_S = 0.25
"""How often faces that are close to another are confirmed, s."""


@dataclass(slots=True)
class Known:
    """What is known of one track.

    Attributes:
        identity: the latest.
        turn: the head's turn from the front then, degrees.
        time: when it was made, s.
        place: where the face was last, float32 [4] px.
        holds: whether the track has been seen all the time since, without a jump.
        met: whether it has been close to another face since, or was just then.
        close: whether it is now.
    """

    identity: Identity
    turn: float
    time: float
    place: Floats
    holds: bool = True
    met: bool = False
    close: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether the track still shows the face that it was made of."""
        return self.holds and not self.met


class Made(NamedTuple):
    """An identity of this frame, of the face with that track; `in_doubt` unless the track certainly shows one face."""

    track: int
    identity: Identity
    in_doubt: bool


class Identities:
    """The identities of the tracks that are listed, by track."""

    def __init__(self, embedder: Recogniser) -> None:
        self._embedder = embedder
        self._known: dict[int, Known] = {}
        self.hits = self.misses = 0

    def learn(self, frame: Frame, faces: Faces, refresh_s: float) -> Made | None:
        """Makes the identity that is needed most, if one is."""
        self._watch(faces)
        wanted = chain(self._without(faces), self._unconfirmed(frame, faces), self._old(frame, faces, refresh_s))
        face = next(wanted, None)
        if face is None:
            return None
        before = self._known.get(face.track)
        close = before is not None and before.close
        identity = self._embedder.identities(frame.image, [face])[0]
        self._known[face.track] = Known(identity, turn_of(face), frame.time, face.box, met=close, close=close)
        self.misses += 1
        return Made(face.track, identity, in_doubt=before is not None and not before.is_sure)

    def of(self, track: int) -> Known | None:
        """Returns what is known of a track."""
        known = self._known.get(track)
        self.hits += known is not None
        return known

    def latest(self, faces: Faces) -> Mapping[int, Identity]:
        """Returns the identities of those who are seen, by track; none of a face that was away since."""
        return {face.track: self._known[face.track].identity for face in _tracked(faces) if self._holds(face)}

    def all_sure(self, faces: Faces) -> bool:
        """Whether each face that is seen has an identity, made since it last was close to another."""
        return all(self._holds(face) and not self._is_unconfirmed(face) for face in _tracked(faces))

    def _watch(self, faces: Faces) -> None:
        """Notes who is lost, who is close to whom, and forgets who is listed no more."""
        listed = {face.track for face in faces}
        self._known = {track: known for track, known in self._known.items() if track in listed}
        for face, close in zip(faces, _close_to_another(faces), strict=True):
            if (known := self._known.get(face.track)) is not None:
                # who comes back may be somebody else, and so may who was elsewhere a frame ago
                known.holds &= face.age == 0 and bool(_are_close(face.box, known.place))
                known.place, known.close = face.box, close
                known.met |= close

    def _holds(self, face: Face) -> bool:
        known = self._known.get(face.track)
        return known is not None and known.holds

    def _is_unconfirmed(self, face: Face) -> bool:
        known = self._known[face.track]
        return known.met and not known.close

    def _without(self, faces: Faces) -> Iterator[Face]:
        return (face for face in _tracked(faces) if not self._holds(face))

    def _unconfirmed(self, frame: Frame, faces: Faces) -> Iterator[Face]:
        met = [face for face in self._oldest_first(faces) if self._known[face.track].met]
        yield from (face for face in met if self._is_unconfirmed(face))
        yield from (face for face in met if not 0 <= frame.time - self._known[face.track].time < CONFIRM_S)

    def _old(self, frame: Frame, faces: Faces, refresh_s: float) -> Iterator[Face]:
        for face in self._oldest_first(faces):
            known = self._known[face.track]
            is_old = not 0 <= frame.time - known.time <= refresh_s  # a clip that starts again makes all old
            if is_old or known.turn - turn_of(face) > TURN:
                yield face

    def _oldest_first(self, faces: Faces) -> list[Face]:
        known_faces = (face for face in _tracked(faces) if face.track in self._known)
        return sorted(known_faces, key=lambda face: self._known[face.track].time)


def turn_of(face: Face) -> float:
    """Returns how far a head is turned from the front, degrees; 90 where it is not known."""
    return 90.0 if face.pose is None else float(np.hypot(face.pose.yaw, face.pose.pitch))


def _tracked(faces: Faces) -> list[Face]:
    return [face for face in faces.seen() if face.track >= 0]


def _close_to_another(faces: Faces) -> list[bool]:
    """Returns of each face whether it is close to another; all pairs at once, as 200 faces have 20,000."""
    boxes = np.reshape([face.box for face in faces], (-1, 4))
    close = _are_close(boxes[:, None], boxes)
    np.fill_diagonal(close, val=False)
    return [bool(any_is) for any_is in close.any(axis=1)]


def _are_close(one: Floats, other: Floats) -> npt.NDArray[np.bool_]:
    """Returns whether boxes are close to others, float32 [..., 4] px each."""
    away = (one[..., :2] + one[..., 2:] - other[..., :2] - other[..., 2:]) / 2
    sizes = [(boxes[..., 2:] - boxes[..., :2]).max(axis=-1) for boxes in (one, other)]
    return np.asarray(np.hypot(away[..., 0], away[..., 1]) < CLOSE * np.maximum(*sizes))

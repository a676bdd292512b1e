"""Saves repeated work: identities on demand, and a mark on faces that look as they did before.

    known: {type: cache, in: [camera, faces], identity: faceres, same_threshold: 3}

A face whose aligned picture and landmarks are as in an earlier frame gets that frame's seq as `same_as`, and its box,
landmarks and pose, so that what was made of them fits again to the pixel. The frame is always the one in which the face
was last new, so slow changes add up until they are seen. Whoever makes something of a face stores it under
`face.track` and (`face.same_as`, else `frame.seq`), and finds it there again.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Annotated, Literal, TypeVar

import cv2
import numpy as np
from pydantic import Field

from models.align import square
from models.embeddings import FaceRes
from runtime import Context, Count, Face, Faces, Frame, Identity, Image, Millis, Unit, node
from runtime.kinds import Doubles, Floats

Levels = Annotated[float, Field(ge=0, le=255)]
Value = TypeVar("Value")

TURN = 15.0
"""Degrees by which a head must have turned to the front before its identity is worth making anew."""

_WARPED, _THUMB, _BLOCKS, _MARGIN = 96, 48, 8, 1.3


@node(ordered=True)
class Cache:
    """Marks faces that have not changed, and gives identities to those who ask for them.

    Settings:
        identity: the model that makes identities, or null for none.
        max_tracks: how many faces are remembered; the one that was seen longest ago is forgotten first.
        same_threshold: how much any 8th by 8th of a face may change, in mean levels of 255; 0 finds copies only.
        same_shift: how far landmarks may move in the mean, as a share of the face's size; they move by up to 0.012
            while they settle on a picture that stays.
        refresh_ms: age at which an identity is made anew.
    """

    def __init__(self, context: Context, *, identity: Literal["faceres"] | None = None, max_tracks: Count = 32) -> None:
        embedder = FaceRes(context.models.session(identity)) if identity else None
        self._identities = _Identities(embedder, max_tracks)
        self._anchors = _Anchors(max_tracks)

    def __call__(
        self,
        frame: Frame,
        faces: Faces,
        *,
        same_threshold: Levels = 3.0,
        same_shift: Unit = 0.015,
        refresh_ms: Millis = 10_000,
    ) -> Faces:
        """Returns the faces with `same_as` and `identity` where there is something to say."""
        self._identities.learn(frame, faces, refresh_ms / 1000)
        items = (
            replace(
                self._anchors.settled(frame, face, same_threshold, same_shift),
                identity=self._identities.of(face) or face.identity,
            )
            for face in faces
        )
        return replace(faces, items=tuple(items))

    def counters(self) -> dict[str, int]:
        """Returns how often identities were known and made, tracks forgotten, and faces marked as the same."""
        return {
            "hits": self._identities.hits,
            "misses": self._identities.misses,
            "evictions": self._identities.evictions + self._anchors.evictions,
            "reuses": self._anchors.reuses,
        }


@dataclass(slots=True)
class _Anchor:
    """A face in the frame in which it was last new.

    Attributes:
        to_thumb: float64 [2, 3], where its picture was taken.
        thumb: uint8 [48, 48], that picture, grey.
    """

    seq: int
    face: Face
    to_thumb: Doubles
    thumb: Image

    @classmethod
    def of(cls, frame: Frame, face: Face) -> _Anchor:
        to_thumb = _to_thumb(face)
        return cls(frame.seq, face, to_thumb, _thumb(frame.image, to_thumb))

    def holds(self, frame: Frame, face: Face, threshold: float, shift: float) -> bool:
        """Whether a later frame shows the same at the same place."""
        if frame.seq <= self.seq or _distance(_points(face), _points(self.face)) > shift * face.size:
            return False
        return _change(_thumb(frame.image, self.to_thumb), self.thumb) <= threshold


class _Anchors:
    """Says of a face whether it is as it was. Compares with the anchor, never with the frame before."""

    def __init__(self, limit: int) -> None:
        self._known: OrderedDict[int, _Anchor] = OrderedDict()
        self._limit = limit
        self.reuses = self.evictions = 0

    def settled(self, frame: Frame, face: Face, threshold: float, shift: float) -> Face:
        """Returns the face as in the frame that shows the same, or as it is, and takes this frame for later ones."""
        if face.age > 0 or face.track < 0 or frame.seq < 0 or not np.isfinite(face.box).all():
            return face
        anchor = self._known.get(face.track)
        if anchor is not None and anchor.holds(frame, face, threshold, shift):
            self._known.move_to_end(face.track)
            self.reuses += 1
            still = anchor.face
            return replace(
                face, box=still.box, points=still.points, landmarks=still.landmarks, pose=still.pose, same_as=anchor.seq
            )
        self.evictions += _put(self._known, face.track, _Anchor.of(frame, face), self._limit)
        return face


@dataclass(slots=True)
class _Known:
    """An identity, the head's turn from the front (degrees) and the time (s) when it was made, and whether it holds."""

    identity: Identity
    turn: float
    time: float
    holds: bool = True


class _Identities:
    """Makes at most one identity a frame: faces without one first, then those that are old or turned to the front."""

    def __init__(self, embedder: FaceRes | None, limit: int) -> None:
        self._embedder = embedder
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._limit = limit
        self.hits = self.misses = self.evictions = 0

    def learn(self, frame: Frame, faces: Faces, refresh_s: float) -> None:
        """Makes the identity that is needed most, if any."""
        if self._embedder is None:
            return
        for face in faces:
            if face.age > 0 and face.track in self._known:  # who comes back may be somebody else
                self._known[face.track].holds = False
        for face in chain(self._without(faces), self._outdated(frame, faces, refresh_s)):
            identity = self._embedder.identities(frame.image, [face])[0]
            self.misses += 1
            self.evictions += _put(self._known, face.track, _Known(identity, _turn(face), frame.time), self._limit)
            break

    def of(self, face: Face) -> Identity | None:
        """Returns a face's identity, or None where it has none that holds."""
        known = self._known.get(face.track)
        if known is None or not known.holds:
            return None
        self._known.move_to_end(face.track)
        self.hits += 1
        return known.identity

    def _without(self, faces: Faces) -> Iterator[Face]:
        for face in _tracked(faces):
            known = self._known.get(face.track)
            if known is None or not known.holds:
                yield face

    def _outdated(self, frame: Frame, faces: Faces, refresh_s: float) -> Iterator[Face]:
        known_faces = (face for face in _tracked(faces) if face.track in self._known)
        for face in sorted(known_faces, key=lambda face: self._known[face.track].time):
            known = self._known[face.track]
            is_old = not 0 <= frame.time - known.time <= refresh_s  # a clip that starts again makes all old
            if is_old or known.turn - _turn(face) > TURN:
                yield face


def _tracked(faces: Faces) -> list[Face]:
    return [face for face in faces.seen() if face.track >= 0]


def _turn(face: Face) -> float:
    """Returns how far a head is turned from the front, degrees; 90 where it is not known."""
    return 90.0 if face.pose is None else float(np.hypot(face.pose.yaw, face.pose.pitch))


def _put(store: OrderedDict[int, Value], track: int, value: Value, limit: int) -> int:
    """Stores a value as the latest; returns how many were dropped for it."""
    store[track] = value
    store.move_to_end(track)
    dropped = max(0, len(store) - limit)
    for _ in range(dropped):
        store.popitem(last=False)
    return dropped


def _points(face: Face) -> Floats:
    return face.points if face.landmarks is None else face.landmarks.points[:, :2]


def _distance(a: Floats, b: Floats) -> float:
    """Returns the root mean square of the distances, px; infinite between different schemes."""
    if a.shape != b.shape:
        return math.inf
    gaps = (a - b).ravel()
    return math.sqrt(float(gaps @ gaps) / len(a))


def _to_thumb(face: Face) -> Doubles:
    """Returns the transform to a square about the face, upright by the line between its eyes."""
    low, high = face.box[:2], face.box[2:]
    line = face.points[1] - face.points[0]
    side = _MARGIN * max(float((high - low).max()), 1.0)
    return square((low + high) / 2, side, float(np.arctan2(line[1], line[0])), _WARPED)


def _thumb(image: Image, to_thumb: Doubles) -> Image:
    """Returns the grey picture, halved in the mean so that the noise of a camera is halved too."""
    warped = cv2.warpAffine(image, to_thumb, (_WARPED, _WARPED), borderMode=cv2.BORDER_REPLICATE)
    grey = cv2.cvtColor(warped, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (_THUMB, _THUMB), interpolation=cv2.INTER_AREA), np.uint8)


def _change(a: Image, b: Image) -> float:
    """Returns the largest mean difference in an 8th by an 8th of the picture: an eye that blinks is one of these."""
    blocks = cv2.resize(cv2.absdiff(a, b).astype(np.float32), (_BLOCKS, _BLOCKS), interpolation=cv2.INTER_AREA)
    return float(blocks.max())

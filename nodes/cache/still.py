"""Says of a face whether it looks as it did: the same picture at the same place, but for a camera's noise."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.align import square
from runtime.kinds import Doubles, Face, Floats, Frame, Image

_WARPED, _THUMB, _BLOCKS, _MARGIN = 96, 48, 8, 1.3


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


class Anchors:
    """Compares faces with their anchors, never with the frame before."""

    def __init__(self) -> None:
        self._known: OrderedDict[int, _Anchor] = OrderedDict()
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
        self._known[face.track] = _Anchor.of(frame, face)
        self._known.move_to_end(face.track)
        return face

    def keep(self, limit: int) -> None:
        """Forgets those who were seen longest ago, but for so many."""
        while len(self._known) > limit:
            self._known.popitem(last=False)
            self.evictions += 1


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

"""Which faces a network has to see again, and how to move what it made of the others: they have turned since.

For nodes whose network need not run for every face of every frame. Does not know what the network makes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from models.align import similarity, transform
from runtime.kinds import Doubles, Face, Frame, Image, Patch

Answer = TypeVar("Answer")

GAP_S = 0.5
"""After a longer gap between two frames nothing of the first holds."""
_MANY = 20
"""From so many points on a face's movement is a general affine one; of fewer, a turn, a scale and a shift."""
_AREAS = (0.5, 2.0)
"""A movement that changes areas by more than these factors is none of a face: its points are nearly on one line."""


@dataclass(slots=True)
class Made(Generic[Answer]):
    """What a network made of a face, or will have made once the frames at hand have run.

    Attributes:
        seq: of the frame.
        anchor: of the first frame in which the face looked the same.
        made_with: the settings.
        seen: the face.
        answer: None until the network has run.
    """

    seq: int
    anchor: int
    made_with: object
    seen: Seen
    answer: Answer | None = None

    def got(self) -> Answer:
        """Returns the answer, once it is there."""
        assert self.answer is not None  # noqa: S101  # the network runs for all that are fresh before this is asked
        return self.answer


class Seen(NamedTuple):
    """A face of a frame.

    Attributes:
        face: whose turn it may be.
        points: where it is, float64 [P, 2] in px of what the network sees.
        pixels: what the network would get of it, where that may be new though the face is not: another swap of it.
    """

    face: Face
    points: Doubles
    pixels: Image | None = None


class Turn(NamedTuple, Generic[Answer]):
    """What is to be done for a face in a frame.

    Attributes:
        made: what to fill if it is fresh, else what to take.
        fresh: whether the network has to run.
        move: how the face has moved since, float64 [2, 3] in px of what the network sees; None: not at all.
    """

    made: Made[Answer]
    fresh: bool
    move: Doubles | None = None


class Cadence(Generic[Answer]):
    """Remembers what was made of each face of the last frame; of a face that is not in it, nothing."""

    def __init__(self) -> None:
        self._tracks: dict[int, Made[Answer]] = {}
        self._time = -math.inf

    def turns(self, frame: Frame, faces: Sequence[Seen], every: int, made_with: object) -> list[Turn[Answer]]:
        """Returns a turn for each face of a frame.

        The network runs for faces that are new, that were made with other settings, or whose last run was `every`
        frames ago; never for one that looks as it did then (`same_as`). Frames come in order.
        """
        known = self._tracks if 0 <= frame.time - self._time <= GAP_S else {}
        self._time, self._tracks = frame.time, {}
        turns = [_turn(known.get(seen.face.track), frame, seen, every, made_with) for seen in faces]
        if frame.seq >= 0:
            pairs = zip(faces, turns, strict=True)
            self._tracks = {seen.face.track: turn.made for seen, turn in pairs if seen.face.track >= 0}
        return turns

    def forget_unmade(self) -> None:
        """Forgets what the network has failed to make."""
        self._tracks = {track: made for track, made in self._tracks.items() if made.answer is not None}


def _turn(last: Made[Answer] | None, frame: Frame, seen: Seen, every: int, made_with: object) -> Turn[Answer]:
    same_as = seen.face.same_as
    if last is not None and last.made_with == made_with and last.seen.points.shape == seen.points.shape:
        if same_as is not None and same_as == last.anchor and seen.pixels is last.seen.pixels:
            return Turn(last, fresh=False)
        if 0 < frame.seq - last.seq < every:
            return Turn(last, fresh=False, move=movement(last.seen.points, seen.points))
    return Turn(Made(frame.seq, frame.seq if same_as is None else same_as, made_with, seen), fresh=True)


def points_of(patch: Patch) -> Doubles:
    """Returns where a patch's face is, float64 [P, 2] in patch px: its landmarks, else its five points."""
    if patch.landmarks is not None:
        return patch.landmarks.points[:, :2].astype(np.float64)
    assert patch.to_patch is not None  # noqa: S101  # a patch with pixels has its place
    return transform(patch.face.points, patch.to_patch)


def movement(before: Doubles, now: Doubles) -> Doubles:
    """Returns the transform that brings points nearest to where they are now, float64 [2, 3]."""
    if len(before) < _MANY:
        return similarity(before, now)
    middle, goal = before.mean(0), now.mean(0)
    start, end = before - middle, now - goal
    turn = np.linalg.lstsq(start, end, rcond=None)[0].T
    if not _AREAS[0] < np.linalg.det(turn) < _AREAS[1]:
        return similarity(before, now)
    return np.column_stack([turn, goal - turn @ middle])

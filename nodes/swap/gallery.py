"""The pictures of one source person: for each face the one whose pose is nearest, changed softly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2

from models.swappers import Swapped, Swapper
from nodes.swap.following import Followed
from runtime.kinds import Pose

NEARER = 6.0
"""Degrees by which another picture's pose must be nearer before it is taken."""
FADE_S = 0.2
"""How long one picture turns into the other; meanwhile both are made."""


class Picture(NamedTuple):
    """One picture of the source person, ready to be swapped in, and its pose."""

    swapper: Swapper
    pose: Pose


class Gallery:
    """All pictures of the source person, at least one."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        self._pictures = pictures
        self.first: Swapper = pictures[0].swapper

    def swapped(self, pose: Pose | None, face: Followed, swap: Callable[[Swapper], Swapped]) -> Swapped:
        """Returns what `swap` makes with the picture that suits a pose, or a mix while it changes."""
        self._choose(pose, face)
        new = swap(self._pictures[face.source].swapper)
        share = (face.time - face.since) / FADE_S
        if share >= 1:
            return new
        return _mixed(swap(self._pictures[face.before].swapper), new, share)

    def _choose(self, pose: Pose | None, face: Followed) -> None:
        if face.source < 0:
            face.source = self._nearest(pose)
        elif pose is not None and face.time - face.since >= FADE_S:
            best = self._nearest(pose)
            pictures = self._pictures
            if _apart(pictures[best].pose, pose) + NEARER < _apart(pictures[face.source].pose, pose):
                face.before, face.source, face.since = face.source, best, face.time

    def _nearest(self, pose: Pose | None) -> int:
        if pose is None:
            return 0
        return min(range(len(self._pictures)), key=lambda index: _apart(self._pictures[index].pose, pose))


def _apart(one: Pose, other: Pose) -> float:
    return math.hypot(one.yaw - other.yaw, one.pitch - other.pitch)


def _mixed(old: Swapped, new: Swapped, share: float) -> Swapped:
    image = cv2.addWeighted(old.image, 1 - share, new.image, share, 0)
    masks = {name: cv2.addWeighted(old.masks[name], 1 - share, mask, share, 0) for name, mask in new.masks.items()}
    return Swapped(image, masks, new.look)

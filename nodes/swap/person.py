"""One source person: turns faces of a stream into patches with this person's face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

import cv2
import numpy as np

from models.align import scale_of, transform
from models.swappers import Keep, MeshSwapper
from nodes.swap.aligned import cut_smoothly
from nodes.swap.following import Followed, Following, side_for
from nodes.swap.gallery import Gallery, Picture
from nodes.swap.portrait import read_portrait
from nodes.swap.store import PatchStore
from runtime.kinds import Doubles, Face, Floats, Frame, Landmarks, Patch, PatchStatus
from runtime.node import Context

Model = Literal["mesh"]


class Look(NamedTuple):
    """How a face is to look.

    Attributes:
        keep: what stays of the target.
        opacity: 0 leaves the target, 1 shows the source.
        settle_s: time constant with which light and detail follow the target's.
    """

    keep: Keep
    opacity: float
    settle_s: float


class Person:
    """Swaps faces to one person, and reuses a patch for a face that has not changed.

    Args:
        context: the node's.
        model: what swaps.
        pictures: of this person.
        size_px: largest side of the patches.
    """

    def __init__(self, context: Context, model: Model, pictures: Sequence[Path], size_px: int) -> None:
        self._source = pictures[0].stem
        self._gallery = Gallery([_picture(context, model, path, size_px) for path in pictures])
        self._size_px = size_px
        self._store = PatchStore()
        self._following = Following()
        self.swaps = 0
        self.reuses = 0

    def patch(self, frame: Frame, face: Face, look: Look) -> Patch:
        """Returns the patch of a face: a new one, or that of the frame in which it looked the same."""
        to_patch = None if face.age > 0 else self._gallery.first.alignment(face, self._size_px)
        if to_patch is None or face.landmarks is None:
            return Patch(face, PatchStatus.FAILED, source=self._source)
        followed = self._following.of(face.track, frame.time)
        patch = self._store.find(face, look.keep)
        if patch is None or patch.image is None:
            side = side_for(self._size_px / scale_of(to_patch), followed.side, self._size_px)
        else:
            side = len(patch.image)
        to_patch = _resized(to_patch, side / self._size_px)
        landmarks = Landmarks(face.landmarks.scheme, _in_patch(face.landmarks.points, to_patch))
        if patch is None:
            followed.side = side
            patch = self._swapped(frame, face, to_patch, landmarks, followed, look)
            self.swaps += 1
        else:
            self.reuses += 1
        patch = replace(patch, face=face, to_patch=to_patch, landmarks=landmarks, opacity=look.opacity)
        self._store.put(face, frame.seq, look.keep, patch)
        return patch

    def _swapped(
        self, frame: Frame, face: Face, to_patch: Doubles, landmarks: Landmarks, followed: Followed, look: Look
    ) -> Patch:
        target = cut_smoothly(frame.image, to_patch, followed.side)
        last, share = followed.look, followed.share(look.settle_s)
        swapped = self._gallery.swapped(
            face.pose, followed, lambda swapper: swapper.swap(target, landmarks.points, look.keep, last, share)
        )
        followed.look = swapped.look
        return Patch(
            face, PatchStatus.SWAPPED, swapped.image, cv2.cvtColor(target, cv2.COLOR_BGRA2BGR),
            self._gallery.first.template, masks=swapped.masks, source=self._source,
        )  # fmt: skip


def _picture(context: Context, model: Model, face: Path, size_px: int) -> Picture:
    portrait = read_portrait(face, context)
    match model:
        case "mesh":
            return Picture(MeshSwapper(portrait.image, portrait.mesh, size_px), portrait.pose)


def _resized(to_patch: Doubles, scale: float) -> Doubles:
    """Returns the transform to a patch of which the pixels are so much smaller."""
    matrix = to_patch * scale
    matrix[:, 2] += (scale - 1) / 2  # pixel centres are whole numbers
    return matrix


def _in_patch(points: Floats, to_patch: Doubles) -> Floats:
    """Returns landmarks [P, 2 or 3] in patch px; depth keeps its unit equal to theirs."""
    moved = points.astype(np.float32)
    moved[:, :2] = transform(points[:, :2], to_patch)
    moved[:, 2:] *= np.float32(scale_of(to_patch))
    return moved

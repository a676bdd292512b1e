"""One source person: turns faces of a stream into patches with this person's face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

import cv2
import numpy as np

from models.align import scale_of, transform
from models.landmarks import SCHEME
from models.network_swapper import NetworkSwapper
from models.neural_swappers import FAMILIES, NeuralSwapper
from models.sources import Shown, source_of
from models.swappers import Keep, MeshSwapper
from nodes.swap.aligned import cut_smoothly
from nodes.swap.following import Followed, Following, side_for
from nodes.swap.gallery import Gallery, Picture
from nodes.swap.portrait import read_portrait
from nodes.swap.store import PatchStore
from runtime.errors import StreamError
from runtime.kinds import Doubles, Face, Floats, Frame, Landmarks, Patch, PatchStatus
from runtime.node import Context

Model = Literal[
    "mesh", "inswapper_128", "inswapper_128_fp16", "hyperswap_1a_256", "hyperswap_1b_256", "hyperswap_1c_256",
    "simswap_256", "ghost_1_256", "ghost_2_256", "ghost_3_256",
]  # fmt: skip
MESH_SIDE = 384
"""Largest side of the mesh's patches, px."""


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
        size_px: largest side of the patches, or None for what suits the model.
    """

    def __init__(self, context: Context, model: Model, pictures: Sequence[Path], size_px: int | None) -> None:
        self._source = pictures[0].stem
        self._gallery = Gallery(_pictures(context, model, pictures, size_px))
        self._sides = self._gallery.first.sides
        self._size_px = self._sides[-1]
        self._store = PatchStore()
        self._following = Following()
        self.swaps = 0
        self.reuses = 0

    def patch(self, frame: Frame, face: Face, look: Look) -> Patch:
        """Returns the patch of a face: a new one, or that of the frame in which it looked the same."""
        to_patch = None if face.age > 0 else self._gallery.first.alignment(face, self._size_px)
        if to_patch is None:
            return Patch(face, PatchStatus.FAILED, source=self._source)
        followed = self._following.of(face.track, frame.time)
        patch = self._store.find(face, look.keep)
        if patch is None or patch.image is None:
            side = side_for(self._size_px / scale_of(to_patch), followed.side, self._sides)
        else:
            side = len(patch.image)
        to_patch = _resized(to_patch, side / self._size_px)
        landmarks = face.landmarks and Landmarks(face.landmarks.scheme, _in_patch(face.landmarks.points, to_patch))
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
        self, frame: Frame, face: Face, to_patch: Doubles, landmarks: Landmarks | None, followed: Followed, look: Look
    ) -> Patch:
        target = cut_smoothly(frame.image, to_patch, followed.side)
        last, share = followed.look, followed.share(look.settle_s)
        mesh = landmarks.points if landmarks and landmarks.scheme == SCHEME else None
        swapped = self._gallery.swapped(
            face.pose, followed, lambda swapper: swapper.swap(target, mesh, look.keep, last, share)
        )
        followed.look = swapped.look
        return Patch(
            face, PatchStatus.SWAPPED, swapped.image, cv2.cvtColor(target, cv2.COLOR_BGRA2BGR),
            self._gallery.first.template, masks=swapped.masks, source=self._source,
        )  # fmt: skip


def _pictures(context: Context, model: Model, paths: Sequence[Path], size_px: int | None) -> list[Picture]:
    """Returns a swapper for each picture of a person; a network needs only one, of what the pictures have in common."""
    portraits = [read_portrait(path, context) for path in paths]
    if model == "mesh":
        side = size_px or MESH_SIDE
        return [Picture(MeshSwapper(one.image, one.mesh, side), one.pose) for one in portraits]
    network = NeuralSwapper(context.models.session(model), FAMILIES[model])
    source = source_of(model, [Shown(one.image, one.face) for one in portraits], context.models)
    own = network.family.size_px
    if (size_px or own) % own:
        raise StreamError(f"size_px: {size_px} is no multiple of {own}, the side of {model}")
    return [Picture(NetworkSwapper(network, source, size_px or own), portraits[0].pose)]


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

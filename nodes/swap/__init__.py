"""Swaps faces: for each face of the frame an aligned patch with the source person's face in it.

    nodes:
      swapped: {type: swap, in: [camera, known], model: mesh, face: ../assets/source_a.jpg}
      turning: {type: swap, in: [camera, known], face: [front.jpg, left.jpg, right.jpg], keep_brows: 0.5}

The picture stays as it is: `blend` puts the patches into it. A face that cannot be swapped (lost, or without usable
landmarks) gets a patch with the status `failed`, so that nobody takes the picture for cleared.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from models.align import scale_of, transform
from models.swappers import Keep, MeshSwapper
from nodes.swap.aligned import cut_smoothly
from nodes.swap.following import Followed, Following, side_for
from nodes.swap.gallery import Gallery, Picture
from nodes.swap.portrait import read_portrait
from nodes.swap.store import PatchStore
from runtime.kinds import Doubles, Face, Faces, Floats, Frame, Landmarks, Patch, Patches, PatchStatus
from runtime.node import Context, node
from runtime.settings import InputFiles, Millis, Unit

Model = Literal["mesh"]
Side = Literal[128, 192, 256, 320, 384, 512]


@node(ordered=True)
class Swap:
    """Swaps every face that is seen, and reuses a patch for a face that has not changed.

    Ordered, because what can be reused depends on the frames before: so a file comes out the same, however many
    threads there are.

    Settings:
        model: `mesh` bends the source's picture onto the target's landmarks, without a network.
        face: a picture of the source person, upright or with an orientation tag; of several faces the largest counts.
            A list of pictures of one person: the one whose pose is nearest is taken.
        size_px: largest side of the patches; smaller faces get smaller ones, in steps.
        opacity: 0 leaves the target, 1 shows the source.
        keep_eyes: how much of the target's own eyes stays.
        keep_mouth: how much of the target's own inner mouth stays.
        keep_brows: how much of the target's own brows stays.
        eye_colour: how far the target's irises take the colour of the source's.
        keep_detail: how much of the source's own sharpness and grain stays; the rest is as in the target's picture.
        settle_ms: time constant with which light, eye colour and detail follow the target's; 0 takes each frame's own.
    """

    def __init__(self, context: Context, *, model: Model = "mesh", face: InputFiles, size_px: Side = 384) -> None:
        paths = [Path(path) for path in ([face] if isinstance(face, str) else face)]
        self._source = paths[0].stem
        self._gallery = Gallery([_picture(context, model, path, size_px) for path in paths])
        self._size_px = size_px
        self._store = PatchStore()
        self._following = Following()
        self._swaps = 0
        self._reuses = 0

    def __call__(
        self,
        frame: Frame,
        faces: Faces,
        *,
        opacity: Unit = 1.0,
        keep_eyes: Unit = 1.0,
        keep_mouth: Unit = 1.0,
        keep_brows: Unit = 0.0,
        eye_colour: Unit = 1.0,
        keep_detail: Unit = 0.0,
        settle_ms: Millis = 100,
    ) -> Patches:
        """Returns one patch for each face, in their order."""
        keep = Keep(keep_eyes, keep_mouth, keep_brows, eye_colour, keep_detail)
        patches = tuple(self._patch(frame, face, keep, opacity, settle_ms / 1000) for face in faces)
        return Patches(patches, faces.detected)

    def counters(self) -> dict[str, int]:
        """Returns how many patches were made, and how many were handed out again."""
        return {"swaps": self._swaps, "reuses": self._reuses}

    def _patch(self, frame: Frame, face: Face, keep: Keep, opacity: float, settle_s: float) -> Patch:
        swapper = self._gallery.first
        to_patch = None if face.age > 0 else swapper.alignment(face, self._size_px)
        if to_patch is None or face.landmarks is None:
            return Patch(face, PatchStatus.FAILED, source=self._source)
        followed = self._following.of(face.track, frame.time)
        patch = self._store.find(face, keep)
        if patch is None or patch.image is None:
            side = side_for(self._size_px / scale_of(to_patch), followed.side, self._size_px)
        else:
            side = len(patch.image)
        to_patch = _resized(to_patch, side / self._size_px)
        landmarks = Landmarks(face.landmarks.scheme, _in_patch(face.landmarks.points, to_patch))
        if patch is None:
            followed.side = side
            patch = self._swapped(frame, face, to_patch, landmarks, keep, followed, settle_s)
            self._swaps += 1
        else:
            self._reuses += 1
        patch = replace(patch, face=face, to_patch=to_patch, landmarks=landmarks, opacity=opacity)
        self._store.put(face, frame.seq, keep, patch)
        return patch

    def _swapped(
        self,
        frame: Frame,
        face: Face,
        to_patch: Doubles,
        landmarks: Landmarks,
        keep: Keep,
        followed: Followed,
        settle_s: float,
    ) -> Patch:
        target = cut_smoothly(frame.image, to_patch, followed.side)
        last, share = followed.look, followed.share(settle_s)
        swapped = self._gallery.swapped(
            face.pose, followed, lambda swapper: swapper.swap(target, landmarks.points, keep, last, share)
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

"""Swaps faces: for each face of the frame an aligned patch with the source person's face in it.

    nodes:
      swapped: {type: swap, in: [camera, known], model: mesh, face: ../assets/source_a.jpg}
      frown:   {type: swap, in: [camera, known], face: me.jpg, keep_brows: 0.5, opacity: 0.8}

The picture stays as it is: `blend` puts the patches into it. A face that cannot be swapped (lost, or without usable
landmarks) gets a patch with the status `failed`, so that nobody takes the picture for cleared.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from models.align import transform
from models.swappers import Keep, MeshSwapper, Swapper
from nodes.swap.aligned import cut_smoothly
from nodes.swap.portrait import read_portrait
from nodes.swap.store import PatchStore
from runtime.kinds import Doubles, Face, Faces, Floats, Frame, Landmarks, Patch, Patches, PatchStatus
from runtime.node import Context, node
from runtime.settings import InputFile, Unit

Model = Literal["mesh"]
Side = Literal[128, 256, 384, 512]


@node(ordered=True)
class Swap:
    """Swaps every face that is seen, and reuses a patch for a face that has not changed.

    Ordered, because what can be reused depends on the frames before: so a file comes out the same, however many
    threads there are.

    Settings:
        model: `mesh` bends the source's picture onto the target's landmarks, without a network.
        face: a picture of the source person, upright or with an orientation tag; of several faces the largest counts.
        size_px: side of the patches.
        opacity: 0 leaves the target, 1 shows the source.
        keep_eyes: how much of the target's own eyes stays.
        keep_mouth: how much of the target's own inner mouth stays.
        keep_brows: how much of the target's own brows stays.
    """

    def __init__(self, context: Context, *, model: Model = "mesh", face: InputFile, size_px: Side = 256) -> None:
        path = Path(face)
        self._source = path.stem
        self._swapper = _swapper(context, model, path, size_px)
        self._store = PatchStore()
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
    ) -> Patches:
        """Returns one patch for each face, in their order."""
        keep = Keep(keep_eyes, keep_mouth, keep_brows)
        return Patches(tuple(self._patch(frame, face, keep, opacity) for face in faces), faces.detected)

    def counters(self) -> dict[str, int]:
        """Returns how many patches were made, and how many were handed out again."""
        return {"swaps": self._swaps, "reuses": self._reuses}

    def _patch(self, frame: Frame, face: Face, keep: Keep, opacity: float) -> Patch:
        to_patch = None if face.age > 0 else self._swapper.alignment(face)
        if to_patch is None or face.landmarks is None:
            return Patch(face, PatchStatus.FAILED, source=self._source)
        landmarks = Landmarks(face.landmarks.scheme, _in_patch(face.landmarks.points, to_patch))
        patch = self._store.find(face, keep)
        if patch is None:
            patch = self._swapped(frame, face, to_patch, landmarks, keep)
            self._swaps += 1
        else:
            self._reuses += 1
        patch = replace(patch, face=face, to_patch=to_patch, landmarks=landmarks, opacity=opacity)
        self._store.put(face, frame.seq, keep, patch)
        return patch

    def _swapped(self, frame: Frame, face: Face, to_patch: Doubles, landmarks: Landmarks, keep: Keep) -> Patch:
        target = cut_smoothly(frame.image, to_patch, self._swapper.size_px)
        swapped = self._swapper.swap(target, landmarks.points, keep)
        return Patch(
            face, PatchStatus.SWAPPED, swapped.image, cv2.cvtColor(target, cv2.COLOR_BGRA2BGR), self._swapper.template,
            masks=swapped.masks, source=self._source,
        )  # fmt: skip


def _swapper(context: Context, model: Model, face: Path, size_px: int) -> Swapper:
    portrait = read_portrait(face, context)
    match model:
        case "mesh":
            return MeshSwapper(portrait.image, portrait.mesh, size_px)


def _in_patch(points: Floats, to_patch: Doubles) -> Floats:
    """Returns landmarks [P, 2 or 3] in patch px; depth keeps its unit equal to theirs."""
    moved = points.astype(np.float32)
    moved[:, :2] = transform(points[:, :2], to_patch)
    moved[:, 2:] *= np.float32(np.hypot(to_patch[0, 0], to_patch[1, 0]))
    return moved

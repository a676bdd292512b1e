"""Swaps faces: for each face of the frame an aligned patch with the source person's face in it.

    nodes:
      swapped: {type: swap, in: [camera, known], model: mesh, face: ../assets/source_a.jpg}
      frown:   {type: swap, in: [camera, known], face: me.jpg, keep_brows: 0.5, opacity: 0.8}
      cast:    {type: swap, in: [camera, known], face: x.jpg, map: {anna: a.jpg, ben: b.jpg}, others: blur}

The picture stays as it is: `blend` puts the patches into it. A face that cannot be swapped (lost, or without usable
landmarks) gets a patch with the status `failed`, so that nobody takes the picture for cleared.

`which` and `others: leave` leave faces **bare**, and pictures with them count as cleared: a guard lets them pass, best
with `patches: swapped` among its inputs, so that it does not hold the picture when somebody leaves who was bare anyway.
The names in `map` are those that a `cache` with `people` gives. As long as it is not sure who somebody is,
`others: leave` blurs them; a person of `map` keeps their source while it is in doubt.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from models.align import transform
from models.swappers import Keep, MeshSwapper, Swapper
from nodes.swap.aligned import cut_smoothly
from nodes.swap.blurred import blurred
from nodes.swap.choice import Choice, Others, Part, Which
from nodes.swap.portrait import read_portrait
from nodes.swap.store import PatchStore
from runtime.kinds import Doubles, Face, Faces, Floats, Frame, Landmarks, Patch, Patches, PatchStatus
from runtime.node import Context, node
from runtime.settings import InputFile, Unit

Model = Literal["mesh"]
Side = Literal[128, 256, 384, 512]


@node(ordered=True)
class Swap:
    """Swaps the faces that are seen, and reuses a patch for a face that has not changed.

    Ordered, because what can be reused depends on the frames before: so a file comes out the same, however many
    threads there are.

    Settings:
        model: `mesh` bends the source's picture onto the target's landmarks, without a network.
        face: a picture of the source person, upright or with an orientation tag; of several faces the largest counts.
            With `map`, the source of those who are not in it.
        size_px: side of the patches.
        map: sources for known people: from their name, as `people` of `cache` gives it, to a picture.
        others: what becomes of everybody who is not in `map`: `swap` to `face`, `blur`, or `leave` bare.
        which: `all` faces, the `largest`, so many of the largest (a number), or the one at the `left` or `right`
            of the picture; the others are left bare.
        opacity: 0 leaves the target, 1 shows the source.
        keep_eyes: how much of the target's own eyes stays.
        keep_mouth: how much of the target's own inner mouth stays.
        keep_brows: how much of the target's own brows stays.
    """

    def __init__(
        self, context: Context, *, model: Model = "mesh", face: InputFile, size_px: Side = 256,
        map: dict[str, InputFile] = {}, others: Others = "swap",  # noqa: A002, B006  # the graph's word; never changed
    ) -> None:  # fmt: skip
        path = Path(face)
        self._source = path.stem
        self._swapper = _swapper(context, model, path, size_px)
        self._store = PatchStore()
        self._swaps = 0
        self._reuses = 0
        self._unswapped: Counter[str] = Counter()
        self._cast = {name: Swap(context, model=model, face=source, size_px=size_px) for name, source in map.items()}
        self._choice = Choice(self._cast, others)
        self._log = context.log

    def __call__(
        self,
        frame: Frame,
        faces: Faces,
        *,
        opacity: Unit = 1.0,
        keep_eyes: Unit = 1.0,
        keep_mouth: Unit = 1.0,
        keep_brows: Unit = 0.0,
        which: Which = "all",
    ) -> Patches:
        """Returns one patch for each face, in their order."""
        keep = Keep(keep_eyes, keep_mouth, keep_brows)
        parts = zip(faces, self._choice.parts(faces, which), strict=True)
        return Patches(tuple(self._played(part, frame, face, keep, opacity) for face, part in parts), faces.detected)

    def counters(self) -> dict[str, int]:
        """Returns how many patches were made, how many were handed out again, and how many faces were not swapped."""
        counts = Counter({"swaps": self._swaps, "reuses": self._reuses, **self._unswapped})
        for swap in self._cast.values():
            counts.update(swap.counters())
        return dict(counts)

    def close(self) -> None:
        """Says when nobody of `map` was ever seen."""
        if self._cast and not self._choice.met:
            names = ", ".join(self._cast)
            self._log.warning("nobody was seen as %s; `people` of a cache before swap says who is who", names)

    def _played(self, part: Part, frame: Frame, face: Face, keep: Keep, opacity: float) -> Patch:
        """Returns the patch of a face for the part that it has."""
        if part.act != "swap":
            self._unswapped[part.act] += 1
            return blurred(frame, face) if part.act == "blur" else Patch(face, PatchStatus.LEFT_ALONE)
        swap = self._cast[part.person] if part.person else self
        return swap._patch(frame, face, keep, opacity)  # noqa: SLF001  # one of its own class

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

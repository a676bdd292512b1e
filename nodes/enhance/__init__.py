"""Sharpens swapped faces with a network that restores faces.

    nodes:
      swapped: {type: swap, in: [camera, known], model: inswapper_128, face: me.jpg}
      sharper: {type: enhance, in: [camera, swapped], model: gfpgan_1.4, amount: 0.8, every: 3}

Each swapped patch becomes a wider and finer one, aligned as the network wants it: the frame with the patch in it,
restored. Its masks go along, so that `blend` changes the same pixels as before. A face that has not changed, as `cache`
tells, keeps what was made for it. With `every` the network runs less often: in between, what it added last is added
again, moved as the face has moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal, NamedTuple

import cv2
import numpy as np

from models.align import plausible
from models.enhancers import RESTORERS, Enhancer
from nodes.cadence import Cadence, Seen, Turn
from nodes.cover import has_new_face
from nodes.enhance.wide import Place, place_of, widened
from runtime.kinds import Doubles, Frame, Image, Patch, Patches
from runtime.node import Context, node
from runtime.settings import Count, Eases, IsModel, Unit

Model = Literal["gfpgan_1.4", "codeformer", "gpen_bfr_256", "gpen_bfr_512"]


class _Restored(NamedTuple):
    """A restored face and what it was before, uint8 [S, S, 3]; what was added to it, int16 [S, S, 3], if asked for."""

    image: Image
    target: Image
    added: Image | None


class _Step(NamedTuple):
    """A face of a frame on its way: its patch, its place on the network's grid, and what is to be done."""

    frame: Frame
    patch: Patch
    place: Place
    turn: Turn[_Restored]


@node(ordered=True)
class Enhance:
    """Restores the swapped faces of a frame, or of a batch of frames, in one run where the network's file allows it.

    Settings:
        model: the network; its file is to be had apart.
        amount: how much of the restored picture is taken, 0 for none.
        likeness: for `codeformer`, how near it stays to what it is given: 0 for the best looks, 1 for the nearest.
        every: the network sees each face once in so many frames.
    """

    def __init__(self, context: Context, *, model: Annotated[Model, IsModel()]) -> None:
        self._enhancer = Enhancer(context.models.session(model), RESTORERS[model])
        self._cadence = Cadence[_Restored]()
        self._restored = self._reused = 0

    def __call__(
        self,
        frame: Frame,
        patches: Patches,
        *,
        amount: Unit = 0.8,
        likeness: Unit = 0.5,
        every: Annotated[Count, Eases((1, 2, 4), "slight")] = 1,
    ) -> Patches:
        """Returns the patches, in their order; those that are not swapped stay as they are."""
        return self.batch([(frame, patches)], amount=amount, likeness=likeness, every=every)[0]

    def batch(
        self, items: Sequence[tuple[Frame, Patches]], *, amount: float, likeness: float, every: int
    ) -> list[Patches]:
        """Returns the patches of each frame."""
        if not amount:
            return [patches for _, patches in items]
        made_with = (amount, likeness, every > 1)
        try:
            frames = [self._steps(frame, patches, every, made_with) for frame, patches in items]
            steps = [step for frame in frames for step in frame]
            made = iter(self._restore(steps, amount, likeness, keep_added=every > 1))
        finally:
            self._cadence.forget_unmade()
        return [
            replace(patches, items=tuple(next(made) if _is_face(patch) else patch for patch in patches))
            for _, patches in items
        ]

    def counters(self) -> dict[str, int]:
        """Returns for how many faces the network ran, and how many had what it made before."""
        return {"restored": self._restored, "reused": self._reused}

    def _steps(self, frame: Frame, patches: Patches, every: int, made_with: object) -> list[_Step]:
        faces = [patch for patch in patches if _is_face(patch)]
        places = [place_of(patch, self._enhancer.restorer) for patch in faces]
        where = [Seen(patch.face, place.points, patch.image) for patch, place in zip(faces, places, strict=True)]
        turns = self._cadence.turns(frame, where, every, made_with)
        return [_Step(frame, *parts) for parts in zip(faces, places, turns, strict=True)]

    def _restore(self, steps: Sequence[_Step], amount: float, likeness: float, *, keep_added: bool) -> list[Patch]:
        """Returns the patches, restored; the network runs once, for all faces whose turn it is."""
        wide = [None if _is_still(step.turn) else widened(*step[:3]) for step in steps]
        fresh = [(step.turn, patch) for step, patch in zip(steps, wide, strict=True) if patch and step.turn.fresh]
        before = [image for _, patch in fresh if (image := patch.image) is not None]
        images = self._enhancer(np.stack(before), likeness) if before else []
        for (turn, patch), old, new in zip(fresh, before, images, strict=True):
            turn.made.answer = _mixed(old, new, patch.target, amount, keep_added=keep_added)
        self._restored += len(fresh)
        self._reused += len(steps) - len(fresh)
        return [_finished(step, patch) for step, patch in zip(steps, wide, strict=True)]


def _finished(step: _Step, wide: Patch | None) -> Patch:
    """Returns a face's patch; `wide` is the one before it was restored, or None for a face that looks as it did."""
    made = step.turn.made.got()
    if wide is None:
        return step.place.patch(step.patch, made.image, made.target)
    if step.turn.fresh:
        return replace(wide, image=made.image)
    assert wide.image is not None and made.added is not None and step.turn.move is not None  # noqa: S101, PT018  # is kept where `every` is above 1
    return replace(wide, image=_with_added(wide.image, made.added, step.turn.move))


def _mixed(old: Image, new: Image, target: Image | None, amount: float, *, keep_added: bool) -> _Restored:
    assert target is not None  # noqa: S101  # a wide patch has one
    image = np.asarray(cv2.addWeighted(old, 1 - amount, new, amount, 0), np.uint8)
    added = cv2.subtract(image, old, dtype=cv2.CV_16S) if keep_added else None
    return _Restored(image, target, added)


def _with_added(image: Image, added: Image, move: Doubles) -> Image:
    """Returns a picture with what was added to another one of the face, moved as that has moved since."""
    side = len(image)
    moved = cv2.warpAffine(added, move, (side, side), flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.add(image, moved, dtype=cv2.CV_8U), np.uint8)


def _is_still(turn: Turn[_Restored]) -> bool:
    return not turn.fresh and turn.move is None


def _is_face(patch: Patch) -> bool:
    """Whether there is a face to restore."""
    return has_new_face(patch) and plausible(patch.face.points)

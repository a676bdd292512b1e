"""Sharpens swapped faces with a network that restores faces.

    nodes:
      swapped: {type: swap, in: [camera, known], model: inswapper_128, face: me.jpg}
      sharper: {type: enhance, in: [camera, swapped], model: gfpgan_1.4, amount: 0.8}

Each swapped patch becomes a wider and finer one, aligned as the network wants it: the frame with the patch in it,
restored. Its masks go along, so that `blend` changes the same pixels as before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import cv2
import numpy as np

from models.align import inverse, plausible, scale_of, similarity, template, transform
from models.crop import cut
from models.enhancers import RESTORERS, Enhancer
from models.network_swapper import soft_square
from nodes.blend.paste import lay, layer_of
from nodes.cover import OUTLINE, outline_of, rest_of
from nodes.swap.blurred import TEMPLATE as BLURRED
from runtime.kinds import Doubles, Frame, Image, Landmarks, Patch, Patches, PatchStatus
from runtime.node import Context, node
from runtime.settings import IsModel, Unit

Model = Literal["gfpgan_1.4", "codeformer", "gpen_bfr_256", "gpen_bfr_512"]

_BORDER = 0.04
"""Width of the ramp at the border of a wide patch, a share of its side."""


@node
class Enhance:
    """Restores the swapped faces of a frame, in one run where the network's file allows it.

    Settings:
        model: the network; its file is to be had apart.
        amount: how much of the restored picture is taken, 0 for none.
        likeness: for `codeformer`, how near it stays to what it is given: 0 for the best looks, 1 for the nearest.
    """

    def __init__(self, context: Context, *, model: Annotated[Model, IsModel()]) -> None:
        self._enhancer = Enhancer(context.models.session(model), RESTORERS[model])

    def __call__(self, frame: Frame, patches: Patches, *, amount: Unit = 0.8, likeness: Unit = 0.5) -> Patches:
        """Returns the patches, in their order; those that are not swapped stay as they are."""
        swapped = [patch for patch in patches if _is_face(patch)]
        if not swapped or not amount:
            return patches
        wide = [self._widened(frame, patch) for patch in swapped]
        images = self._enhancer(np.stack([patch.image for patch in wide if patch.image is not None]), likeness)
        made = iter(_mixed(patch, image, amount) for patch, image in zip(wide, images, strict=True))
        return replace(patches, items=tuple(next(made) if _is_face(patch) else patch for patch in patches))

    def _widened(self, frame: Frame, patch: Patch) -> Patch:
        """Returns a patch that shows the same, with what is around it, in the network's alignment."""
        restorer = self._enhancer.restorer
        side = restorer.size_px
        to_wide = similarity(patch.face.points, template(restorer.template, side))
        target = np.ascontiguousarray(cut(frame.image, to_wide, side)[..., :3])
        assert patch.to_patch is not None  # noqa: S101  # a swapped patch has its place
        between = _chained(inverse(patch.to_patch), to_wide)
        return replace(
            patch, image=_laid(patch, target, inverse(between)), target=target, template=restorer.template,
            to_patch=to_wide, landmarks=_moved(patch.landmarks, between), masks=_masks(patch, between, side),
        )  # fmt: skip


def _laid(patch: Patch, target: Image, to_patch: Doubles) -> Image:
    """Returns the wide picture with the patch in it."""
    assert patch.image is not None  # noqa: S101  # a swapped patch has one
    side = len(patch.image)
    mask = cv2.multiply(outline_of(patch.masks, side), rest_of(patch.masks, side), scale=1 / 255)
    image = target.copy()
    lay(layer_of(patch.image, np.asarray(mask, np.uint8), to_patch, 1.0), image)
    return image


def _is_face(patch: Patch) -> bool:
    """Whether there is a face to restore; from what was blurred to be hidden nobody shall make one again."""
    seen = patch.status is PatchStatus.SWAPPED and patch.image is not None and patch.template != BLURRED
    return seen and plausible(patch.face.points)


def _mixed(patch: Patch, image: Image, amount: float) -> Patch:
    assert patch.image is not None  # noqa: S101  # it was given to the network
    return replace(patch, image=np.asarray(cv2.addWeighted(patch.image, 1 - amount, image, amount, 0), np.uint8))


def _chained(first: Doubles, second: Doubles) -> Doubles:
    """Returns the transform that does one after the other."""
    turn = second[:, :2] @ first[:, :2]
    return np.hstack([turn, (second[:, :2] @ first[:, 2:]) + second[:, 2:]])


def _moved(landmarks: Landmarks | None, between: Doubles) -> Landmarks | None:
    if landmarks is None:
        return None
    points = landmarks.points.astype(np.float32)
    points[:, :2] = transform(points[:, :2], between)
    points[:, 2:] *= np.float32(scale_of(between))
    return Landmarks(landmarks.scheme, points)


def _masks(patch: Patch, between: Doubles, side: int) -> dict[str, Image]:
    """Returns a patch's masks on the wider grid; the outline is soft where it meets the grid's border."""
    masks = {name: cv2.warpAffine(mask, between, (side, side)) for name, mask in patch.masks.items()}
    if OUTLINE in masks:
        masks[OUTLINE] = cv2.multiply(masks[OUTLINE], soft_square(side, _BORDER), scale=1 / 255)
    return {name: np.asarray(mask, np.uint8) for name, mask in masks.items()}

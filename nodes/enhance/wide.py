"""Makes a wider and finer patch of a swapped one: the frame with the patch in it, aligned as a restorer wants it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.align import inverse, scale_of, similarity, template, transform
from models.crop import cut
from models.enhancers import Restorer
from models.network_swapper import soft_square
from nodes.blend.paste import lay, layer_of
from nodes.cadence import points_of
from nodes.cover import OUTLINE, outline_of, rest_of
from runtime.kinds import Doubles, Frame, Image, Landmarks, Patch

_BORDER = 0.04
"""Width of the ramp at the border of a wide patch, a share of its side."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a patch lies on the wider grid.

    Attributes:
        restorer: whose grid it is.
        to_wide: frame px to its px.
        between: px of the patch to its px.
        points: of the face, float64 [P, 2] in its px.
    """

    restorer: Restorer
    to_wide: Doubles
    between: Doubles
    points: Doubles

    def patch(self, patch: Patch, image: Image, target: Image) -> Patch:
        """Returns the wide patch with these pixels."""
        side = self.restorer.size_px
        return replace(
            patch, image=image, target=target, template=self.restorer.template, to_patch=self.to_wide,
            landmarks=_moved(patch.landmarks, self.between), masks=_masks(patch, self.between, side),
        )  # fmt: skip


def place_of(patch: Patch, restorer: Restorer) -> Place:
    """Returns where a swapped patch lies on a restorer's grid."""
    assert patch.to_patch is not None  # noqa: S101  # a swapped patch has its place
    to_wide = similarity(patch.face.points, template(restorer.template, restorer.size_px))
    between = _chained(inverse(patch.to_patch), to_wide)
    return Place(restorer, to_wide, between, transform(points_of(patch), between))


def widened(frame: Frame, patch: Patch, place: Place) -> Patch:
    """Returns a patch that shows the same, with what is around it."""
    target = np.ascontiguousarray(cut(frame.image, place.to_wide, place.restorer.size_px)[..., :3])
    return place.patch(patch, _laid(patch, target, inverse(place.between)), target)


def _laid(patch: Patch, target: Image, to_patch: Doubles) -> Image:
    """Returns the wide picture with the patch in it."""
    assert patch.image is not None  # noqa: S101  # a swapped patch has one
    side = len(patch.image)
    mask = cv2.multiply(outline_of(patch.masks, side), rest_of(patch.masks, side), scale=1 / 255)
    image = target.copy()
    lay(layer_of(patch.image, np.asarray(mask, np.uint8), to_patch, 1.0), image)
    return image


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

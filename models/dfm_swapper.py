"""A DFM file where patches are made: aligns, swaps the faces of several frames in one run, and masks what it made."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from models.align import plausible, similarity, template
from models.dfm import TEMPLATE, Dfm
from models.mesh_look import Look
from models.mesh_masks import face_mask, features_mask
from models.network_swapper import soft_square
from models.swappers import Keep, Swapped
from runtime.kinds import Doubles, Face, Floats, Image

_BORDER = 0.3
"""Width of the ramp of the square that stands for a face without a mesh; a share of its side."""
_FEATHER = 0.02
"""By how much of its side a mask is drawn in, and sigma of the blur of its edge then."""
_RIM = 0.02
"""Width of the ramp at a patch's border, beyond which there is nothing to show."""


class DfmSwapper:
    """Gives patches to a DFM file.

    The file's own mask goes into the patch as `model`. Its `shape` is what the mask holds and where the face is known
    to be besides, so that a mask which leaves most of a face bare is seen to do so.
    """

    template = TEMPLATE

    def __init__(self, dfm: Dfm) -> None:
        self._dfm = dfm
        self.sides = (dfm.size_px,)

    def alignment(self, face: Face, size_px: int) -> Doubles | None:
        """Returns the transform from frame px to patch px, or None for points that are no face's."""
        points = np.asarray(face.points, np.float64)
        return similarity(points, template(TEMPLATE, size_px)) if plausible(points) else None

    def swap(
        self, target: Image, landmarks: Floats | None, keep: Keep, last: Look | None = None, share: float = 1
    ) -> Swapped:
        """Returns the trained person's face over a patch uint8 [N, N, 3 or 4]; light and look are the file's affair."""
        del last, share
        return self.swap_all([target], [landmarks], keep)[0]

    def swap_all(self, targets: Sequence[Image], landmarks: Sequence[Floats | None], keep: Keep) -> list[Swapped]:
        """Returns the same for many patches, in one run where the file leaves the batch free."""
        images, masks = self._dfm(np.stack([target[..., :3] for target in targets]), keep.morph)
        rows = zip(images, masks, landmarks, strict=True)
        return [Swapped(image, _masks(mask, points, keep)) for image, mask, points in rows]


def _masks(own: Image, landmarks: Floats | None, keep: Keep) -> dict[str, Image]:
    side = len(own)
    own = cv2.multiply(_feathered(own), soft_square(side, _RIM), scale=1 / 255)
    if landmarks is None or not plausible(landmarks[:, :2]):
        return {"shape": cv2.max(own, soft_square(side, _BORDER)), "model": own}
    points = np.ascontiguousarray(landmarks[:, :2])
    masks = {"shape": cv2.max(own, face_mask(points, side)), "model": own}
    if keep.eyes or keep.mouth or keep.brows:
        masks["features"] = features_mask(points, side, eyes=keep.eyes, mouth=keep.mouth, brows=keep.brows)
    return masks


def _feathered(mask: Image) -> Image:
    reach = max(1, round(_FEATHER * len(mask)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.GaussianBlur(cv2.erode(mask, kernel), (0, 0), reach), np.uint8)

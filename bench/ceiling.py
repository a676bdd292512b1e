"""What the identity margin could be at most: the portrait itself, put where the swapped face is. Adds nothing up.

It neither looks where the target looks nor speaks nor turns: a swap that keeps these is not meant to come this far.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.align import similarity
from nodes.blend import blend
from nodes.cover import OUTLINE, outline_of
from nodes.swap.aligned import cut_smoothly
from runtime.kinds import Doubles, Frame, Image, Patch, Patches

EVERY = 6
"""One frame of so many is judged: a face costs two more runs of the identity network in it."""


def whole_head(portrait: Image, source: Doubles, frame: Frame, points: Doubles) -> Image:
    """Returns the portrait in place of the frame: hair, background and all, its face where the target's is.

    `portrait` is uint8 [H, W, 3] BGR; the faces' points in it and in the frame are float64 [5, 2].
    """
    square = cut_smoothly(portrait, similarity(source, points), max(frame.width, frame.height))
    return np.ascontiguousarray(square[: frame.height, : frame.width, :3])


def within_mask(portrait: Image, source: Doubles, frame: Frame, points: Doubles, patch: Patch) -> Image:
    """Returns the frame with the portrait as it is, light, eyes and all, where a swapped patch has its face."""
    assert patch.image is not None  # noqa: S101  # it was swapped
    assert patch.to_patch is not None  # noqa: S101
    side = len(patch.image)
    to_patch = np.vstack([patch.to_patch, (0, 0, 1)]) @ np.vstack([similarity(source, points), (0, 0, 1)])
    pasted = np.ascontiguousarray(cut_smoothly(portrait, to_patch[:2], side)[..., :3])
    only = replace(patch, image=pasted, masks={OUTLINE: outline_of(patch.masks, side)}, opacity=1.0)
    return blend(frame, Patches((only,))).image

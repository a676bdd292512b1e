"""How much of a face the masks of its patch leave swapped. Nodes that add masks and the one that uses them share this.

One mask has a meaning of its own: `shape`, the outline of what was swapped. Each of the others takes something out of
it: features that the target keeps, a hand in front.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial, reduce

import cv2
import numpy as np

from nodes.swap.blurred import TEMPLATE as BLURRED
from runtime.kinds import Image, Patch, PatchStatus

OUTLINE = "shape"

ENOUGH = 0.4
"""Share of a swapped face that must be left by the other masks; below it the face that shows may be the bare one."""


def has_new_face(patch: Patch) -> bool:
    """Returns whether a patch shows a new face; of what was blurred to be hidden, nothing is taken out or made."""
    return patch.status is PatchStatus.SWAPPED and patch.image is not None and patch.template != BLURRED


def outline_of(masks: Mapping[str, Image], side: int) -> Image:
    """Returns the outline of what was swapped, uint8 [side, side]; without a mask of that name, all masks together."""
    return masks[OUTLINE] if OUTLINE in masks else product(masks.values(), side)


def rest_of(masks: Mapping[str, Image], side: int) -> Image:
    """Returns what the other masks leave, uint8 [side, side]; 255 everywhere where there is no outline to tell."""
    others = [mask for name, mask in masks.items() if name != OUTLINE] if OUTLINE in masks else []
    return product(others, side)


def product(masks: Iterable[Image], side: int) -> Image:
    """Returns masks multiplied, uint8 [side, side]; 255 everywhere for none."""
    every = list(masks)
    return reduce(partial(cv2.multiply, scale=1 / 255), every) if every else np.full((side, side), 255, np.uint8)


def share_left(outline: Image, left: Image) -> float:
    """Returns the share of an outline, 0 to 1, that is left of it under all masks; 0 for one around nothing."""
    whole = cv2.sumElems(outline)[0]
    return cv2.sumElems(left)[0] / whole if whole else 0.0

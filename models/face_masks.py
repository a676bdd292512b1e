"""Networks that say which pixels of a patch are face: XSeg for what is not covered, BiSeNet for the parts of a face.

Patches of any side and alignment that shows the face go in, uint8 [N, S, S, 3] BGR; masks uint8 [N, S, S] come out,
255 where the face is. Nothing is kept from one call to the next.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import cv2
import numpy as np

from models.tensors import IMAGENET, finite, fixed_length, pixels, run_images
from runtime.errors import ModelError
from runtime.kinds import Floats, Image
from runtime.node import Session

Part = Literal["skin", "brows", "eyes", "glasses", "nose", "mouth", "lips"]

_CLASSES: dict[str, tuple[int, ...]] = {
    "skin": (1,), "brows": (2, 3), "eyes": (4, 5), "glasses": (6,), "nose": (10,), "mouth": (11,), "lips": (12, 13),
}  # fmt: skip
PARTS: tuple[Part, ...] = ("skin", "brows", "eyes", "glasses", "nose", "mouth", "lips")
"""All that belongs to a face; ears, neck, hair and hats do not."""
_COUNT = 19
_SOFTNESS = 5.0 / 256
"""Sigma of the blur of a mask's edge as a share of its side: FaceFusion's 5 px at 256."""
_XSEG_PIXELS = pixels(0, 255, "BGR", last=True)


class XSeg:
    """DeepFaceLab's mask of what no hand, hair or thing covers; the published files are FaceFusion's."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.side = fixed_length(session.inputs[0], 1) or 256
        """Side of what it sees, px."""

    def __call__(self, patches: Image) -> Image:
        """Returns one mask for each patch."""
        if not len(patches):
            return np.empty(patches.shape[:3], np.uint8)
        answer = run_images(self._session, _XSEG_PIXELS.tensor(_resized(patches, self.side)))[0]
        return _masks(np.clip(finite(answer).reshape(-1, self.side, self.side), 0, 1), patches.shape[1])


class BiSeNet:
    """C. Yu et al., "BiSeNet", ECCV 2018, trained on the 19 classes of CelebAMask-HQ."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.side = fixed_length(session.inputs[0], 2) or 512
        """Side of what it sees, px."""

    def __call__(self, patches: Image, parts: Collection[Part] = PARTS) -> Image:
        """Returns one mask for each patch, of the parts that were asked for."""
        if not len(patches):
            return np.empty(patches.shape[:3], np.uint8)
        scores = run_images(self._session, IMAGENET.tensor(_resized(patches, self.side)))[0]
        if scores.shape[1] != _COUNT:
            raise ModelError(f"the network knows {scores.shape[1]} classes, a face parser {_COUNT}: it is another kind")
        wanted = np.zeros(_COUNT, np.float32)
        wanted[[number for part in parts for number in _CLASSES[part]]] = 1
        return _masks(wanted[finite(scores).argmax(1)], patches.shape[1])


def _resized(patches: Image, side: int) -> Image:
    way = cv2.INTER_AREA if patches.shape[1] > side else cv2.INTER_LINEAR
    return np.stack([cv2.resize(patch, (side, side), interpolation=way) for patch in patches])


def _masks(answers: Floats, side: int) -> Image:
    """Returns soft masks of another side; where half of a pixel's surroundings are no face, it is 0 already."""
    sigma = _SOFTNESS * answers.shape[1]
    soft = [cv2.resize(cv2.GaussianBlur(answer, (0, 0), sigma), (side, side)) for answer in answers]
    return np.rint(np.clip(np.stack(soft) * 2 - 1, 0, 1) * 255).astype(np.uint8)

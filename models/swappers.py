"""Swappers: an aligned patch of a face in, the same patch with another face out. Each stands for one source person.

A swapper says how it wants faces aligned, and keeps nothing from one call to the next. Which frames and faces there
are, and what is done with the result, is not its business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from models.landmarks import SCHEME
from models.mesh_light import colour_of, light_of, paler, relight
from models.mesh_masks import face_mask, features_mask, skin_mask
from models.mesh_points import TEMPLATE, alignment
from models.mesh_texture import Texture
from models.mesh_warp import DenseField
from runtime.kinds import Doubles, Face, Floats, Image

_OVERSAMPLING = 1.25
_NO_COLOUR = 0.02
"""A source less colourful than this is a grey picture, whose texture has no colour to take away."""
_SHAPE = 0.7
"""How far brows, nose and cheeks take the source's proportions; the rest keeps a nose near its own shadow."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How much of the target's own features stays, 0 to 1 each."""

    eyes: float = 1.0
    mouth: float = 1.0
    brows: float = 0.0


@dataclass(frozen=True, slots=True)
class Swapped:
    """A swapper's answer: uint8 [N, N, 3] BGR, and masks [N, N] that say where it holds."""

    image: Image
    masks: Mapping[str, Image]


class Swapper(Protocol):
    """What turns a patch of anybody's face into the source person's."""

    @property
    def template(self) -> str:
        """Name of the alignment of its patches."""
        ...

    @property
    def size_px(self) -> int:
        """Side of its patches."""
        ...

    def alignment(self, face: Face) -> Doubles | None:
        """Returns the transform from frame px to patch px, or None for a face that it cannot swap."""
        ...

    def swap(self, target: Image, landmarks: Floats, keep: Keep) -> Swapped:
        """Returns the source's face over a patch uint8 [N, N, 3 or 4], with the target's landmarks in patch px."""
        ...


class MeshSwapper:
    """Bends the source's picture onto the target's mesh, in the target's light: no network, about 2 ms.

    Args:
        portrait: the source's picture, uint8 [H, W, 3] BGR.
        mesh: the source's landmarks in it, float32 [468, 3].
        size_px: side of the patches.
    """

    template = TEMPLATE

    def __init__(self, portrait: Image, mesh: Floats, size_px: int = 256) -> None:
        self.size_px = size_px
        self._texture = Texture(portrait, mesh, round(size_px * _OVERSAMPLING))
        self._field = DenseField(size_px)

    def alignment(self, face: Face) -> Doubles | None:
        """Returns the transform from frame px to patch px, or None without a usable mesh."""
        if face.landmarks is None or face.landmarks.scheme != SCHEME:
            return None
        return alignment(face.landmarks.points, self.size_px)

    def swap(self, target: Image, landmarks: Floats, keep: Keep) -> Swapped:
        """Returns the source's face over a patch uint8 [N, N, 4], with the target's mesh [468, 2 or 3] in patch px."""
        points = np.ascontiguousarray(landmarks[:, :2])
        texture = self._texture
        shaped = points + (texture.posed(points) - points) * texture.freedom * np.float32(_SHAPE)
        field = self._field(shaped, texture.points, texture.visibility(points))
        flat = cv2.remap(texture.image, field, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        light = light_of(target, skin_mask(points, self.size_px))
        pale = paler(flat, colour_of(light) / max(texture.colour, _NO_COLOUR))
        image = relight(pale, light)
        shape = cv2.multiply(face_mask(points, self.size_px), cv2.extractChannel(flat, 3), scale=1 / 255)
        features = features_mask(points, self.size_px, eyes=keep.eyes, mouth=keep.mouth, brows=keep.brows)
        return Swapped(cv2.cvtColor(image, cv2.COLOR_BGRA2BGR), {"shape": shape, "features": features})

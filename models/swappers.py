"""Swappers: an aligned patch of a face in, the same patch with another face out. Each stands for one source picture.

A swapper says how it wants faces aligned, and keeps nothing from one call to the next: what it saw of a face comes out
as a `Look`, and goes in again with that face's next patch. Which frames and faces there are is not its business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from models.landmarks import SCHEME
from models.mesh_detail import Detail, detail_of, match
from models.mesh_eyes import eyes_of, iris_of, recolour
from models.mesh_light import colour_of, darker_lips, light_of, lightness_of, relight
from models.mesh_look import Look
from models.mesh_masks import face_mask, features_mask, lips_mask, skin_mask
from models.mesh_points import TEMPLATE, alignment
from models.mesh_texture import Texture
from models.mesh_warp import DenseField
from runtime.kinds import Doubles, Face, Floats, Image

SIDES = (128, 192, 256, 320, 384, 512)
"""Sides of patches, px."""

_OVERSAMPLING = 1.25
_NO_COLOUR = 0.02
"""A source less colourful than this is a grey picture, whose texture has no colour to take away."""
_PALE = 0.9
"""From this share of its colour on, a texture keeps all of it."""
_LIGHTER = 1.1
"""Lips are looked after on skin that is lighter than the source's by this factor."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How much stays, 0 to 1 each: of the target's eyes, mouth and brows, and of the source's own detail.

    `eye_colour` is how far the target's irises take the source's colour, `morph` how much of the trained person a
    DFM file gives to a face.
    """

    eyes: float = 1.0
    mouth: float = 1.0
    brows: float = 0.0
    eye_colour: float = 1.0
    detail: float = 0.0
    morph: float = 0.75


@dataclass(frozen=True, slots=True)
class Swapped:
    """A swapper's answer.

    Attributes:
        image: uint8 [N, N, 3] BGR.
        masks: name to uint8 [N, N], where the image holds.
        look: what it saw of the target, if it looks.
    """

    image: Image
    masks: Mapping[str, Image]
    look: Look | None = None


class Swapper(Protocol):
    """What turns a patch of anybody's face into the source person's."""

    @property
    def template(self) -> str:
        """Name of the alignment of its patches."""
        ...

    @property
    def sides(self) -> Sequence[int]:
        """Sides that its patches may have, smallest first."""
        ...

    def alignment(self, face: Face, size_px: int) -> Doubles | None:
        """Returns the transform from frame px to px of a patch of that side, or None for a face it cannot swap."""
        ...

    def swap(
        self, target: Image, landmarks: Floats | None, keep: Keep, last: Look | None = None, share: float = 1
    ) -> Swapped:
        """Returns the source's face over a patch uint8 [N, N, 3 or 4], and the target's mesh in patch px, if any.

        Light and the like are taken from the last look at this face, and by `share` from this patch.
        """
        ...


class MeshSwapper:
    """Bends the source's picture onto the target's mesh, in the target's light: no network, about 3 ms.

    Args:
        portrait: the source's picture, uint8 [H, W, 3] BGR.
        mesh: the source's landmarks in it, float32 [468, 3].
        size_px: the largest side of a patch.
    """

    template = TEMPLATE

    def __init__(self, portrait: Image, mesh: Floats, size_px: int = 256) -> None:
        whole = Texture(portrait, mesh, round(size_px * _OVERSAMPLING))
        sides = [side for side in SIDES if side < size_px]
        self._textures = {side: whole.shrunk(round(side * _OVERSAMPLING)) for side in sides} | {size_px: whole}
        self._details = {side: _detail(texture, side) for side, texture in self._textures.items()}
        self._fields = {side: DenseField(side) for side in self._textures}
        self.sides = tuple(self._textures)

    def alignment(self, face: Face, size_px: int) -> Doubles | None:
        """Returns the transform from frame px to patch px, or None without a usable mesh."""
        if face.landmarks is None or face.landmarks.scheme != SCHEME:
            return None
        return alignment(face.landmarks.points, size_px)

    def swap(
        self, target: Image, landmarks: Floats | None, keep: Keep, last: Look | None = None, share: float = 1
    ) -> Swapped:
        """Returns the source's face over a patch uint8 [N, N, 4], with the target's mesh [468, 2 or 3] in patch px."""
        if landmarks is None:
            raise ValueError("a face that `alignment` accepts has a mesh")
        side = len(target)
        points = np.ascontiguousarray(landmarks[:, :2])
        texture = self._textures[side]
        shaped = points + (texture.posed(points) - points) * texture.freedom
        field = self._fields[side](shaped, texture.points, texture.surface.visibility(points))
        eyes = eyes_of(target, points) if keep.eye_colour * keep.eyes else []
        detail = detail_of(target) if keep.detail < 1 else None
        look = Look(light_of(target, skin_mask(points, side)), iris_of(eyes), detail).after(last, share)
        lightness = lightness_of(look.light)
        face = cv2.remap(texture.under(lightness), field, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        colour = min(1.0, colour_of(look.light) / max(texture.colour, _NO_COLOUR) / _PALE)
        lit = relight(face, look.light, colour)
        place, lips = lips_mask(points, side) if lightness > _LIGHTER * texture.lightness else (np.s_[:0, :0], None)
        if lips is not None and lips.size:
            lit[place] = darker_lips(lit[place], lips, _LIGHTER * texture.lightness, lightness, colour)
        if look.detail is not None:
            own = self._details[side]
            lit = match(lit, target, own, look.detail.towards(own, keep.detail))
        image, shape = cv2.cvtColor(lit, cv2.COLOR_BGRA2BGR), cv2.extractChannel(lit, 3)
        shape = cv2.multiply(face_mask(points, side), shape, scale=1 / 255)
        opened = min((eye.opened for eye in eyes), default=0.0)
        features = features_mask(points, side, eyes=keep.eyes, mouth=keep.mouth, brows=keep.brows, opened=opened)
        if look.iris is not None and texture.iris is not None:
            wanted = look.iris.towards(texture.iris, keep.eye_colour * colour)
            recolour(image, features, eyes, look.iris, wanted, keep.eyes)
        return Swapped(image, {"shape": shape, "features": features}, look)


def _detail(texture: Texture, side: int) -> Detail:
    """Returns how sharp a texture is in a patch of that side."""
    shown = cv2.resize(texture.under(texture.lightness), (side, side), interpolation=cv2.INTER_AREA)
    return detail_of(cv2.convertScaleAbs(shown, alpha=128))

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
from models.mesh_eyes import Eyes, eyes_of, iris_of, recolour
from models.mesh_light import colour_of, darker_lips, light_of, lightness_of, relight
from models.mesh_look import Look, Seen, glance_of
from models.mesh_masks import face_mask, face_part, features_mask, lips_mask, skin_mask
from models.mesh_part import Part
from models.mesh_place import placed, sides_up_to, square_of
from models.mesh_points import TEMPLATE
from models.mesh_texture import Texture
from models.mesh_warp import DenseField
from runtime.kinds import Doubles, Face, Floats, Image

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

    @property
    def finest(self) -> float:
        """Pixels of a patch for each of the frame's from which more cost more than they show."""
        ...

    def span(self, face: Face) -> float | None:
        """Returns how many px of the frame are to be seen in a patch, or None for a face it cannot swap."""
        ...

    def alignment(self, face: Face, size_px: int) -> Doubles:
        """Returns the transform from frame px to px of a patch of that side, for a face that has a span."""
        ...

    def swap(
        self, target: Image, landmarks: Floats | None, keep: Keep, last: Look | None = None, share: float = 1
    ) -> Swapped:
        """Returns the source's face over a patch uint8 [N, N, 3 or 4], and the target's mesh in patch px, if any.

        Light and the like are taken from the last look at this face, and by `share` from this patch.
        """
        ...


class MeshSwapper:
    """Bends the source's picture onto the target's mesh, in the target's light: no network, about 2.4 ms.

    Args:
        portrait: the source's picture, uint8 [H, W, 3] BGR.
        mesh: the source's landmarks in it, float32 [468, 3].
        size_px: the largest side of a patch.
    """

    template = TEMPLATE
    finest = 1.0

    def __init__(self, portrait: Image, mesh: Floats, size_px: int = 256) -> None:
        whole = Texture(portrait, mesh, size_px)
        self.sides = sides_up_to(size_px)
        self._textures = {side: whole.shrunk(side) for side in self.sides[:-1]}
        self._textures[size_px] = whole
        self._details = {side: _detail(texture, side) for side, texture in self._textures.items()}
        self._fields = {side: DenseField(side) for side in self.sides}

    def span(self, face: Face) -> float | None:
        """Returns how many px of the frame are to be seen in a patch, or None without a usable mesh."""
        if face.landmarks is None or face.landmarks.scheme != SCHEME:
            return None
        square = square_of(face.landmarks.points)
        return square and square.span

    def alignment(self, face: Face, size_px: int) -> Doubles:
        """Returns the transform from frame px to patch px, a shift alone for faces of common size."""
        square = face.landmarks and square_of(face.landmarks.points)
        if square is None:
            raise ValueError("a face that has a span has a mesh")
        return placed(square, size_px, self.sides[-1])

    def swap(
        self, target: Image, landmarks: Floats | None, keep: Keep, last: Look | None = None, share: float = 1
    ) -> Swapped:
        """Returns the source's face over a patch uint8 [N, N, 4], with the target's mesh [468, 2 or 3] in patch px."""
        if landmarks is None:
            raise ValueError("a face that has a span has a mesh")
        side, points = len(target), np.ascontiguousarray(landmarks[:, :2])
        texture, part = self._textures[side], face_part(points, side)
        place = part.place(side)
        eyes = eyes_of(target, points) if keep.eye_colour * keep.eyes else None
        glance = glance_of(target)
        look = Look.after(last, share, glance, lambda: _seen(target, points, glance, eyes, keep))
        shown, lightness = look.shown, lightness_of(look.shown.light)
        colour = min(1.0, colour_of(shown.light) / max(texture.colour, _NO_COLOUR) / _PALE)
        field = self._field(texture, points, side, part)
        face = cv2.remap(texture.under(lightness), field, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        lit = relight(face, shown.light, colour, part)
        if lightness > _LIGHTER * texture.lightness:
            spot, lips = lips_mask(points, side, part)
            if lips.size:
                lit[spot] = darker_lips(lit[spot], lips, _LIGHTER * texture.lightness, lightness, colour)
        if shown.detail is not None:
            own = self._details[side]
            lit = match(lit, target[place], own, shown.detail.towards(own, keep.detail))
        image, masks = cv2.cvtColor(target, cv2.COLOR_BGRA2BGR), _masks(lit, points, part, side, keep, eyes)
        cv2.cvtColor(lit, cv2.COLOR_BGRA2BGR, image[place])
        if eyes is not None and shown.iris is not None and texture.iris is not None:
            wanted = shown.iris.towards(texture.iris, keep.eye_colour * colour)
            recolour(image, masks["features"], eyes, shown.iris, wanted, keep.eyes)
        return Swapped(image, masks, look)

    def _field(self, texture: Texture, points: Floats, side: int, part: Part) -> Floats:
        """Returns where in the texture the pixels of a part come from, float32 [h, w, 2]."""
        shaped = points + (texture.posed(points) - points) * texture.freedom
        return self._fields[side](shaped, texture.points, texture.surface.visibility(points), part)


def _seen(target: Image, points: Floats, glance: Doubles, eyes: Eyes | None, keep: Keep) -> Seen:
    """Looks at a target's patch."""
    light = light_of(target, skin_mask(points, len(target)))
    return Seen(light, glance, iris_of(eyes), detail_of(target) if keep.detail < 1 else None)


def _masks(lit: Image, points: Floats, part: Part, side: int, keep: Keep, eyes: Eyes | None) -> dict[str, Image]:
    """Returns the masks of a patch of that side, of which `lit` is the part that shows the face."""
    shape, features = np.zeros((side, side), np.uint8), np.full((side, side), 255, np.uint8)
    place, opened = part.place(side), 0.0 if eyes is None else float(eyes.opened.min())
    cv2.multiply(face_mask(points, side, part), cv2.extractChannel(lit, 3), shape[place], scale=1 / 255)
    features[place] = features_mask(
        points, side, part, eyes=keep.eyes, mouth=keep.mouth, brows=keep.brows, opened=opened
    )
    return {"shape": shape, "features": features}


def _detail(texture: Texture, side: int) -> Detail:
    """Returns how sharp a texture is in a patch of that side."""
    shown = cv2.resize(texture.under(texture.lightness), (side, side), interpolation=cv2.INTER_AREA)
    return detail_of(cv2.convertScaleAbs(shown, alpha=128))

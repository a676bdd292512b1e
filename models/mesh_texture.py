"""The source person's face, prepared once for the mesh swapper: evenly lit, and without what is no skin of theirs."""

from __future__ import annotations

from copy import copy

import cv2
import numpy as np

from models.align import scale_of, transform
from models.landmarks import INNER_LIPS, LEFT_EYE, OVAL, RIGHT_EYE
from models.mesh_eyes import eyes_of, iris_of
from models.mesh_gloss import without_gloss
from models.mesh_light import TYPICAL, colour_of, flatten, lab_of, light_of, lightness_of, ratio_of
from models.mesh_masks import oval_mask, skin_mask
from models.mesh_points import COUNT, OUTER_LIPS, alignment
from models.mesh_surface import Surface
from models.mesh_warp import DenseField
from runtime.errors import ModelError
from runtime.kinds import Doubles, Floats, Image

_DARKEST, _BRIGHTEST, _HUE = -0.28, 0.25, 0.12
"""What may be skin near the edge of a face: how far its lightness and its colour are from those of the skin around."""

_CORE = -0.2
"""Inside the oval shrunk so far everything is face: brows and nostrils are dark, and hair that hangs there stays."""
_BEYOND = 0.15
"""Skin is looked for in the oval grown so far: a forehead goes on above it."""
_GRAZING, _PLAIN = 0.0, 0.3
"""Cosine of the angle between the skin and the viewer: below the first it shows nothing, from the second on all."""
_FREEDOM = 9 / 256
"""How far from a point that must stay, as a share of the side, a feature may move about 2/3 of its way."""
_RIGID = np.delete(np.arange(COUNT), (*LEFT_EYE, *RIGHT_EYE, *INNER_LIPS, *OUTER_LIPS))
"""Points that tell the pose; a blink or an open mouth does not."""
_SHAPE = 0.25
"""Share of the gloss that stays on any skin: it also shows the shape of the source's face."""
_KEPT = 4
"""Degrees of gloss that are held; each is a picture of the texture's size."""
_STIFF = (*OVAL, *LEFT_EYE, *RIGHT_EYE, *INNER_LIPS)


class Texture:
    """A source face on its own grid.

    Attributes:
        points: float32 [468, 2], its mesh in px of the pictures that `under` gives.
        freedom: float32 [468, 1], how far each point may leave the target's shape for the source's: 0 at the outline,
            the eyes and the opening of the mouth, which must stay where the target has them.
        colour, lightness: of the light that has been taken off it.
        iris: colour of its irises, or None where too little of them is seen.
    """

    def __init__(self, portrait: Image, mesh: Floats, size_px: int) -> None:
        to_texture = alignment(mesh, size_px)
        if to_texture is None:
            raise ModelError(
                "the landmarks of the source face are degenerate; use a picture that shows it from the front"
            )
        self.points: Floats = transform(mesh[:, :2], to_texture).astype(np.float32)
        self.freedom = _freedom(self.points, size_px)
        solid = np.column_stack([self.points, mesh[:, 2] * scale_of(to_texture)]).astype(np.float32)
        self._solid: Doubles = np.column_stack([solid, np.ones(COUNT)])
        self._pose: Doubles = np.linalg.pinv(self._solid[_RIGID])
        self.surface = Surface(solid)
        self.iris = iris_of(eyes_of(portrait, mesh))
        plain = cv2.warpAffine(portrait, to_texture, (size_px, size_px), borderMode=cv2.BORDER_REPLICATE)
        lab, cover, skin, light = _unlit(plain, self.points)
        self.colour, self.lightness = colour_of(light), lightness_of(light)
        seen = cover / np.float32(255) * _seen(self.points, self.surface.facing(solid), size_px)
        self._dull: Floats = np.dstack([ratio_of(flatten(*without_gloss(plain, skin))), seen])
        self._gloss: Floats = np.dstack([ratio_of(flatten(lab, light)), seen]) - self._dull
        self._under: dict[int, Floats] = {}

    def under(self, lightness: float) -> Floats:
        """Returns what a light is to be multiplied by, and how far the face is seen in the picture.

        That is float32 [N, N, 4]: `ratio_of` the face, and 0 where hair hangs over it or where it turns away, else 1.
        Gloss lies on the skin and does not grow with how light that is: on skin that is lighter than the source's,
        under a light of this lightness (0 to 100), there is less of it, in 16 steps.
        """
        step = round(16 * (_SHAPE + (1 - _SHAPE) * min(1.0, self.lightness / max(lightness, 1.0))))
        if step not in self._under:
            if len(self._under) >= _KEPT:
                self._under.pop(next(iter(self._under)))
            self._under[step] = self._dull + np.float32(step / 16) * self._gloss
        return self._under[step]

    def shrunk(self, size_px: int) -> Texture:
        """Returns the same on a smaller grid."""
        scale = size_px / len(self._dull)
        other = copy(self)
        other._dull, other._gloss = (  # noqa: SLF001  # of its own class
            cv2.resize(part, (size_px, size_px), interpolation=cv2.INTER_AREA) for part in (self._dull, self._gloss)
        )
        other._under = {}  # noqa: SLF001
        other.points = ((self.points + 0.5) * scale - 0.5).astype(np.float32)
        return other

    def posed(self, points: Floats) -> Floats:
        """Returns the source's own shape in the pose of another mesh [468, 2], as an affine map of depth gives it."""
        return (self._solid @ (self._pose @ points[_RIGID])).astype(np.float32)


def _unlit(plain: Image, points: Floats) -> tuple[Floats, Image, Floats, Floats]:
    """Returns a picture in CIELAB, where it shows the face, where plain skin [C, C], and the light on it."""
    size_px = len(plain)
    lab = lab_of(plain)
    skin = skin_mask(points, size_px)
    light = light_of(plain, skin)
    for _ in range(2):  # hair that was taken for skin spoils the first estimate of the light
        cover = _cover(flatten(lab, light), points)
        skin = skin * (cv2.resize(cover, skin.shape, interpolation=cv2.INTER_AREA) / np.float32(255))
        light = light_of(plain, skin)
    return lab, cover, skin, light


def _seen(points: Floats, facing: Floats, size_px: int) -> Floats:
    """Returns how much of its skin a picture shows, float32 [N, N], 0 to 1, from how each point faces the viewer."""
    values = np.column_stack([facing, facing])
    dense = DenseField(size_px)(points, values, np.ones(COUNT, np.float32))[..., 0]
    share = np.clip((dense - _GRAZING) / (_PLAIN - _GRAZING), 0, 1).astype(np.float32)
    side = size_px // 16
    core = cv2.blur(oval_mask(points, size_px, 2 * _CORE), (side, side)).astype(np.float32) / np.float32(255)
    return np.maximum(share * share * (3 - 2 * share), core)


def _cover(flat: Floats, points: Floats) -> Image:
    """Returns where the picture shows the face, uint8, feathered: no hair, no background."""
    size_px = len(flat)
    smooth = cv2.GaussianBlur((flat - TYPICAL) / TYPICAL[0], (0, 0), size_px / 192)
    hue = np.abs(smooth[..., 1:]).max(-1)
    skin = ((smooth[..., 0] > _DARKEST) & (smooth[..., 0] < _BRIGHTEST) & (hue < _HUE)).astype(np.uint8) * np.uint8(255)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size_px // 20, size_px // 20))
    skin = cv2.morphologyEx(skin & oval_mask(points, size_px, _BEYOND), cv2.MORPH_OPEN, kernel)
    skin |= oval_mask(points, size_px, _CORE)
    outlines, _ = cv2.findContours(skin, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = cv2.convexHull(max(outlines, key=cv2.contourArea))  # without it each lock of hair leaves a notch
    cover = cv2.fillConvexPoly(np.zeros_like(skin), outline, 255)
    side = size_px // 24
    return cv2.blur(cv2.erode(cover, np.ones((side, side), np.uint8)), (side, side), borderType=cv2.BORDER_CONSTANT)


def _freedom(points: Floats, size_px: int) -> Floats:
    away = np.square(points[:, None] - points[list(_STIFF)]).sum(-1).min(1)
    freedom: Floats = (1 - np.exp(-away / (_FREEDOM * size_px) ** 2)).astype(np.float32)[:, None]
    return freedom

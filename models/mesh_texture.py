"""The source person's face, prepared once for the mesh swapper: evenly lit, and without what is no skin of theirs."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from models.align import scale_of, transform
from models.landmarks import INNER_LIPS, LEFT_EYE, OVAL, RIGHT_EYE
from models.mesh_light import NEUTRAL, colour_of, flatten, light_of
from models.mesh_masks import oval_mask, skin_mask
from models.mesh_points import COUNT, OUTER_LIPS, alignment
from runtime.errors import ModelError
from runtime.kinds import Doubles, Floats, Image

_DARKEST, _BRIGHTEST, _HUE = 0.62, 1.35, 0.10
"""What may be skin near the edge of a face: brightness against the skin around, and change of any colour's share."""

_CONTRAST = 0.12
"""Standard deviation of the logarithm of brightness, in pieces of a 32nd of the patch."""
_SKIN_RANGE = 0.15
_CORE = -0.2
"""Inside the oval shrunk so far everything is face: brows and nostrils are dark, and hair that hangs there stays."""
_FREEDOM = 9 / 256
"""How far from a point that must stay, as a share of the side, a feature may move about 2/3 of its way."""
_RIGID = np.setdiff1d(np.arange(COUNT), (*LEFT_EYE, *RIGHT_EYE, *INNER_LIPS, *OUTER_LIPS))
"""Points that tell the pose; a blink or an open mouth does not."""
_PLAIN = 1.5
"""A point is believed in full while its surroundings appear larger than the mean of all divided by this."""
_STIFF = (*OVAL, *LEFT_EYE, *RIGHT_EYE, *INNER_LIPS)


class Texture:
    """A source face on its own grid.

    Attributes:
        image: uint8 [N, N, 4]: BGR relative to the skin around (`NEUTRAL`: the same), and how far it is face.
        points: float32 [468, 2], its mesh in px of `image`.
        freedom: float32 [468, 1], how far each point may leave the target's shape for the source's: 0 at the outline,
            the eyes and the opening of the mouth, which must stay where the target has them.
        colour: how colourful the light was that has been taken off it.
    """

    def __init__(self, portrait: Image, mesh: Floats, size_px: int) -> None:
        to_texture = alignment(mesh, size_px)
        if to_texture is None:
            raise ModelError(
                "the landmarks of the source face are degenerate; use a picture that shows it from the front"
            )
        self.points: Floats = transform(mesh[:, :2], to_texture).astype(np.float32)
        self.freedom = _freedom(self.points, size_px)
        solid = np.column_stack([self.points, mesh[:, 2] * scale_of(to_texture), np.ones(COUNT)])
        self._solid: Doubles = solid
        self._pose: Doubles = np.linalg.pinv(solid[_RIGID])
        self.image, self.colour = _texture(portrait, to_texture, self.points, size_px)
        self._triangles = _triangles(self.points)
        self._areas = _areas(self.points, self._triangles)
        self._around = np.maximum(self._per_point(np.abs(self._areas)), 1e-6)

    def visibility(self, points: Floats) -> Floats:
        """Returns how far each point of another mesh faces the viewer, float32 [468], 0.02 to 1.

        Measured by what has become of the triangles around it; those that are seen from behind count against it.
        """
        areas = _areas(points, self._triangles) * np.sign(self._areas)
        share = self._per_point(areas) / self._around
        visibility: Floats = np.clip(share * (_PLAIN / np.abs(share).mean()), 0.02, 1).astype(np.float32)
        return visibility

    def posed(self, points: Floats) -> Floats:
        """Returns the source's own shape in the pose of another mesh [468, 2], as an affine map of depth gives it."""
        return (self._solid @ (self._pose @ points[_RIGID])).astype(np.float32)

    def _per_point(self, areas: Floats) -> Doubles:
        return np.bincount(self._triangles.ravel(), np.tile(areas, 3), COUNT).astype(np.float64)


def _texture(portrait: Image, to_texture: Doubles, points: Floats, size_px: int) -> tuple[Image, float]:
    plain = cv2.warpAffine(portrait, to_texture, (size_px, size_px), borderMode=cv2.BORDER_REPLICATE)
    image = cv2.cvtColor(plain, cv2.COLOR_BGR2BGRA)
    skin = skin_mask(points, size_px)
    cover = np.zeros((size_px, size_px), np.uint8)
    light = light_of(image, skin)
    for _ in range(2):  # hair that was taken for skin spoils the first estimate of the light
        flat = flatten(image, light)
        cover = _cover(flat, points)
        skin = skin * (cv2.resize(cover, skin.shape, interpolation=cv2.INTER_AREA) / np.float32(255))
        light = light_of(image, skin)
    flat = _calmed(flat, skin) ** _fade(cover)
    return np.dstack([np.clip(flat * NEUTRAL + 0.5, 0, 255).astype(np.uint8), cover]), colour_of(light)


def _calmed(flat: Floats, skin: Floats) -> Floats:
    """Returns the texture with no more contrast on skin than soft light makes; gloss on dark skin makes more.

    Brows and lines, which differ by more than skin does from skin, keep the rest of their contrast.
    """
    logarithm = np.log(np.maximum(flat, np.float32(0.05)))
    small = cv2.resize(logarithm, skin.shape, interpolation=cv2.INTER_AREA)[skin > 0.95].mean(-1)
    contrast = float(small.std()) if small.size else 0.0
    share = np.float32(1 - min(1.0, _CONTRAST / max(contrast, 1e-6)))
    calmed: Floats = np.exp(logarithm - share * np.clip(logarithm, -_SKIN_RANGE, _SKIN_RANGE))
    return calmed


def _fade(cover: Image) -> Floats:
    """Returns how much texture there is, float32 [N, N, 1]: none at the rim, where a face turns away and darkens."""
    depth = cv2.GaussianBlur(cover, (0, 0), len(cover) / 48, borderType=cv2.BORDER_CONSTANT)
    return np.clip(depth.astype(np.float32)[..., None] / np.float32(127.5) - 1, 0, 1)


def _cover(flat: Floats, points: Floats) -> Image:
    """Returns where the picture shows the face, uint8, feathered: the oval, less what has another colour at its rim."""
    size_px = len(flat)
    smooth = cv2.GaussianBlur(flat, (0, 0), size_px / 192)
    brightness = smooth.mean(-1)
    hue = np.abs(smooth / np.maximum(brightness, np.float32(1e-3))[..., None] - 1).max(-1)
    skin = ((brightness > _DARKEST) & (brightness < _BRIGHTEST) & (hue < _HUE)).astype(np.uint8) * np.uint8(255)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size_px // 20, size_px // 20))
    skin = cv2.morphologyEx(skin & oval_mask(points, size_px, 0.0), cv2.MORPH_OPEN, kernel)
    outlines, _ = cv2.findContours(skin | oval_mask(points, size_px, _CORE), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = cv2.convexHull(max(outlines, key=cv2.contourArea))  # without it each lock of hair leaves a notch
    cover = cv2.fillConvexPoly(np.zeros_like(skin), outline, 255)
    side = size_px // 48
    return cv2.blur(cv2.erode(cover, np.ones((side, side), np.uint8)), (side, side), borderType=cv2.BORDER_CONSTANT)


def _freedom(points: Floats, size_px: int) -> Floats:
    away = np.square(points[:, None] - points[list(_STIFF)]).sum(-1).min(1)
    freedom: Floats = (1 - np.exp(-away / (_FREEDOM * size_px) ** 2)).astype(np.float32)[:, None]
    return freedom


def _triangles(points: Floats) -> npt.NDArray[np.intp]:
    """Returns the Delaunay triangles of the points, as indices [3, T]."""
    low, high = np.floor(points.min(0)).astype(int) - 2, np.ceil(points.max(0)).astype(int) + 2
    plane = cv2.Subdiv2D((int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])))
    for point in points:
        plane.insert((float(point[0]), float(point[1])))
    corners = np.asarray(plane.getTriangleList()).reshape(-1, 3, 2)
    nearest = ((corners[:, :, None] - points) ** 2).sum(-1)
    inside = nearest.min(-1).max(-1) < 0.25  # the plane's own three outer corners are no points of ours
    return np.ascontiguousarray(nearest.argmin(-1)[inside].T)


def _areas(points: Floats, triangles: npt.NDArray[np.intp]) -> Floats:
    """Returns twice the signed area of each triangle."""
    x, y = points[:, 0][triangles], points[:, 1][triangles]  # [3, T]
    areas: Floats = (x[1] - x[0]) * (y[2] - y[0]) - (y[1] - y[0]) * (x[2] - x[0])
    return areas

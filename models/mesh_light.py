"""Takes the light off a face and puts another's on, in CIELAB. Knows no landmarks: it is told where plain skin is.

Light here is whatever changes slowly over the skin, its tone included: so a swapped face has the illumination and the
tone of the neck below it, and the texture, brows, lips and lines of the source.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from models.mesh_part import UNITS, WHOLE, Part
from runtime.kinds import Doubles, Floats, Image

_NEAR, _FAR = 4.0, 8.0
"""Reach of the blurs in cells: the near one sees the shadow of a nose, the far one fills what has no skin around."""
_TRUST = np.float32(0.1)
_STRANGE = np.float32(0.3)
"""What differs by more than this share from its surroundings is hair at the rim of the face, and a shadow inside."""
TYPICAL = np.float32([60, 10, 16])
"""L, a and b of skin under an even light, between the lightest and the darkest."""
_LUMA = (0.114, 0.587, 0.299)
"""Weights of blue, green and red in the luma of ITU-R BT.601."""
_PIGMENT, _BLOOD = 0.5, 0.4
"""Share of a change of tone that lips do not go along with, as a power of the ratio: they have little pigment.
Of red they lose less: blood shows."""
_GLOSS = np.float32(40)
"""No highlight of the source is lighter than its surroundings by more than this."""


def light_of(image: Image, skin: Floats) -> Floats:
    """Returns the light on a face, float32 [C, C, 4], from uint8 [N, N, 4] and where its skin is, [C, C] 0 to 1.

    Its channels are L (0 to 100), a and b of CIELAB, and a weight without meaning to others.
    """
    cells = len(skin)
    half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)  # in one step it takes twice as long
    small = lab_of(cv2.resize(half, (cells, cells), interpolation=cv2.INTER_AREA))
    small = cv2.merge([*cv2.split(small), np.ones_like(skin)])
    sums = small * skin[..., None]
    everywhere = np.array(cv2.sumElems(sums), np.float32) * np.float32(1e-3)
    far = _blur(sums, _FAR) + everywhere
    far = far / (far[..., 3:] + np.float32(1e-6))
    strange = np.abs(small - far).max(-1) / (far[..., 0] + np.float32(2))
    inside = cv2.blur(skin, (5, 5)) * 4 - 3
    sums *= np.clip(np.maximum((_STRANGE - strange) * 15, inside), 0, 1)[..., None]
    near = _blur(sums, _NEAR) + _TRUST * far
    light: Floats = near / near[..., 3:]
    return light


def lab_of(image: Image) -> Floats:
    """Returns a picture uint8 [H, W, 3 or 4] in CIELAB, float32 [H, W, 3], L from 0 to 100."""
    return cv2.cvtColor(image[..., :3].astype(np.float32) / np.float32(255), cv2.COLOR_BGR2LAB)


def bgr_of(lab: Floats) -> Floats:
    """Returns a picture float32 [H, W, 3] in CIELAB as BGR, float32 [H, W, 3], 0 to 255."""
    return np.maximum(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR) * np.float32(255), 0)


def flatten(lab: Floats, light: Floats, gloss: float = 1) -> Floats:
    """Returns a picture [N, N, 3] in CIELAB without its light, in CIELAB under an even, typical light: [N, N, 3].

    Dark things (brows, lines, nostrils) keep their share of the lightness around them, light ones (gloss) rather their
    distance, up to a ceiling, times `gloss`.
    """
    around = cv2.resize(light, lab.shape[:2], interpolation=cv2.INTER_CUBIC)[..., :3]
    low = np.maximum(around[..., 0], np.float32(1))
    above = np.maximum(lab[..., 0] - low, 0)
    scale = TYPICAL[0] / low
    shade = TYPICAL[0] * np.minimum(lab[..., 0] / low, 1) + np.float32(gloss) * scale * _GLOSS * (
        1 - np.exp(-above / _GLOSS)
    )
    colour = TYPICAL[1:] + (lab[..., 1:] - around[..., 1:]) * scale[..., None]
    return np.dstack([shade, colour]).astype(np.float32)


def ratio_of(flat: Floats) -> Floats:
    """Returns a flat picture in CIELAB [N, N, 3] as what light is to be multiplied by, float32 [N, N, 3] BGR."""
    return bgr_of(flat) / bgr_of(TYPICAL[None, None])


def relight(ratio: Floats, light: Floats, colour: float, part: Part = WHOLE) -> Image:
    """Puts a light [C, C, 4] onto part of a patch: float32 [h, w, 4], `ratio_of` the face and a mask from 0 to 1.

    Returns uint8 [h, w, 4], BGR and the mask. With `colour` below 1 the face has so much less of its own.
    """
    cells = cv2.merge([*cv2.split(bgr_of(light[..., :3])), np.full_like(light[..., 3], 255)])
    if colour < 1:
        ratio = cv2.transform(ratio, _paler(colour))
    whole = part.enlarged(cells, len(ratio) * UNITS // (part.bottom - part.top))
    return cv2.convertScaleAbs(cv2.multiply(whole, ratio, dst=whole))


def darker_lips(image: Image, lips: Image, before: float, after: float, colour: float) -> Image:
    """Returns a part of a patch uint8 [h, w, 4] in which lips, [h, w], have not become as much lighter as the skin.

    Takes the lightness of the skin that they came from and of the skin that they are on, and how colourful this is.
    """
    loss = 1 - (before / after) ** _PIGMENT
    share = 1 - lips * np.float32(loss / 255)
    red = 1 - lips * np.float32(loss * (1 - colour * _BLOOD) / 255)
    return cv2.multiply(image, cv2.merge((share, share, red, np.ones_like(share))), dtype=cv2.CV_8U)


def lightness_of(light: Floats) -> float:
    """Returns how light a light [C, C, 4] is in the mean, 0 to 100."""
    return float(cv2.mean(light)[0])


def colour_of(light: Floats) -> float:
    """Returns how colourful a light [C, C, 4] is in the mean: 0 grey."""
    lightness, a, b, _ = cv2.mean(light)
    return float(math.hypot(a, b) / max(lightness, 1.0))


def _paler(share: float) -> Doubles:
    matrix = np.eye(4) * share
    matrix[:3, :3] += (1 - share) * np.array(_LUMA)
    matrix[3, 3] = 1
    return matrix


def _blur(sums: Floats, reach: float) -> Floats:
    side = 2 * round(2.5 * reach) + 1
    return cv2.GaussianBlur(sums, (side, side), reach, borderType=cv2.BORDER_CONSTANT)

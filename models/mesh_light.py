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

_CLOSE, _NEAR, _FAR = 2.0, 4.0, 6.0
"""Reach of the blurs in cells: the close one sees the edge of a hard light, the near one the shadow of a nose, the far
one tells what to expect at the rim."""
_TRUST = np.float32(0.1)
_STRANGE, _LIT = 0.3, 0.4
"""What differs by more than the first share from what is expected is hair at the rim of the face, and a shadow inside.
Under a hard light it must be so much more."""
_EVEN, _HARD = 0.04, 0.1
"""How uneven an even light is at most, and a hard one at least: standard deviation through mean. Plain light, turned
faces included, has up to 0.03, one from the side 0.06 to 0.16."""
TYPICAL = np.float32([60, 10, 16])
"""L, a and b of skin under an even light, between the lightest and the darkest."""
_LUMA = (0.114, 0.587, 0.299)
"""Weights of blue, green and red in the luma of ITU-R BT.601."""
_PIGMENT, _BLOOD = 0.5, 0.4
"""Share of a change of tone that lips do not go along with, as a power of the ratio: they have little pigment.
Of red they lose less: blood shows."""
_BRIGHT, _BEYOND = 0.9 * 255, 0.1
"""From here on a camera may have cut off a light, and by which share what it shows as white is taken for lighter."""
_ROOM = 4
"""The nearer to white, the less colour there can be."""
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
    inside = np.clip(cv2.blur(skin, (5, 5)) * 4 - 3, 0, 1)
    far = _blur(sums * inside[..., None], _FAR) + np.array(cv2.sumElems(sums), np.float32) * np.float32(1e-4)
    far = far / (far[..., 3:] + np.float32(1e-6))
    hardness = _hardness(far, inside)
    strange = np.abs(small - far).max(-1) / (far[..., 0] + np.float32(2))
    sums *= np.clip(np.maximum((_STRANGE + _LIT * hardness - strange) * 15, inside), 0, 1)[..., None]
    light = _shared(_blur(sums, _NEAR) + _TRUST * far)
    if not hardness:
        return light
    close = _shared(_blur(sums, _CLOSE) + _TRUST * light)
    return cv2.addWeighted(light, 1 - hardness, close, hardness, 0)


def _hardness(light: Floats, skin: Floats) -> float:
    """Returns how far a light [C, C, 4] divides the skin [C, C] into bright and dark, 0 to 1."""
    mean, spread = cv2.meanStdDev(light, mask=(skin > 0.5).astype(np.uint8))
    return float(np.clip((spread[0, 0] / (mean[0, 0] + 2) - _EVEN) / (_HARD - _EVEN), 0, 1))


def _shared(sums: Floats) -> Floats:
    light: Floats = sums / sums[..., 3:]
    return light


def lab_of(image: Image) -> Floats:
    """Returns a picture uint8 [H, W, 3 or 4] in CIELAB, float32 [H, W, 3], L from 0 to 100."""
    return cv2.cvtColor(image[..., :3].astype(np.float32) / np.float32(255), cv2.COLOR_BGR2LAB)


def bgr_of(lab: Floats) -> Floats:
    """Returns a picture float32 [H, W, 3] in CIELAB as BGR, float32 [H, W, 3], 0 to 255."""
    return np.maximum(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR) * np.float32(255), 0)


def flatten(lab: Floats, light: Floats) -> Floats:
    """Returns a picture [N, N, 3] in CIELAB without its light, in CIELAB under an even, typical light: [N, N, 3].

    Dark things (brows, lines, nostrils) keep their share of the lightness around them, light ones (gloss) rather their
    distance, up to a ceiling.
    """
    around = cv2.resize(light, lab.shape[:2], interpolation=cv2.INTER_CUBIC)[..., :3]
    low = np.maximum(around[..., 0], np.float32(1))
    above = np.maximum(lab[..., 0] - low, 0)
    scale = TYPICAL[0] / low
    shade = TYPICAL[0] * np.minimum(lab[..., 0] / low, 1) + scale * _GLOSS * (1 - np.exp(-above / _GLOSS))
    colour = TYPICAL[1:] + (lab[..., 1:] - around[..., 1:]) * scale[..., None]
    return np.dstack([shade, colour]).astype(np.float32)


def ratio_of(flat: Floats) -> Floats:
    """Returns a flat picture in CIELAB [N, N, 3] as what light is to be multiplied by, float32 [N, N, 3] BGR."""
    return bgr_of(flat) / bgr_of(TYPICAL[None, None])


def relight(ratio: Floats, light: Floats, colour: float, part: Part = WHOLE) -> Image:
    """Puts a light [C, C, 4] onto part of a patch: float32 [h, w, 4], `ratio_of` the face and a mask from 0 to 1.

    Returns uint8 [h, w, 4], BGR and the mask. With `colour` below 1 the face has so much less of its own.
    """
    cells = cv2.merge([*cv2.split(_uncut(bgr_of(light[..., :3]))), np.full_like(light[..., 3], 255)])
    if colour < 1:
        ratio = cv2.transform(ratio, _paler(colour))
    whole = part.enlarged(cells, len(ratio) * UNITS // (part.bottom - part.top))
    return cv2.convertScaleAbs(cv2.multiply(whole, ratio, dst=whole))


def _uncut(light: Floats) -> Floats:
    """Returns a light in BGR with what a camera cut off: what lies in it then is as white, and what is darker shows."""
    if light.max() <= _BRIGHT:
        return light
    over = np.maximum(light - np.float32(_BRIGHT), 0) / np.float32(255 - _BRIGHT)
    return light * (1 + np.float32(_BEYOND) * over * over)


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
    return float(math.hypot(a, b) / max(min(lightness, _ROOM * (100 - lightness)), 1.0))


def _paler(share: float) -> Doubles:
    matrix = np.eye(4) * share
    matrix[:3, :3] += (1 - share) * np.array(_LUMA)
    matrix[3, 3] = 1
    return matrix


def _blur(sums: Floats, reach: float) -> Floats:
    side = 2 * round(2.5 * reach) + 1
    return cv2.GaussianBlur(sums, (side, side), reach, borderType=cv2.BORDER_CONSTANT)

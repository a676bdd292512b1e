"""Takes the light off a face and puts another's on. Knows no landmarks: it is told where plain skin is.

Light here is whatever changes slowly over the skin, its tone included: so a swapped face has the illumination and the
tone of the neck below it, and the texture, brows, lips and lines of the source.
"""

from __future__ import annotations

import cv2
import numpy as np

from runtime.kinds import Floats, Image

NEUTRAL = 128
"""What a pixel of a flat picture has where it is just as bright as its surroundings."""

_NEAR, _FAR = 4.0, 8.0
"""Reach of the blurs in cells: the near one sees the shadow of a nose, the far one fills what has no skin around."""
_TRUST = np.float32(0.1)
_STRANGE = np.float32(0.45)
"""What differs by more than this share from its surroundings is hair at the rim of the face, and a shadow inside."""
_PALE = 0.9
_LUMA = (0.114, 0.587, 0.299)
"""Weights of blue, green and red in the luma of ITU-R BT.601."""
_GLOSS = np.float32(0.4)
"""No highlight of the source is brighter than its surroundings by more than this share."""


def light_of(image: Image, skin: Floats) -> Floats:
    """Returns the light on a face, float32 [C, C, 4], from uint8 [N, N, 4] and where its skin is, [C, C] 0 to 1."""
    cells = len(skin)
    half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)  # in one step it takes twice as long
    small = cv2.resize(half, (cells, cells), interpolation=cv2.INTER_AREA).astype(np.float32)
    small[..., 3] = 1
    sums = small * skin[..., None]
    everywhere = np.array(cv2.sumElems(sums), np.float32) * np.float32(1e-3)
    far = _blur(sums, _FAR) + everywhere
    far = far / (far[..., 3:] + np.float32(1e-6))
    strange = np.maximum.reduce(cv2.split(np.abs(small - far) / (far + np.float32(4))))
    inside = cv2.blur(skin, (5, 5)) * 4 - 3
    sums *= np.clip(np.maximum((_STRANGE - strange) * 10, inside), 0, 1)[..., None]
    near = _blur(sums, _NEAR) + _TRUST * far
    light: Floats = near / near[..., 3:]
    return light


def relight(flat: Image, light: Floats) -> Image:
    """Puts a light [C, C, 4] onto a flat picture uint8 [N, N, 4]; the fourth channel of the answer means nothing."""
    levels = np.clip(light + np.float32(0.5), 0, 255).astype(np.uint8)
    return cv2.multiply(flat, cv2.resize(levels, flat.shape[:2], interpolation=cv2.INTER_CUBIC), scale=1 / NEUTRAL)


def colour_of(light: Floats) -> float:
    """Returns how colourful a light [C, C, 4] is in the mean: 0 grey, towards 1 one pure colour."""
    mean = light[..., :3].mean((0, 1))
    return float((mean.max() - mean.min()) / max(mean.max(), 1.0))


def paler(flat: Image, share: float) -> Image:
    """Returns a flat picture uint8 [N, N, 4] with so much of its colour, 0 to 1; from 0.9 on all of it is left."""
    share /= _PALE
    if share >= 1:
        return flat
    matrix = np.eye(4) * share
    matrix[:3, :3] += (1 - share) * np.array(_LUMA)
    matrix[3, 3] = 1
    return cv2.transform(flat, matrix)


def flatten(image: Image, light: Floats) -> Floats:
    """Returns a picture uint8 [N, N, 4] without its light, float32 [N, N, 3], 1 where it is as bright as around.

    Highlights are held down: gloss belongs to the light too, but is too small to be seen in it.
    """
    whole = cv2.resize(light, image.shape[:2], interpolation=cv2.INTER_CUBIC)[..., :3]
    ratio = image[..., :3] / np.maximum(whole, np.float32(1))
    gloss = np.maximum(ratio.min(-1, keepdims=True) - 1, 0)  # what all three channels share: colour stays
    flat: Floats = (ratio - gloss + _GLOSS * (1 - np.exp(-gloss / _GLOSS))).astype(np.float32)
    return flat


def _blur(sums: Floats, reach: float) -> Floats:
    side = 2 * round(2.5 * reach) + 1
    return cv2.GaussianBlur(sums, (side, side), reach, borderType=cv2.BORDER_CONSTANT)

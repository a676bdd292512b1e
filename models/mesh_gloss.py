"""Takes the gloss off skin: what shines is paler than what lies below it. Works on pictures, once for each source.

Light that skin throws back at its surface has the lamp's colour, light from within has the skin's: S. A. Shafer, "Using
color to separate reflection components", Color Research and Application 10(4), 1985. The lamp is taken for white.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from models.mesh_light import lab_of, light_of
from runtime.kinds import Floats, Image

Mask = npt.NDArray[np.bool_]

_GAMMA = 2.2
_SURE = 0.9
"""Skin from this share of a cell on tells what skin looks like."""
_MATT = 75
"""Percentile of how colourful skin is, from which on it does not shine."""
_USUAL = 50
"""Percentile of the shine on skin that is no highlight: it belongs to the tone."""
_PALE = 0.05
"""Skin less colourful than this, in a grey picture, does not tell."""
_WHOLE = 0.5
"""Where shine is so much of what is seen, nothing else is believed."""
_UNTOLD = 0.6
"""So much at least of what is lighter than the skin around shines, though colour does not tell it under a warm lamp."""


def without_gloss(image: Image, skin: Floats) -> tuple[Floats, Floats]:
    """Returns a picture uint8 [N, N, 3] BGR in CIELAB without highlights, and the light on it.

    Takes where its skin is, [C, C] 0 to 1. What shines is filled with the light on the skin around it that does not: to
    take the shine away would leave blotches where the camera cut it off, or the lamp was not white.
    """
    size = image.shape[1::-1]
    shine = _shine(image, cv2.resize(skin, size) > _SURE)
    light = light_of(image, skin * (1 - cv2.resize(shine, skin.shape, interpolation=cv2.INTER_AREA)))
    lab, around = lab_of(image), cv2.resize(light, size, interpolation=cv2.INTER_CUBIC)[..., :3]
    shine = np.where(lab[..., 0] > around[..., 0], np.maximum(shine, _UNTOLD), 0)
    return lab + (around - lab) * shine[..., None], light


def _shine(image: Image, skin: Mask) -> Floats:
    """Returns how much of what is seen is shine, 0 to 1, [N, N], from where skin is."""
    linear = (image.astype(np.float32) / np.float32(255)) ** np.float32(_GAMMA)
    total = linear.sum(-1) + np.float32(1e-3)
    tint = (linear[..., 2] - linear[..., 0]) / total  # white light adds nothing to the difference
    matt = np.percentile(tint[skin], _MATT) if skin.any() else 0.0
    if matt < _PALE:
        return np.zeros_like(total)
    shine = np.maximum(1 - tint / np.float32(matt), 0) * total
    shine -= np.float32(np.percentile(shine[skin], _USUAL))
    return np.clip(shine / (total * np.float32(_WHOLE)), 0, 1)

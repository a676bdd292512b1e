"""Says once what a frame, which has three colours of 8 bits, cannot hold of an input."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import av

BITS = 8
OPAQUE = 255

HDR = {16: " (HDR: PQ)", 18: " (HDR: HLG)"}
"""Transfer numbers of ISO/IEC 23091-2 for brighter light than a picture of 8 bits is made for."""

PLAIN_SUFFIXES = frozenset({".jpg", ".jpeg", ".bmp"})
"""Of files that are not looked at once more: they have 8 bits, and no transparency."""


def tell_of_video(log: logging.Logger, path: Path, first: av.VideoFrame) -> None:
    """Warns of what is lost of a video, by its first frame."""
    parts = first.format.components
    alpha = any(part.is_alpha for part in parts) and bool(first.to_ndarray(format="rgba")[..., 3].min() < OPAQUE)
    _tell(log, path, max(part.bits for part in parts), HDR.get(first.color_trc, ""), alpha=alpha)


def tell_of_image(log: logging.Logger, path: Path) -> None:
    """Warns of what is lost of an image file that can be read."""
    if path.suffix.lower() in PLAIN_SUFFIXES:
        return
    whole = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    alpha = whole.ndim == 3 and whole.shape[2] == 4 and bool(whole[..., 3].min() < np.iinfo(whole.dtype).max)
    _tell(log, path, whole.dtype.itemsize * 8, "", alpha=alpha)


def _tell(log: logging.Logger, path: Path, bits: int, light: str, *, alpha: bool) -> None:
    if bits > BITS:
        told = "pictures here have 8, in which soft gradients may show steps"
        log.warning("%s: has %d bits a colour%s; %s", path, bits, light, told)
    if alpha:
        log.warning("%s: has transparent parts; pictures here have none, so what lies under them is seen", path)

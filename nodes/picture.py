"""Reads picture files, whatever their name."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from runtime.kinds import Image


def read_picture(path: Path) -> Image | None:
    """Returns a picture, uint8 BGR, upright as its orientation tag wants it, or None when it cannot be decoded.

    Alpha is dropped and 16 bits become 8. Bytes are read first, because OpenCV opens no name beyond ASCII on Windows.

    Raises:
        OSError: the file cannot be read.
    """
    data = np.fromfile(path, np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None

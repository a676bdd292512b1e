"""Reads one image file: once in file mode, again and again in live mode. Knows no image sequences."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2

from nodes.picture import read_picture
from nodes.source.losses import tell_of_image
from runtime.errors import StreamError
from runtime.kinds import Image
from runtime.node import Context, Picture, Source, StreamInfo

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})


class StillImage(Source):
    """Gives an image as a stream: one frame in file mode, frames at the asked rate without end in live mode."""

    def __init__(self, context: Context, path: Path) -> None:
        self._image = _read_image(path)
        if (pictures := cv2.imcount(str(path))) > 1:
            context.log.warning("%s: of its %d pictures only the first is taken; convert it to .mp4", path, pictures)
        tell_of_image(context.log, path)
        self._image.flags.writeable = False
        self._endless = context.mode == "live"
        self._step = Fraction(1, context.quality.fps)
        self._given = 0
        height, width = self._image.shape[:2]
        self._info = StreamInfo(
            width,
            height,
            rate=1 / self._step,
            time_base=self._step,
            frame_count=None if self._endless else 1,
            origin=path,
            loops=self._endless,
        )

    def info(self) -> StreamInfo:
        """Returns the image's size, and the rate at which it is repeated."""
        return self._info

    def read(self) -> Picture | None:
        """Returns the image; the same array each time."""
        if self._given and not self._endless:
            return None
        self._given += 1
        return Picture(self._image, (self._given - 1) * self._step)


def _read_image(path: Path) -> Image:
    """Returns the upright picture, uint8 BGR; alpha is dropped, 16 bits become 8."""
    try:
        image = read_picture(path)
    except OSError as error:
        raise StreamError(f"{path}: cannot be read: {error.strerror}; check its permissions") from error
    if image is None:
        raise StreamError(f"{path}: is no image that can be decoded; it may be cut short, or its suffix may be wrong")
    return image

"""Turns a decoded video frame into an upright BGR picture in a buffer of the run."""

from __future__ import annotations

from dataclasses import dataclass

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from nodes.yuv import FULL_RANGE, PlanesToBgr, coding_of, planes_of
from runtime.kinds import Buffers, Image

PLANAR = frozenset({"yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p"})
SWSCALE_MATRIX = {6: 5, 10: 9}
"""Where swscale's number of a matrix differs from the standard's."""

EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


@dataclass(frozen=True, slots=True)
class Turn:
    """What makes a stored picture upright: swap the axes, then mirror (OpenCV's flip code, None for neither)."""

    transposed: bool = False
    flip: int | None = None
    clockwise_deg: int = 0


TURNS = {
    (1, 0, 0, 1): Turn(),
    (0, 1, -1, 0): Turn(transposed=True, flip=1, clockwise_deg=90),
    (-1, 0, 0, -1): Turn(flip=-1, clockwise_deg=180),
    (0, -1, 1, 0): Turn(transposed=True, flip=0, clockwise_deg=270),
    (-1, 0, 0, 1): Turn(flip=1),
    (1, 0, 0, -1): Turn(flip=0),
    (0, 1, 1, 0): Turn(transposed=True),
    (0, -1, -1, 0): Turn(transposed=True, flip=-1),
}
"""Signs of the display matrix (a, b, c, d) to what they ask for; a point (x, y) goes to (ax + cy, bx + dy)."""


def turn_of(frame: av.VideoFrame) -> Turn:
    """Returns how a frame must be turned; slanted matrices, which no camera writes, count as none."""
    side_data = frame.side_data.get("DISPLAYMATRIX")
    if side_data is None:
        return Turn()
    matrix = np.frombuffer(bytes(side_data), np.int32)
    signs = np.sign(matrix[[0, 1, 3, 4]] // 2)  # // 2: a quarter turn may leave a rounding rest of 1
    return TURNS.get(tuple(int(sign) for sign in signs), Turn())


def _range_of(frame: av.VideoFrame) -> int:
    """Returns the range tag; without one, FFmpeg's `yuvj` and grey formats are full."""
    name = frame.format.name
    return FULL_RANGE if name.startswith("yuvj") or (not frame.color_range and name == "gray") else frame.color_range


class Upright:
    """Converts the frames of one stream; keeps scratch memory. The tags of the first frame hold for all."""

    def __init__(self, first: av.VideoFrame, buffers: Buffers) -> None:
        self._coding = coding_of(first.colorspace, _range_of(first), min(first.width, first.height))
        self._planes_to_bgr = PlanesToBgr(self._coding)
        self._swscale = VideoReformatter()
        self._turn = turn_of(first)
        self._buffers = buffers

    @property
    def turn(self) -> Turn:
        """What this stream's pictures need."""
        return self._turn

    def size(self, frame: av.VideoFrame) -> tuple[int, int]:
        """Returns width and height of the upright picture."""
        return (frame.height, frame.width) if self._turn.transposed else (frame.width, frame.height)

    def __call__(self, frame: av.VideoFrame) -> Image:
        """Returns uint8 [H, W, 3] BGR."""
        turn = self._turn
        stored = (frame.height, frame.width, 3)
        image = self._buffers.empty(stored)
        if frame.format.name in PLANAR:
            self._planes_to_bgr(planes_of(frame), image)
        else:
            np.copyto(image, self._converted(frame))
        if turn.transposed:
            upright = self._buffers.empty((frame.width, frame.height, 3))
            cv2.transpose(image, upright)
            image = upright
        if turn.flip is not None:
            cv2.flip(image, turn.flip, image)
        return image

    def _converted(self, frame: av.VideoFrame) -> Image:
        """Converts what has more than 8 bits, packed pixels or RGB; exact, but slower."""
        matrix = SWSCALE_MATRIX.get(self._coding.matrix, self._coding.matrix)
        is_rgb = frame.format.name.startswith(("rgb", "bgr", "gbr", "argb", "abgr", "pal"))
        converted = self._swscale.reformat(
            frame,
            format="bgr24",
            interpolation=EXACT,
            src_colorspace=None if is_rgb else matrix,
            dst_colorspace=None if is_rgb else matrix,
            src_color_range=FULL_RANGE if is_rgb or self._coding.full else 1,
            dst_color_range=FULL_RANGE,
            threads=1,
        )
        return converted.to_ndarray()

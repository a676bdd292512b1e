"""Converts between 8-bit YUV planes and BGR with a stream's own matrix and range.

Written here because swscale's fast path darkens each conversion by about one level (measured), its exact path takes
3 ms for 960x540, and OpenCV's own conversions know BT.601 only. These take 0.6 to 0.7 ms and have no bias.
Chroma is taken as centred between its pixels. Knows nothing of files.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import cv2
import numpy as np

from runtime.kinds import Doubles, Image

LUMA_WEIGHTS = {
    1: (0.2126, 0.0722),  # BT.709
    4: (0.30, 0.11),  # FCC
    5: (0.299, 0.114),  # BT.601, 625 lines
    6: (0.299, 0.114),  # BT.601, 525 lines
    7: (0.212, 0.087),  # SMPTE 240M
    9: (0.2627, 0.0593),  # BT.2020
    10: (0.2627, 0.0593),  # BT.2020, constant luminance: the nearest that a matrix can do
}
"""Matrix number of ISO/IEC 23091-2 to the weights of red and blue in luma."""

HD_LINES = 720
FULL_RANGE = 2


@dataclass(frozen=True, slots=True)
class Coding:
    """How numbers in YUV planes mean colours: a matrix number of `LUMA_WEIGHTS`, and whether 0 to 255 is used."""

    matrix: int
    full: bool

    def to_yuv(self) -> Doubles:
        """Returns float64 [3, 4]: multiplied with (B, G, R, 1) it gives (Y, U, V), all 0 to 255."""
        red, blue = LUMA_WEIGHTS[self.matrix]
        luma = np.array([blue, 1 - red - blue, red])
        rows = np.stack([luma, ([1, 0, 0] - luma) / (2 * (1 - blue)), ([0, 0, 1] - luma) / (2 * (1 - red))])
        scale, floor = ([1.0, 1.0, 1.0], 0) if self.full else ([219 / 255, 224 / 255, 224 / 255], 16)
        return np.column_stack([rows * np.array(scale)[:, None], [floor, 128, 128]])

    def to_bgr(self) -> Doubles:
        """Returns float64 [3, 4]: multiplied with (Y, U, V, 1) it gives (B, G, R)."""
        forward = self.to_yuv()
        inverse = np.linalg.inv(forward[:, :3])
        return np.column_stack([inverse, -inverse @ forward[:, 3]])


def coding_of(matrix: int, color_range: int, lines: int) -> Coding:
    """Returns the coding that a stream's tags stand for.

    A matrix that is not given goes by convention: BT.709 from 720 lines on, BT.601 below. A range that is not given
    is limited.
    """
    if matrix not in LUMA_WEIGHTS:
        matrix = 1 if lines >= HD_LINES else 6
    return Coding(matrix, color_range == FULL_RANGE)


def planes_of(frame: av.VideoFrame) -> list[Image]:
    """Returns views of the frame's 8-bit planes without their padding, uint8 [h, w] each."""
    return [
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in frame.planes
    ]


class PlanesToBgr:
    """Turns Y, U, V planes (4:2:0, 4:2:2 or 4:4:4) into BGR; keeps its scratch memory."""

    def __init__(self, coding: Coding) -> None:
        self._matrix = coding.to_bgr()
        self._yuv: Image = np.empty((0, 0, 3), np.uint8)

    def __call__(self, planes: list[Image], out: Image) -> None:
        """Writes the picture into `out`, uint8 [H, W, 3]."""
        luma = planes[0]
        if self._yuv.shape[:2] != luma.shape:
            self._yuv = np.empty((*luma.shape, 3), np.uint8)
        cv2.merge([luma, *(_enlarged(chroma, luma.shape) for chroma in planes[1:])], self._yuv)
        cv2.transform(self._yuv, self._matrix, out)


class BgrToPlanes:
    """Turns BGR into the Y, U, V planes of 4:2:0."""

    def __init__(self, coding: Coding) -> None:
        self._matrix = coding.to_yuv()

    def __call__(self, image: Image, planes: list[Image]) -> None:
        """Writes the planes; the image's sides are even."""
        height, width = image.shape[:2]
        cv2.extractChannel(cv2.transform(image, self._matrix), 0, planes[0])
        small = cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        chroma = cv2.transform(small, self._matrix)
        cv2.extractChannel(chroma, 1, planes[1])
        cv2.extractChannel(chroma, 2, planes[2])


def _enlarged(chroma: Image, shape: tuple[int, ...]) -> Image:
    """Returns a chroma plane at the size of the luma; with odd sizes its last sample reaches past the edge."""
    height, width = shape[0], shape[1]
    down, across = round(height / chroma.shape[0]), round(width / chroma.shape[1])
    if (down, across) == (1, 1):
        return chroma
    size = (chroma.shape[1] * across, chroma.shape[0] * down)
    return cv2.resize(chroma, size, interpolation=cv2.INTER_LINEAR)[:height, :width]

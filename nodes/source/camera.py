"""Reads a camera through OpenCV: asks for the graph's quality, and fits what comes to it.

A wider or larger picture is cropped at the centre to the asked shape and shrunk to the asked size, never enlarged.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction

import cv2
import numpy as np

from nodes.source.grabber import RETRY_S, Capture, Grabber
from runtime.errors import StreamError
from runtime.kinds import Image
from runtime.node import Context, Picture, Quality, Source, StreamInfo

OpenCapture = Callable[[int], Capture]

BACKENDS = {"darwin": cv2.CAP_AVFOUNDATION, "linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW}
"""DirectShow rather than Media Foundation on Windows: it opens in a tenth of the time."""

HINTS = {
    "darwin": "allow the terminal to use the camera in System Settings, Privacy & Security, Camera",
    "linux": "list the devices with `ls /dev/video*` and check that you may read them (group video)",
    "win32": "allow desktop apps to use the camera in Settings, Privacy, Camera",
}

LOST_S = 10.0
"""How long an open camera may be silent."""

LOOK_S = 0.1
"""How often a waiting read looks whether the run is ending."""


def open_capture(index: int) -> Capture:
    """Opens a camera with the system's own interface; OpenCV's complaints about missing ones are kept quiet."""
    with _quiet():
        return cv2.VideoCapture(index, BACKENDS.get(sys.platform, cv2.CAP_ANY))


class Camera(Source):
    """A live source: gives the newest picture, without a time of its own."""

    def __init__(
        self,
        context: Context,
        index: int,
        *,
        capture: OpenCapture = open_capture,
        wait_s: float = LOST_S,
        retry_s: float = RETRY_S,
    ) -> None:
        self._name = f"camera:{index}"
        self._stop = context.stop
        opened = context.main.call(lambda: _prepared(capture(index), context.quality))
        if opened is None:
            raise StreamError(f"{self._name} cannot be opened; {_advice()}")
        rate = opened.get(cv2.CAP_PROP_FPS)
        self._grabber = Grabber(opened, self._name, context.log, retry_s=retry_s)
        first = self._grabber.take(wait_s)
        if first is None:
            self._grabber.close()
            raise StreamError(f"{self._name} opens but gives no picture within {wait_s:g} s; {_advice()}")
        self._size = fitted_size(first.shape[1], first.shape[0], context.quality)
        self._first: Image | None = first
        self._info = StreamInfo(
            *self._size, rate=Fraction(rate).limit_denominator(1001) if 1 <= rate <= 1000 else None, live=True
        )

    def info(self) -> StreamInfo:
        """Returns the fitted size, and the rate that the camera claims."""
        return self._info

    def read(self) -> Picture | None:
        """Waits for the next picture; returns None when the run is ending.

        Raises:
            StreamError: the camera has stopped answering.
        """
        if self._first is not None:
            image, self._first = self._first, None
            return Picture(fitted(image, self._size))
        for _ in range(round(LOST_S / LOOK_S)):
            image = self._grabber.take(LOOK_S)
            if image is not None:
                return Picture(fitted(image, self._size))
            if self._stop():
                return None
            if self._grabber.failed:
                break
        raise StreamError(f"{self._name} has stopped giving pictures; check its cable, and {_advice()}")

    def close(self) -> None:
        """Releases the camera; never waits longer than half a second."""
        self._grabber.close()


def fitted_size(width: int, height: int, asked: Quality) -> tuple[int, int]:
    """Returns the size of a picture cropped to the asked shape and shrunk to the asked size; sides are even."""
    cut_width = min(width, round(height * asked.width / asked.height))
    cut_height = min(height, round(width * asked.height / asked.width))
    if cut_width >= asked.width and cut_height >= asked.height:
        return asked.width, asked.height
    return max(2, cut_width // 2 * 2), max(2, cut_height // 2 * 2)


def fitted(image: Image, size: tuple[int, int]) -> Image:
    """Returns the centre of the picture that has the shape of `size`, at that size."""
    height, width = image.shape[:2]
    scale = min(width / size[0], height / size[1])
    cut_width, cut_height = round(size[0] * scale), round(size[1] * scale)
    left, top = (width - cut_width) // 2, (height - cut_height) // 2
    cut = image[top : top + cut_height, left : left + cut_width]
    if (cut_width, cut_height) == size:
        return np.ascontiguousarray(cut)
    return cv2.resize(cut, size, interpolation=cv2.INTER_AREA)


def _prepared(capture: Capture, asked: Quality) -> Capture | None:
    """Asks for the quality; what really comes is seen from the first picture."""
    if not capture.isOpened():
        capture.release()
        return None
    with _quiet():
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))  # raw pictures fill USB 2 at 640x480
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, asked.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, asked.height)
        capture.set(cv2.CAP_PROP_FPS, asked.fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # older pictures only wait
    return capture


def _advice() -> str:
    hint = HINTS.get(sys.platform, "check that the system sees it")
    return f"close other programs that use it, {hint}, or try another number (camera:1)"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps OpenCV's own lines off the terminal."""
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)

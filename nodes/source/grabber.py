"""Takes pictures from a camera on a thread of its own and keeps only the newest.

A camera's driver may hang for seconds, or for ever when it is unplugged; nobody else may hang with it.
"""

from __future__ import annotations

import logging
import threading
from typing import Protocol

from runtime.kinds import Image

RETRIES = 10
RETRY_S = 0.1
"""A camera that fails ten times in a row, 0.1 s apart, is gone."""

JOIN_S = 0.5


class Capture(Protocol):
    """The part of `cv2.VideoCapture` that is used."""

    def isOpened(self) -> bool:  # noqa: N802  # OpenCV's name
        """Returns whether the device is open."""
        ...

    def read(self) -> tuple[bool, Image | None]:
        """Waits for the next picture."""
        ...

    def get(self, prop: int, /) -> float:
        """Returns a property, 0 if unknown."""
        ...

    def set(self, prop: int, value: float, /) -> bool:
        """Asks for a property."""
        ...

    def release(self) -> None:
        """Closes the device."""
        ...


class Grabber:
    """Owns an open capture: reads it until `close`, then releases it, both on the grabbing thread."""

    def __init__(self, capture: Capture, name: str, log: logging.Logger, *, retry_s: float = RETRY_S) -> None:
        self._capture = capture
        self._name = name
        self._log = log
        self._retry_s = retry_s
        self._changed = threading.Condition()  # guards the three below
        self._newest: Image | None = None
        self._failed = False
        self._closing = False
        self._close_asked = threading.Event()
        # A daemon, because a read that hangs in the driver can be neither ended nor joined.
        self._thread = threading.Thread(target=self._grab, name=f"dlc-grabber {name}", daemon=True)
        self._thread.start()

    def take(self, wait_s: float) -> Image | None:
        """Returns the newest picture not yet taken, waiting for one; None after `wait_s` or when the camera failed."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._failed or self._closing, wait_s)
            image, self._newest = self._newest, None
            return image

    @property
    def failed(self) -> bool:
        """Whether the camera gave no picture in `RETRIES` tries."""
        with self._changed:
            return self._failed

    def close(self) -> None:
        """Asks the thread to end and release the camera; waits for half a second at most."""
        self._close_asked.set()
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(JOIN_S)
        if self._thread.is_alive():
            self._log.warning("%s does not answer; it is left to the system to release it", self._name)

    def _grab(self) -> None:
        failures = 0
        try:
            while not self._close_asked.is_set():
                image = self._read()
                if image is not None:
                    failures = 0
                    self._offer(image)
                    continue
                failures += 1
                if failures == RETRIES:
                    break
                self._close_asked.wait(self._retry_s)
        finally:
            self._capture.release()
            with self._changed:
                self._failed = True
                self._changed.notify_all()

    def _read(self) -> Image | None:
        try:
            ok, image = self._capture.read()
        except Exception as error:  # noqa: BLE001  # OpenCV raises what its backends raise; each counts as one failure
            self._log.debug("%s: %s", self._name, error)
            return None
        return image if ok and image is not None and image.size else None

    def _offer(self, image: Image) -> None:
        with self._changed:
            self._newest = image
            self._changed.notify_all()

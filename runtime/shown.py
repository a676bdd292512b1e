"""The frame that was presented last, for somebody who wants a picture of it."""

from __future__ import annotations

import threading

from runtime.kinds import Frame


class Shown:
    """Is told of each presented frame; holds one only where that is asked for, because it takes up a buffer.

    Attributes:
        keeps: whether the last frame is always held; else one is only caught when somebody asks.
    """

    def __init__(self) -> None:
        self.keeps = False
        self._wanted = False
        self._frame: Frame | None = None
        self._caught = threading.Event()
        self._lock = threading.Lock()  # guards the frame, so that none is left behind by a sink that comes late

    def put(self, frame: Frame) -> None:
        """A sink has presented a frame."""
        if self.keeps or self._wanted:
            with self._lock:
                if self.keeps or self._wanted:
                    self._frame = frame
                    self._caught.set()

    def take(self, timeout: float) -> Frame | None:
        """Returns the last frame, else the next one, or None when none comes within `timeout` seconds."""
        self._wanted = True
        try:
            self._caught.wait(timeout)
            return self._frame
        finally:
            with self._lock:
                self._wanted = False
                if not self.keeps:
                    self._frame = None
                    self._caught.clear()

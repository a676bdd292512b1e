"""A camera for tests: the used part of OpenCV's capture, with a script instead of a device."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from runtime.kinds import Image

WIDTH, HEIGHT, FPS = 3, 4, 5
"""OpenCV's numbers of the properties that a camera answers."""


class FakeCamera:
    """Gives scripted pictures at a rate, as a device does: the last one repeats without end.

    Args:
        script: pictures uint8 [H, W, 3]; None is a read that fails.
        fps: how many reads a second return.
        opens: whether the device opens.
        hang: a read that comes when this is clear waits until it is set; stands for a driver that does not return.

    Attributes:
        asked: property number to the value that was asked for.
        hanging: set once a read hangs.
        released: set once the device was released.
    """

    def __init__(
        self,
        script: Iterable[Image | None] = (),
        *,
        fps: float = 200.0,
        opens: bool = True,
        hang: threading.Event | None = None,
    ) -> None:
        self._script = iter(script)
        self._last: Image | None = None
        self._fps = fps
        self._opens = opens
        self._hang = hang
        self.asked: dict[int, float] = {}
        self.hanging = threading.Event()
        self.released = threading.Event()

    def isOpened(self) -> bool:  # noqa: N802  # OpenCV's name
        """Returns whether the device is open."""
        return self._opens and not self.released.is_set()

    def read(self) -> tuple[bool, Image | None]:
        """Waits for one period and returns the next picture of the script."""
        if self._hang is not None and not self._hang.is_set():
            self.hanging.set()
            self._hang.wait()
        self.released.wait(1 / self._fps)
        self._last = next(self._script, self._last)
        return self._last is not None, None if self._last is None else self._last.copy()

    def get(self, prop: int, /) -> float:
        """Returns what was asked for; 0 if nothing was."""
        return self._fps if prop == FPS else self.asked.get(prop, 0.0)

    def set(self, prop: int, value: float, /) -> bool:
        """Remembers what is asked for."""
        self.asked[prop] = value
        return True

    def release(self) -> None:
        """Closes the device and ends a read that waits for its period."""
        self.released.set()

"""Shows frames in a window of OpenCV, on the process's main thread. The newest wins; `write` never waits."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import cv2

from nodes.sink.counted import CountedSink
from runtime.errors import RunError, StreamError
from runtime.kinds import Frame, Image
from runtime.node import Context, StreamInfo

STOP_KEYS = frozenset({27, ord("q"), ord("Q")})


class Window(CountedSink):
    """A window; closing it, or q or Esc in it, asks for the end of the run."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._main = context.main
        self._title = f"dlc: {context.node}"
        self._lock = threading.Lock()  # guards the two below
        self._newest: Image | None = None
        self._not_shown = 0
        self._shown = 0
        self._wants_stop = False
        self._end_poll: Callable[[], None] | None = None

    def open(self, info: StreamInfo) -> None:
        """Opens the window at the stream's size.

        Raises:
            StreamError: there is no display, or this OpenCV has no windows.
        """
        missing = missing_display()
        if missing:
            raise StreamError(f"no window can be opened: {missing}; set to: null: or to: NAME.mp4")
        try:
            self._main.call(lambda: self._create(info))
        except cv2.error as error:
            raise StreamError(
                f"no window can be opened: this OpenCV has none ({error.err or error}); install opencv-python "
                "instead of opencv-python-headless, or set to: NAME.mp4"
            ) from error
        self._end_poll = self._main.poll(self._refresh)

    def write(self, frame: Frame) -> None:
        """Puts the frame where the main thread takes the newest from."""
        with self._lock:
            self._not_shown += self._newest is not None
            self._newest = frame.image
        self._written += 1

    def wants_stop(self) -> bool:
        """Returns whether the window was closed, or q or Esc was pressed in it."""
        return self._wants_stop

    def counters(self) -> dict[str, int]:
        """Returns how many frames were taken, shown, and replaced by a newer one before they could be shown."""
        return {"written": self._written, "shown": self._shown, "not_shown": self._not_shown}

    def close(self, ok: bool) -> None:  # noqa: ARG002, FBT001  # the contract's signature
        """Closes the window."""
        if self._end_poll is None:
            return
        self._end_poll()
        self._end_poll = None
        try:
            self._main.call(self._destroy)
        except RunError:
            return  # the main thread has ended, and its windows with it

    def _create(self, info: StreamInfo) -> None:
        cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        cv2.resizeWindow(self._title, info.width, info.height)

    def _refresh(self) -> None:
        """Looks at keys and the window, and shows the newest frame; runs on the main thread."""
        key = cv2.pollKey()
        if (key >= 0 and key & 0xFF in STOP_KEYS) or (self._shown and not self._visible()):
            self._wants_stop = True
        if self._wants_stop:
            return  # OpenCV would open a closed window again
        with self._lock:
            image, self._newest = self._newest, None
        if image is not None:
            cv2.imshow(self._title, image)
            self._shown += 1

    def _visible(self) -> bool:
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:  # Qt, once its last window is closed
            return False

    def _destroy(self) -> None:
        try:
            cv2.destroyWindow(self._title)
        except cv2.error:
            return  # the user has closed it
        cv2.pollKey()


def missing_display() -> str:
    """Returns why no window can be opened, or an empty string.

    Asked first because Qt, when it cannot reach its display, ends the whole process.
    """
    if sys.platform in {"darwin", "win32"}:
        return ""
    display = os.environ.get("DISPLAY", "")
    if display:
        return "" if _answers(display) else f"display {display} does not answer"
    if not os.environ.get("WAYLAND_DISPLAY"):
        return "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    if cv2.currentUIFramework().startswith("QT"):
        return "this OpenCV speaks X11 only, and DISPLAY is not set (install XWayland)"
    return ""


def _answers(display: str) -> bool:
    """Connects to an X server: `:0`, `:0.0`, `unix:0` here, `host:0` over the network."""
    host, colon, number = display.rpartition(":")
    number = number.partition(".")[0]
    if not colon or not number.isdecimal():
        return Path(display).exists()  # macOS-like socket paths
    try:
        if host in {"", "unix"}:
            return _connects(f"\0/tmp/.X11-unix/X{number}") or _connects(f"/tmp/.X11-unix/X{number}")  # noqa: S108
        socket.create_connection((host, 6000 + int(number)), timeout=1).close()
    except OSError:
        return False
    return True


def _connects(address: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(1)
        return link.connect_ex(address) == 0

"""Signals while the dashboard has the terminal: it leaves when it is told to, and resumes only what was suspended."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

ENDINGS = ("SIGTERM", "SIGHUP")

LEAVING_S = 3.0
"""How long leaving may take; a terminal that is gone may take nothing more. Then the process ends where it stands."""


class Signals:
    """Has signals handled between `take` and `give_back`; only a process's main thread can, others leave them alone."""

    def __init__(self) -> None:
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}
        self._suspended = False

    def take(self, leave: Callable[[int], object]) -> None:
        """Begins; `leave` is called in the running event loop, with the exit code.

        An exception out of a handler would unwind whatever the loop is at, and leave threads behind that read keys.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()

        def end(number: int, _: FrameType | None) -> None:
            loop.call_soon_threadsafe(leave, 128 + number)
            last = threading.Timer(LEAVING_S, os._exit, (128 + number,))
            last.daemon = True
            last.start()

        for name in ENDINGS:
            if hasattr(signal, name):
                self._replace(getattr(signal, name), end)
        self._take_suspending()

    def give_back(self) -> None:
        """Ends: the handlers are what they were before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _take_suspending(self) -> None:
        """Keeps Textual from taking the terminal anew, with a second thread that reads keys, after a mere SIGSTOP."""
        if not hasattr(signal, "SIGTSTP"):
            return
        suspend, resume = (signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT))
        if not callable(suspend) or not callable(resume):
            return

        def suspended(number: int, frame: FrameType | None) -> None:
            self._suspended = True
            suspend(number, frame)

        def resumed(number: int, frame: FrameType | None) -> None:
            if self._suspended:
                self._suspended = False
                resume(number, frame)

        self._replace(signal.SIGTSTP, suspended)
        self._replace(signal.SIGCONT, resumed)

    def _replace(self, number: int, handler: Callable[[int, FrameType | None], object]) -> None:
        self._before[number] = signal.signal(number, handler)

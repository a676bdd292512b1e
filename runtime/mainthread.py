"""The process's main thread as a service: runs what others ask for, and polls windows.

Windows, and on macOS cameras, belong to the thread that the process began with. It runs `serve` while the engine's
threads work. This module knows no windows; it only runs functions.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from runtime.errors import RunError

POLL_S = 0.005
"""How often a polled function runs: a window that looks for keys 200 times a second feels immediate."""

IDLE_S = 0.05
"""How long one wait lasts when nothing polls: bounds how late a Ctrl-C or the end of the run is seen."""

Returned = TypeVar("Returned")


@dataclass(eq=False, slots=True)
class _Poll:
    """One polled function, told apart by identity so that the same function may be polled twice."""

    function: Callable[[], None]


class MainThreadService:
    """Implements `runtime.node.MainThread` on the thread that makes it.

    Calls made before `serve` begins wait for it; calls made after it ended are refused.
    """

    def __init__(self, log: logging.Logger | None = None) -> None:
        self._log = log or logging.getLogger("dlc")
        self._thread = threading.current_thread()
        self._changed = threading.Condition()  # guards the three below
        self._calls: deque[tuple[Callable[[], None], Future[None]]] = deque()
        self._polls: list[_Poll] = []
        self._ended = False

    def call(self, function: Callable[[], Returned]) -> Returned:
        """Runs `function` on the main thread, waits, and returns or raises what it does.

        Raises:
            RunError: the main thread no longer serves, or stopped before the function's turn came.
        """
        if threading.current_thread() is self._thread:
            return function()
        results: list[Returned] = []
        done: Future[None] = Future()
        with self._changed:
            if self._ended:
                raise _ended_error()
            self._calls.append((lambda: results.append(function()), done))
            self._changed.notify_all()
        done.result()
        return results[0]

    def poll(self, function: Callable[[], None]) -> Callable[[], None]:
        """Has `function` run about every 5 ms; returns a function that ends this. One that raises ends only itself."""
        poll = _Poll(function)
        with self._changed:
            self._polls.append(poll)
            self._changed.notify_all()
        return lambda: self._end_poll(poll)

    def serve(self, until: threading.Event) -> None:
        """Serves calls and polls until the event is set; then refuses what is still waiting."""
        due = 0.0
        try:
            while not until.is_set():
                self._run_calls()
                if time.monotonic() >= due:
                    self._run_polls()
                    due = time.monotonic() + POLL_S
                with self._changed:
                    if not self._calls:
                        self._changed.wait(max(due - time.monotonic(), 0.0) if self._polls else IDLE_S)
        finally:
            self._end()

    def _run_calls(self) -> None:
        while True:
            with self._changed:
                if not self._calls:
                    return
                run, done = self._calls.popleft()
            try:
                run()
            except Exception as error:  # noqa: BLE001  # whatever it raises belongs to the caller
                done.set_exception(error)
            except BaseException:
                done.set_exception(_ended_error())  # Ctrl-C while the call ran: its caller must not wait for ever
                raise
            else:
                done.set_result(None)

    def _run_polls(self) -> None:
        with self._changed:
            polls = tuple(self._polls)
        for poll in polls:
            try:
                poll.function()
            except Exception:  # noqa: BLE001  # one window must not take the others down
                self._log.exception("a function that the main thread polls failed and is polled no more")
                self._end_poll(poll)

    def _end_poll(self, poll: _Poll) -> None:
        with self._changed:
            if poll in self._polls:
                self._polls.remove(poll)

    def _end(self) -> None:
        with self._changed:
            self._ended = True
            waiting = tuple(self._calls)
            self._calls.clear()
            self._polls.clear()
        for _, done in waiting:
            done.set_exception(_ended_error())


def _ended_error() -> RunError:
    return RunError("the main thread has stopped serving because the run is ending; what was asked of it was not done")

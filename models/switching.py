"""A session that serves at once while a better one is being made aside."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Event, Thread
from typing import Any

from runtime.errors import ModelError
from runtime.node import Session

log = logging.getLogger("dlc")


class SwitchingSession:
    """Serves from a session that is ready, and from the better one as soon as that is made; swaps between two calls.

    Args:
        ready: what serves meanwhile.
        make: makes the better session; runs on a thread of its own.
        cancel: makes `make` give up soon.
        name: of the network, for the thread and for messages.

    A failure of `make` is raised by the next run: what the user asked for does not turn silently into something else.
    """

    def __init__(
        self, ready: Session, make: Callable[[], Session], cancel: Callable[[], None] = lambda: None, name: str = ""
    ) -> None:
        self._current = ready  # one reference, replaced whole: a call reads it once and keeps what it read
        self._cancel = cancel
        self._name = name
        self._failure: ModelError | None = None
        self._closed = Event()
        self._done = Event()
        self._thread = Thread(target=self._prepare, args=(make,), name=f"dlc-compile-{name}")
        self._thread.start()

    def run(self, *inputs: Any) -> list[Any]:
        """Runs the network on the best session that is ready."""
        if self._failure is not None:
            raise self._failure
        return self._current.run(*inputs)

    @property
    def inputs(self) -> Sequence[Any]:
        """What the network takes."""
        return self._current.inputs

    @property
    def device(self) -> str:
        """Where the next call runs."""
        return self._current.device

    @property
    def placement(self) -> object:
        """What runs it."""
        return self._current.placement

    def wait(self, timeout_s: float | None = None) -> bool:
        """Waits until the better session serves or has failed; returns whether that came in time."""
        return self._done.wait(timeout_s)

    def close(self) -> None:
        """Gives up what is being made and waits for its thread."""
        self._closed.set()
        self._cancel()
        self._thread.join()

    def _prepare(self, make: Callable[[], Session]) -> None:
        try:
            better = make()
        except ModelError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001  # whatever it is, the next run tells it
            self._fail(ModelError(f"{self._name}: the session that was being made failed: {error}"))
        else:
            log.info("%s now runs on %s instead of %s", self._name, better.device, self._current.device)
            self._current = better
        finally:
            self._done.set()

    def _fail(self, error: ModelError) -> None:
        if not self._closed.is_set():
            self._failure = error

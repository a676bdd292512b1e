"""Logs the errors of a run's nodes: of each node the first one at once, then one line for many."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from runtime.clock import SECOND
from runtime.errors import NodeError

log = logging.getLogger("dlc")

APART_S = 5
"""Least time between two lines about one node: one that fails at every other frame would write 15 a second."""


@dataclass(slots=True)
class _Told:
    at: int
    untold: int = 0


class ErrorLog:
    """Takes every error; what gets no line of its own is counted, and logged for those who debug.

    Args:
        now: the run's clock.
        fail: ends the run with an error.
    """

    def __init__(self, now: Callable[[], int], fail: Callable[[NodeError], None]) -> None:
        self._now = now
        self._fail = fail
        self._nodes: dict[str, _Told] = {}
        self._lock = threading.Lock()  # guards what was told: several workers of a node may fail at a time

    def take(self, error: NodeError, fatal: bool) -> None:  # noqa: FBT001 - told by a node's error policy
        """Is told of an error, and whether the run has to end."""
        if fatal:
            self._fail(error)
        elif (untold := self._turn(error.node)) is None:
            log.debug("%s", error)
        elif untold:
            log.warning("%s (and %d more before it)", error, untold)
        else:
            log.warning("%s", error)

    def close(self) -> None:
        """Tells how many have had no line."""
        with self._lock:
            untold = {name: told.untold for name, told in self._nodes.items() if told.untold}
            self._nodes.clear()
        for name, count in untold.items():
            log.getChild(name).warning("node %r: errors since the last line about it: %d", name, count)

    def _turn(self, node: str) -> int | None:
        """Returns how many errors of a node have had no line, if it is time for one."""
        with self._lock:
            told, now = self._nodes.get(node), self._now()
            if told is not None and now - told.at < APART_S * SECOND:
                told.untold += 1
                return None
            self._nodes[node] = _Told(now)
            return told.untold if told else 0

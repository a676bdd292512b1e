"""Reads a graph file again whenever it changes, as long as a run goes on."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import watchfiles

from runtime.view import Link, LinkClosed, Refused

log = logging.getLogger("dlc")

STEP_MS = 20
DEBOUNCE_MS = 200
"""Changes that come within so short a time of each other are one."""


class Watch:
    """Looks at a file on a thread of its own until `close`.

    The folder is watched, because editors write a new file and rename it. What a change came to is logged.

    Args:
        file: the graph file.
        desk: is asked to reload it.
    """

    def __init__(self, file: Path, desk: Link) -> None:
        self._file = file.resolve()
        self._desk = desk
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dlc-watch")
        self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        for _ in watchfiles.watch(
            self._file.parent, watch_filter=lambda _, path: Path(path) == self._file, step=STEP_MS,
            debounce=DEBOUNCE_MS, stop_event=self._stop, raise_interrupt=False, recursive=False,
        ):  # fmt: skip
            try:
                log.info("%s: %s", self._file.name, self._desk.do("reload"))
            except Refused as refused:
                log.error("%s is not taken over, the run goes on:\n%s", self._file.name, refused)  # noqa: TRY400 - no fault
            except LinkClosed:
                return

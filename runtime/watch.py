"""Reads a graph file again whenever it or one of its plug-ins changes, as long as a run goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import watchfiles

from runtime.view import Link, LinkClosed, Refused

log = logging.getLogger("dlc")

STEP_MS = 20
DEBOUNCE_MS = 200
"""Changes that come within so short a time of each other are one."""


class Watch:
    """Looks at files on a thread of its own until `close`.

    Their folders are watched, because editors write a new file and rename it. What a change came to is logged.

    Args:
        file: the graph file.
        files: tells which files make the graph now; those of a graph that was once read are watched on.
        desk: is asked to reload it.
    """

    def __init__(self, file: Path, files: Callable[[], set[Path]], desk: Link) -> None:
        self._name = file.name
        self._of = files
        self._files = files()
        self._desk = desk
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dlc-watch")
        self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while (folders := self._folders()) and self._watch(folders):
            pass

    def _watch(self, folders: set[Path]) -> bool:
        """Reads the graph again whenever a file changes; returns whether other folders are to be watched then."""
        for _ in watchfiles.watch(
            *folders, watch_filter=lambda _, path: Path(path) in self._files, step=STEP_MS,
            debounce=DEBOUNCE_MS, stop_event=self._stop, raise_interrupt=False, recursive=False,
        ):  # fmt: skip
            if not self._reload():
                return False
            self._files |= self._of()
            if self._folders() != folders:
                return True
        return False

    def _folders(self) -> set[Path]:
        return {file.parent for file in self._files if file.parent.is_dir()}

    def _reload(self) -> bool:
        """Reads the graph again; returns whether there is still a run."""
        try:
            log.info("%s: %s", self._name, self._desk.do("reload"))
        except Refused as refused:
            log.error("not taken over: %s\n%s: the run goes on as it was", refused, self._name)  # noqa: TRY400 - no fault
        except LinkClosed:
            return False
        return True

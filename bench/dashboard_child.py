"""The dashboard in a process of its own, in front of a scripted link whose figures all change; tells what it cost."""

from __future__ import annotations

import os
import sys
import time
from typing import TextIO

from runtime.scripted_link import ScriptedLink
from runtime.threads import take_short_turns
from runtime.tui.app import Dashboard

SECONDS = 20.0
WARM_S = 3.0
"""Left out at the start: imports, the first drawing."""


class Measured(Dashboard):
    """Ends after some seconds and tells its share of a core, and the bytes a second that it wrote."""

    def __init__(self, result: int, terminal: TextIO) -> None:
        super().__init__(ScriptedLink(moving=True))
        self._result = result
        self._written = 0
        self._write = terminal.write
        terminal.write = self._counted  # type: ignore[method-assign]
        self._began = (0.0, 0.0, 0)

    def on_ready(self) -> None:
        """Waits until everything is warm."""
        self.set_timer(WARM_S, self.begin)

    def begin(self) -> None:
        """Notes the time."""
        self._began = time.monotonic(), time.process_time(), self._written
        self.set_timer(SECONDS, self.end)

    def end(self) -> None:
        """Tells what it took."""
        wall = time.monotonic() - self._began[0]
        cpu, sent = time.process_time() - self._began[1], self._written - self._began[2]
        os.write(self._result, f"{cpu / wall} {sent / wall}".encode())
        self.exit(0)

    def _counted(self, text: str) -> int:
        self._written += len(text.encode())
        return self._write(text)


if __name__ == "__main__":
    take_short_turns()  # as a run does
    Measured(int(sys.argv[1]), sys.stderr).run()

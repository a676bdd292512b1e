"""What the dashboard costs: eight nodes whose figures all change, four snapshots a second, on a real pseudo-terminal.

The engine is a scripted link, so that nothing but the dashboard is measured: `bench/dashboard_child.py`.
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

from bench.figure import Figure
from runtime.errors import RunError

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

SIZES = ((80, 24), (160, 50))
ROOT = Path(__file__).parents[1]


def measure() -> list[Figure]:
    """Returns the processor time and what is sent to the terminal, for a small and a large terminal."""
    if sys.platform == "win32":
        raise RunError("the cost of the dashboard is measured on a pseudo-terminal, which Windows does not have")
    figures = []
    for columns, lines in SIZES:
        share, sent = _measured(columns, lines)
        name = f"dashboard, 8 nodes, 4 Hz, {columns}x{lines}"
        figures.append(Figure(name, 100 * share, "% of 1", 5, note="of one core, everything in its process"))
        figures.append(Figure(f"{name}, sent", sent / 1000, "kB/s", note="to the terminal"))
    return figures


def terminal(columns: int, lines: int) -> tuple[int, int]:
    """Returns both ends of a pseudo-terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    return master, slave


def _measured(columns: int, lines: int) -> tuple[float, float]:
    """Returns the share of one core, and bytes a second."""
    master, slave = terminal(columns, lines)
    answer, result = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-m", "bench.dashboard_child", str(result)], stdin=slave, stdout=slave, stderr=slave,
        pass_fds=(result,), cwd=ROOT, env={**os.environ, "TERM": "xterm-256color"},
    )  # fmt: skip
    os.close(slave)
    os.close(result)
    reader = threading.Thread(target=drain, args=(master,), name="terminal")
    reader.start()
    with open(answer) as told:  # noqa: PTH123 - a pipe
        words = told.read().split()
    child.wait()
    reader.join()
    os.close(master)
    if len(words) != 2:
        raise RunError(f"the dashboard ended with exit code {child.returncode} before it was measured")
    return float(words[0]), float(words[1])


def drain(file: int) -> None:
    """Takes what a terminal would show, until its other end is closed."""
    with contextlib.suppress(OSError):
        while os.read(file, 1 << 16):
            pass

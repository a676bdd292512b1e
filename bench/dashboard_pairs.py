"""What a dashboard does to the engine: the same live run with one and without, in turns, p99 of each node.

Percentiles are of the latest 1024 calls, so a run of 45 s at 30 fps leaves out how both processes start.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from bench.dashboard import ROOT, drain, terminal
from bench.figure import Figure
from runtime.control import running
from runtime.errors import RunError

SECONDS = 45.0
NAME = "bench-pairs"


def measure(pairs: int, seconds: float = SECONDS) -> Iterator[Figure]:
    """Yields the median change of each node's p99 over some pairs of runs."""
    changes: dict[str, list[float]] = {}
    for number in range(pairs):
        first = number % 2 == 0  # so that what drifts hits both alike
        p99 = {watched: _p99(seconds, watched=watched) for watched in (first, not first)}
        for name in p99[True]:
            changes.setdefault(name, []).append(p99[True][name] - p99[False][name])
    for name, found in changes.items():
        note = f"p99 with a dashboard less p99 without, {pairs} pairs, {min(found):+.2f} to {max(found):+.2f}"
        yield Figure(f"dashboard, {name}", statistics.median(found), "ms", 1, note=note)


def _p99(seconds: float, *, watched: bool) -> dict[str, float]:
    """Returns the p99 of each node of one run, ms."""
    with tempfile.TemporaryDirectory() as folder:
        metrics = Path(folder) / "metrics.json"
        command = [
            sys.executable, "dlc.py", "run", "live_balanced", "-t", "demo:", "-o", "null:", "--set", "adapt=false",
            "--no-tui", "--control", NAME, "--duration", str(seconds), "--metrics", str(metrics),
        ]  # fmt: skip
        with (
            subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as engine,
            _dashboard(engine) if watched else contextlib.nullcontext(),
        ):
            code = engine.wait()
        if code:
            raise RunError(f"the measured run ended with exit code {code}")
        nodes = json.loads(metrics.read_text(encoding="utf-8"))["nodes"]
    return {name: node["ms"]["p99"] for name, node in nodes.items()}


@contextlib.contextmanager
def _dashboard(engine: subprocess.Popen[bytes]) -> Iterator[None]:
    """Shows the run on a terminal until it ends."""
    while NAME not in running():
        with contextlib.suppress(subprocess.TimeoutExpired):
            engine.wait(0.2)
            raise RunError("the measured run ended before it could be looked at")
    master, slave = terminal(120, 40)
    command = [sys.executable, "dlc.py", "attach", NAME]
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=slave, stdout=slave, stderr=slave) as child:
        os.close(slave)
        reader = threading.Thread(target=drain, args=(master,), name="terminal")
        reader.start()
        yield
        child.wait()
        reader.join()
    os.close(master)

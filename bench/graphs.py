"""The default graph over the bundled clip: every frame as a file, at 30 fps live, and how fast it starts."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nodes
from bench.figure import Figure
from models.session import ModelStore
from runtime.engine import Engine
from runtime.loading import load_graph
from runtime.mainthread import MainThreadService
from runtime.options import Options
from runtime.overrides import Override
from runtime.signature import spec_of
from runtime.stats import Snapshot
from runtime.table import NodeTable
from runtime.threads import Threads, take_short_turns

ROOT = Path(__file__).parents[1]
GRAPH = ROOT / "graphs" / "live_balanced.yaml"
FILE_RUNS = 3
LIVE_S = 20


@dataclass(frozen=True, slots=True)
class Timed:
    """A run, and the processor time that the process spent while frames flowed."""

    snapshot: Snapshot
    cpu_s: float

    @property
    def cpu_ms(self) -> float:
        """Processor time for one presented frame, ms."""
        return 1000 * self.cpu_s / max(1, self.snapshot.run.frames_presented)


def measure() -> list[Figure]:
    """Returns rate, processor time, age, start and memory."""
    start_s, memory = _fresh_process()  # first: a child's peak counts what this process held when it was made
    runs = [_run("mode=file") for _ in range(FILE_RUNS)]
    best = max(runs, key=lambda run: run.snapshot.run.fps)
    live = _run("mode=live", duration=LIVE_S)
    age = live.snapshot.run.age_ms
    note = f"best of {FILE_RUNS}, decode included"
    return [
        Figure("default graph, file mode", best.snapshot.run.fps, "fps", 150, at_most=False, note=note),
        Figure("default graph, file mode", min(run.cpu_ms for run in runs), "CPU ms/f", 10, note=note),
        Figure("default graph, live at 30 fps: age p50", age.p50, "ms", 12),
        Figure("default graph, live at 30 fps: age p95", age.p95, "ms"),
        Figure("default graph, live at 30 fps: age p99", age.p99, "ms"),
        Figure("default graph, live at 30 fps", live.cpu_ms, "CPU ms/f", 12),
        Figure("default graph, live: frames a second", live.snapshot.run.fps, "fps"),
        Figure("start to first presented frame", start_s, "s", 2, note="new process, warm disk"),
        Figure("most memory of that process", memory, "MB", 500),
    ]


def _run(mode: str, duration: float | None = None) -> Timed:
    threads = Threads.for_cores(2)
    nodes.limit_threads(threads)
    take_short_turns()
    table = NodeTable(spec_of(definition) for definition in nodes.DEFINITIONS)
    changes = (mode, "adapt=false", "camera.uri='demo:'", "screen.to='null:'")
    graph = load_graph(GRAPH, table, [Override.parse(change) for change in changes])
    main = MainThreadService()
    engine = Engine(graph, ModelStore(threads), main, Options(cores=2, threads=threads))
    engine.start()
    began = time.process_time()
    if duration:
        engine.ended.wait(duration)
        engine.stop()
    main.serve(engine.ended)
    cpu_s = time.process_time() - began
    engine.close()
    return Timed(engine.snapshot(), cpu_s)


def _fresh_process() -> tuple[float, float]:
    """Returns seconds from a process's start to its first presented frame, and its peak memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "metrics.json"
        ends = ["-t", "demo:", "-o", "null:", "--metrics", str(file)]
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, str(ROOT / "dlc.py"), "run", str(GRAPH), *ends, "--frames", "1"],
            check=True, capture_output=True,
        )  # fmt: skip
        first = time.perf_counter() - began
        subprocess.run(
            [sys.executable, str(ROOT / "dlc.py"), "run", str(GRAPH), *ends, "--frames", "240", "--set", "mode=file"],
            check=True, capture_output=True,
        )  # fmt: skip
        return first, float(json.loads(file.read_text())["run"]["peak_rss_mb"])

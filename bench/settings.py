"""What settings of a graph cost: the same graph in file mode with each of them in turn, several rounds in one process.

The rounds go through all settings one after another, so that what else the machine does meanwhile falls on all alike.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import nodes
from commands.common import node_table
from models.session import ModelStore
from runtime.engine import Engine
from runtime.loading import load_graph
from runtime.mainthread import MainThreadService
from runtime.options import Options
from runtime.overrides import parse_overrides
from runtime.shortcuts import End
from runtime.threads import Threads, take_short_turns

HEAD = f"{'settings':<48}{'ms/frame':>9}{'CPU ms':>8}{'of the first':>14}"
CORES = 2


@dataclass(slots=True)
class Row:
    """One way to run the graph.

    Attributes:
        text: the settings.
        wall_ms, cpu_ms: of a frame, one for each round.
    """

    text: str
    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)

    def line(self, first: Row) -> str:
        """Returns medians, and the median of the ratios to the first row's processor time in the same round."""
        ratio = median(own / other for own, other in zip(self.cpu_ms, first.cpu_ms, strict=True))
        return f"{self.text:<48}{median(self.wall_ms):9.2f}{median(self.cpu_ms):8.2f}{ratio:14.2f}"


def measure(graph: Path, ways: Sequence[str], frames: int, rounds: int) -> Iterator[Row]:
    """Yields a row for each way, which are settings as `--set` takes them, several with spaces between."""
    threads = Threads.for_cores(CORES)
    nodes.limit_threads(threads)
    take_short_turns()
    models = ModelStore(threads)
    rows = [Row(way) for way in ways]
    for number in range(-1, rounds):  # the first round loads the networks and does not count
        for row in rows:
            wall, cpu = _run(graph, row.text.split(), 8 if number < 0 else frames, models, threads)
            if number >= 0:
                row.wall_ms.append(wall)
                row.cpu_ms.append(cpu)
    yield from rows


def _run(graph: Path, changes: Sequence[str], frames: int, models: ModelStore, threads: Threads) -> tuple[float, float]:
    """Returns wall and processor time of a frame, ms."""
    overrides = parse_overrides(["mode=file", "device=cpu", *changes])
    main = MainThreadService()
    options = Options(cores=CORES, threads=threads, frames=frames)
    checked = load_graph(graph, node_table(), overrides, [End("-o", "null:")])  # whatever it would write
    engine = Engine(checked, models, main, options)
    engine.start()
    began, used = time.perf_counter(), time.process_time()
    main.serve(engine.ended)
    spent = time.perf_counter() - began, time.process_time() - used
    engine.close()
    shown = max(1, engine.snapshot().run.frames_presented)
    wall, cpu = (1000 * seconds / shown for seconds in spent)
    return wall, cpu

"""What plans are worth: against other ways to run a graph, and predictions against what then happens.

Ways and graphs take turns in one process, so that what else the machine does falls on all alike.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

from bench.figure import Figure
from commands.common import graph_file, node_table
from commands.planning import Workshop, limit_threads, trial_ends
from models.session import ModelStore
from runtime.costs import Costs
from runtime.cuts import Stages, finest_cut, inner_names
from runtime.engine import Engine
from runtime.forecast import threads_for
from runtime.graph import Graph
from runtime.loading import load_graph
from runtime.mainthread import MainThreadService
from runtime.options import Options
from runtime.overrides import Override
from runtime.plan import Machine, Plan, file_credits, live_credits, make_plan
from runtime.stats import Snapshot
from runtime.threads import Threads

ROUNDS = 5
FRAMES = 160

WRITES = ("written.to=out.mp4",)
"""The trial puts it into a folder of its own."""

FASTEST = {"live_balanced": ("mode=file",), "swap_video": WRITES}
"""Graphs whose rate is compared, as files."""

PREDICTED = {
    "live_balanced": (), "live_quality": (), "live_performance": (), "live_balanced, file": ("mode=file",),
    "swap_video": WRITES,
}  # fmt: skip

NOTABLE_MS = 1.0
"""Nodes under this are too small for a relative error to say something."""


def measure() -> Iterator[Figure]:
    """Yields how the plan does against other ways, then how far predictions are off."""
    workshop = Workshop.of("auto")
    for name, changes in FASTEST.items():
        yield from _ways(workshop, name, changes)
    for name, changes in PREDICTED.items():
        yield from _errors(workshop, name, changes)


def _ways(workshop: Workshop, name: str, changes: tuple[str, ...]) -> Iterator[Figure]:
    graph = _load(name, changes)
    costs = _costs(workshop, name, changes)
    cores = workshop.here.cores
    shares = threads_for(graph, costs, cores)
    planned = make_plan(graph, costs, Machine(cores, shares.encode))
    everywhere = Threads(0, cores, cores, cores)
    ways = {
        "as planned": (planned, shares),
        "one thread for all": (_plan(graph, (tuple(inner_names(graph)),), costs), shares),
        "one thread per node": (_plan(graph, finest_cut(graph), costs), shares),
        "as planned, libraries' default threads": (planned, everywhere),
    }
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, (plan, threads) in ways.items():
            rates[way].append(_run(name, changes, plan, threads, cores).run.fps)
    medians = {way: median(found) for way, found in rates.items()}
    for way, fps in medians.items():
        yield Figure(f"{name}: {way}", fps, "fps", note=f"median of {ROUNDS}")
    yield Figure(
        f"{name}: the plan's rate through the best", medians["as planned"] / max(medians.values()), "", 0.95,
        at_most=False,
    )  # fmt: skip


def _errors(workshop: Workshop, name: str, changes: tuple[str, ...]) -> Iterator[Figure]:
    """Yields relative errors of medians: prediction and run take turns."""
    predicted, measured = list[dict[str, float]](), list[dict[str, float]]()
    cores = workshop.here.cores
    graph = _load(name, changes)
    for _ in range(ROUNDS):
        forecast = workshop.forecast(graph, _costs(workshop, name, changes))
        foretold = forecast.prediction
        predicted.append({"fps": foretold.fps, "age p50": foretold.age_ms, **foretold.node_ms})
        seen = _run(name, changes, forecast.plan, forecast.threads, cores)
        nodes = {node: stats.ms.p50 for node, stats in seen.nodes.items()}
        measured.append({"fps": seen.run.fps, "age p50": seen.run.age_ms.p50, **nodes})
    for what in predicted[0]:
        foretold_, found = (median(run[what] for run in runs) for runs in (predicted, measured))
        if found >= NOTABLE_MS:
            note = f"{foretold_:.1f} predicted, {found:.1f} measured"
            yield Figure(f"{name}: {what}, off by", abs(foretold_ / found - 1), "", 0.2, note=note)


def _costs(workshop: Workshop, name: str, changes: tuple[str, ...]) -> Costs:
    return workshop.calibrate(lambda more: _load(name, changes, more), _load(name, changes), keep=False)


def _load(name: str, changes: tuple[str, ...], more: list[Override] | tuple[()] = ()) -> Graph:
    file = graph_file(name.partition(",")[0])
    return load_graph(file, node_table(), [*map(Override.parse, changes), *more])


def _plan(graph: Graph, stages: Stages, costs: Costs) -> Plan:
    path = sum(costs.nodes[name].wall_ms for name in inner_names(graph))
    live = graph.mode == "live"
    most = live_credits(costs.rate, path, path) if live else file_credits(graph, len(stages), costs.frame_bytes)
    return Plan(stages, most, {}, ())


def _run(name: str, changes: tuple[str, ...], plan: Plan, threads: Threads, cores: int) -> Snapshot:
    limit_threads(threads)
    with tempfile.TemporaryDirectory() as folder, closing(ModelStore(threads)) as models:
        ends = trial_ends(_load(name, changes), Path(folder))
        main = MainThreadService()
        options = Options(frames=FRAMES, cores=cores, threads=threads, plan=plan, measured_frames=0)
        engine = Engine(_load(name, changes, ends), models, main, options)
        engine.start()
        main.serve(engine.ended)
        engine.close()
        return engine.snapshot()

"""What plans are worth: against other ways to run a graph, and predictions against what then happens.

Ways, graphs, predictions and runs take turns in one process, so that what else the machine does falls on all alike.
All figures are of the steady state, once the first frames are through.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from commands.common import graph_file, node_table
from commands.planning import Workshop, limit_threads, trial_ends
from models.session import ModelStore
from runtime.calibrate import observed
from runtime.costs import Costs
from runtime.cuts import Stages, finest_cut, inner_names
from runtime.engine import Engine
from runtime.errors import ConfigurationError
from runtime.forecast import threads_for
from runtime.graph import Graph
from runtime.loading import load_graph
from runtime.options import Options
from runtime.overrides import Override
from runtime.placing import Placement
from runtime.plan import Machine, Plan, Prediction, file_credits, live_credits, make_plan
from runtime.threads import Threads

ROUNDS = 5
FRAMES, LIMIT_S = 160, 20.0

SLOWER, OFF = 0.05, 0.2
"""The bars: how far the plan may be below the best way, and how far a prediction off, as a share."""

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


def measure(graphs: Sequence[str] = ()) -> Iterator[str]:
    """Yields two tables: the plan against other ways, then how far predictions are off.

    Args:
        graphs: files or names of shipped graphs; by default those of `FASTEST` and `PREDICTED`.

    Raises:
        ConfigurationError: a graph is too slow here to be measured.
    """
    fastest = {name: changes for name, changes in FASTEST.items() if not graphs or name in graphs}
    foretold = {name: PREDICTED.get(name, ()) for name in graphs} or PREDICTED
    workshop = Workshop.of("auto")
    if fastest:
        yield f"{'as files, median of 5':<50}{'fps':>8}{'of best':>9}"
    for name, changes in fastest.items():
        yield from _ways(workshop, name, changes)
    yield f"\n{'median of 5':<34}{'predicted':>11}{'measured':>10}{'off':>6}"
    for name, changes in foretold.items():
        yield from _errors(workshop, name, changes)


def _ways(workshop: Workshop, name: str, changes: tuple[str, ...]) -> Iterator[str]:
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
        "as planned, default threads": (planned, everywhere),
    }
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, (plan, threads) in ways.items():
            rates[way].append(_run(name, changes, _options(workshop, plan, threads)).fps)
    medians = {way: median(found) for way, found in rates.items()}
    best = max(medians.values())
    for way, fps in medians.items():
        verdict = _verdict(fps >= (1 - SLOWER) * best) if way == "as planned" else ""
        yield f"{f'{name}: {way}':<50}{fps:8.1f}{fps / best:9.0%}  {verdict}".rstrip()


def _errors(workshop: Workshop, name: str, changes: tuple[str, ...]) -> Iterator[str]:
    """Yields relative errors of medians: prediction and run take turns."""
    predicted, measured = list[dict[str, float]](), list[dict[str, float]]()
    graph = _load(name, changes)
    for _ in range(ROUNDS):
        forecast = workshop.forecast(graph, _costs(workshop, name, changes))
        predicted.append(_numbers(forecast.prediction))
        options = _options(workshop, forecast.plan, forecast.threads, forecast.placement)
        measured.append(_numbers(_run(name, changes, options)))
    for what in predicted[0]:
        foretold, found = (median(run[what] for run in runs) for runs in (predicted, measured))
        if found >= NOTABLE_MS:
            off = foretold / found - 1
            yield f"{f'{name}: {what}':<34}{foretold:11.1f}{found:10.1f}{off:+6.0%}  {_verdict(abs(off) <= OFF)}"


def _verdict(held: bool) -> str:  # noqa: FBT001 - the bar is held or not
    return "pass" if held else "MISS"


def _numbers(seen: Prediction) -> dict[str, float]:
    return {"fps": seen.fps, "age p50": seen.age_ms, **seen.node_ms}


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


def _options(workshop: Workshop, plan: Plan, threads: Threads, placement: Placement | None = None) -> Options:
    cores = workshop.here.cores
    return Options(
        frames=FRAMES, cores=cores, threads=threads, plan=plan, placement=placement or Placement(), measured_frames=0
    )  # fmt: skip


def _run(name: str, changes: tuple[str, ...], options: Options) -> Prediction:
    """Returns what a run did."""
    limit_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder, closing(ModelStore(options.threads)) as models:
        ends = trial_ends(_load(name, changes), Path(folder))

        def make(options: Options, main: Any) -> Engine:
            return Engine(_load(name, changes, ends), models, main, options)

        seen = observed(make, options, LIMIT_S)
    if seen is None:
        raise ConfigurationError(f"{name} is too slow here to be measured in {LIMIT_S:g} s")
    return seen

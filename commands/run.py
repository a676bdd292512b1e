"""`run` and `swap`: a graph, from its file to its last frame."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.common import GraphName, LogFile, Sets, Verbose, graph_file, node_table, start_log
from commands.execution import (
    Batch,
    InferenceThreads,
    Memory,
    Profile,
    Providers,
    batch_overrides,
    key_overrides,
)
from runtime.codes import Code
from runtime.errors import ConfigurationError
from runtime.rendering import Style, render

if TYPE_CHECKING:
    from runtime.graph import Graph
    from runtime.vitals import VitalSigns

Face = Annotated[str | None, typer.Option("-s", "--source", help="Picture of the face to put on.")]
Target = Annotated[str | None, typer.Option("-t", "--target", help="Camera, video or picture to put it on.")]
Output = Annotated[str | None, typer.Option("-o", "--output", help="File to write, or window, or null:")]
Simulate = Annotated[
    str | None,
    typer.Option("--simulate", help="Rehearse on a made-up machine: thermal=serious,memory=warn; or thermal=fair@10s."),
]
Monitoring = Annotated[
    bool,
    typer.Option("--enable-monitoring", help="Say every 5 s how the machine is, and keep that for --metrics."),
]
MetricsFile = Annotated[Path | None, typer.Option("--metrics", help="Write counters and timings to this JSON file.")]


def run(
    graph: GraphName = "live_balanced",
    sets: Sets = None,
    source: Face = None,
    target: Target = None,
    output: Output = None,
    provider: Providers = None,
    profile: Profile = None,
    batch: Batch = None,
    memory: Memory = None,
    threads: InferenceThreads = 0,
    frames: Annotated[int | None, typer.Option(min=1, help="End after this many admitted frames.")] = None,
    duration: Annotated[float | None, typer.Option(min=0.1, help="End after this many seconds.")] = None,
    metrics: MetricsFile = None,
    simulate: Simulate = None,
    enable_monitoring: Monitoring = False,
    log: LogFile = None,
    verbose: Verbose = 0,
) -> None:
    """Runs a graph until its source ends, or until Ctrl-C."""
    from runtime.loading import check_file
    from runtime.overrides import parse_overrides
    from runtime.shortcuts import End

    start_log(verbose, log)
    ends = [End(flag, value) for flag, value in (("-s", source), ("-t", target), ("-o", output)) if value is not None]
    overrides = [*parse_overrides(sets or ()), *key_overrides(profile, provider, memory)]
    checked = check_file(graph_file(graph), node_table(), overrides, ends)
    if more := batch_overrides(checked.unwrap(), batch):
        checked = check_file(graph_file(graph), node_table(), [*overrides, *more], ends)
    loaded = checked.unwrap()
    for warning in checked.diagnostics:
        if warning.code is Code.RAW_SINK:
            continue  # somebody wrote `raw: true`; `check` reminds of what that means
        print(render(warning, Style.of(sys.stderr)), file=sys.stderr)
    if metrics is not None:
        _check_metrics_file(metrics, loaded)
    signs = _signs(simulate)
    raise typer.Exit(_run(loaded, frames, duration, metrics, threads, signs, monitors=enable_monitoring))


def swap(
    source: Annotated[Path, typer.Option("-s", "--source", help="Picture of the face to put on.")],
    target: Annotated[str, typer.Option("-t", "--target", help="Video or picture to put it on.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write.")],
    sets: Sets = None,
    provider: Providers = None,
    profile: Profile = None,
    batch: Batch = None,
    memory: Memory = None,
    threads: InferenceThreads = 0,
    metrics: MetricsFile = None,
    log: LogFile = None,
    verbose: Verbose = 0,
) -> None:
    """Swaps a face in a file: runs the graph swap_image or swap_video."""
    from nodes.source.image import IMAGE_SUFFIXES

    if target == "auto" or target.startswith("camera:"):
        raise ConfigurationError(f"-t {target}: a camera has no end; use dlc.py run live_balanced -t {target}")
    name = "swap_image" if Path(target).suffix.lower() in IMAGE_SUFFIXES else "swap_video"
    run(
        name,
        sets,
        str(source),
        target,
        str(output),
        provider,
        profile,
        batch,
        memory,
        threads,
        metrics=metrics,
        log=log,
        verbose=verbose,
    )


def _signs(simulate: str | None) -> VitalSigns:
    from runtime.clock import SystemClock
    from runtime.simulated import simulated
    from runtime.vitals import system_signs

    return system_signs() if simulate is None else simulated(simulate, SystemClock())


def _run(
    graph: Graph, frames: int | None, duration: float | None, metrics: Path | None, inference: int, signs: VitalSigns,
    *, monitors: bool,
) -> int:  # fmt: skip
    from commands.planning import Workshop, limit_threads
    from models.session import ModelStore
    from runtime.console import run_here
    from runtime.engine import Engine
    from runtime.mainthread import MainThreadService
    from runtime.options import Options

    workshop = Workshop.of(graph.profile)
    placement, threads, cores = workshop.settings_for(graph, inference)
    limit_threads(threads)
    main_thread = MainThreadService()
    options = Options(frames=frames, cores=cores, threads=threads, signs=signs, monitors=monitors, placement=placement)
    with closing(ModelStore(threads, strict_device=graph.strict_device, aside=graph.mode == "live")) as models:
        engine = Engine(graph, models, main_thread, options)
        code = run_here(engine, main_thread, duration=duration, metrics_file=metrics, monitors=monitors)
    if engine.costs.nodes:
        workshop.costs.put(workshop.key(graph), engine.costs)
    return code


def _check_metrics_file(file: Path, graph: Graph) -> None:
    if not file.absolute().parent.is_dir() or file.is_dir():
        raise ConfigurationError(f"--metrics {file}: is no name for a file in a folder that exists")
    if file.exists() and any(file.samefile(other) for other in graph.files("source", "node", "sink")):
        raise ConfigurationError(f"--metrics {file}: the graph uses this file; choose another name")

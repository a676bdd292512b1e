"""`run` and `swap`: a graph, from its file to its last frame."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.common import GraphName, LogFile, Sets, Verbose, graph_file, node_table, start_log
from commands.execution import Providers, device_override
from runtime.codes import Code
from runtime.errors import ConfigurationError
from runtime.rendering import Style, render

if TYPE_CHECKING:
    from runtime.graph import Graph

Face = Annotated[str | None, typer.Option("-s", "--source", help="Picture of the face to put on.")]
Target = Annotated[str | None, typer.Option("-t", "--target", help="Camera, video or picture to put it on.")]
Output = Annotated[str | None, typer.Option("-o", "--output", help="File to write, or window, or null:")]
MetricsFile = Annotated[Path | None, typer.Option("--metrics", help="Write counters and timings to this JSON file.")]


def run(
    graph: GraphName = "live_balanced",
    sets: Sets = None,
    source: Face = None,
    target: Target = None,
    output: Output = None,
    provider: Providers = None,
    frames: Annotated[int | None, typer.Option(min=1, help="End after this many admitted frames.")] = None,
    duration: Annotated[float | None, typer.Option(min=0.1, help="End after this many seconds.")] = None,
    metrics: MetricsFile = None,
    log: LogFile = None,
    verbose: Verbose = 0,
) -> None:
    """Runs a graph until its source ends, or until Ctrl-C."""
    from runtime.loading import check_file
    from runtime.overrides import parse_overrides
    from runtime.shortcuts import End

    start_log(verbose, log)
    ends = [End(flag, value) for flag, value in (("-s", source), ("-t", target), ("-o", output)) if value is not None]
    checked = check_file(
        graph_file(graph), node_table(), [*parse_overrides(sets or ()), *device_override(provider)], ends
    )
    loaded = checked.unwrap()
    for warning in checked.diagnostics:
        if warning.code is Code.RAW_SINK:
            continue  # somebody wrote `raw: true`; `check` reminds of what that means
        print(render(warning, Style.of(sys.stderr)), file=sys.stderr)
    if metrics is not None:
        _check_metrics_file(metrics, loaded)
    raise typer.Exit(_run(loaded, frames, duration, metrics))


def swap(
    source: Annotated[Path, typer.Option("-s", "--source", help="Picture of the face to put on.")],
    target: Annotated[str, typer.Option("-t", "--target", help="Video or picture to put it on.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write.")],
    sets: Sets = None,
    provider: Providers = None,
    metrics: MetricsFile = None,
    log: LogFile = None,
    verbose: Verbose = 0,
) -> None:
    """Swaps a face in a file: runs the graph swap_image or swap_video."""
    from nodes.source.image import IMAGE_SUFFIXES

    if target == "auto" or target.startswith("camera:"):
        raise ConfigurationError(f"-t {target}: a camera has no end; use dlc.py run live_balanced -t {target}")
    name = "swap_image" if Path(target).suffix.lower() in IMAGE_SUFFIXES else "swap_video"
    run(name, sets, str(source), target, str(output), provider, metrics=metrics, log=log, verbose=verbose)


def _run(graph: Graph, frames: int | None, duration: float | None, metrics: Path | None) -> int:
    import nodes
    from models.providers import devices_here
    from models.session import ModelStore
    from runtime.console import run_here
    from runtime.engine import Engine
    from runtime.mainthread import MainThreadService
    from runtime.options import Options
    from runtime.placing import place_by_rule
    from runtime.threads import Threads

    cores = os.cpu_count() or 1
    threads = Threads.for_cores(cores)
    nodes.limit_threads(threads)
    sys.setswitchinterval(0.0005)  # a busy Python thread may hold a stage up for 0.5 ms instead of 5
    main_thread = MainThreadService()
    placement = place_by_rule(graph, devices_here())
    options = Options(frames=frames, cores=cores, threads=threads, placement=placement)
    with closing(ModelStore(threads, strict_device=graph.strict_device, aside=graph.mode == "live")) as models:
        engine = Engine(graph, models, main_thread, options)
        return run_here(engine, main_thread, duration=duration, metrics_file=metrics)


def _check_metrics_file(file: Path, graph: Graph) -> None:
    if not file.absolute().parent.is_dir() or file.is_dir():
        raise ConfigurationError(f"--metrics {file}: is no name for a file in a folder that exists")
    if file.exists() and any(file.samefile(other) for other in graph.files("source", "node", "sink")):
        raise ConfigurationError(f"--metrics {file}: the graph uses this file; choose another name")

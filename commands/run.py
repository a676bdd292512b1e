"""`run` and `swap`: a graph, from its file to its last frame."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.common import GraphName, LogFile, Sets, Verbose, log_into, start_log
from commands.dashboard import Inline, on_terminal, run_in_dashboard
from commands.execution import Batch, InferenceThreads, Memory, Profile, Providers
from runtime.errors import ConfigurationError
from runtime.rendering import Style, render

if TYPE_CHECKING:
    from runtime.graph import Graph
    from runtime.program import Job
    from runtime.recipe import Recipe

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
    no_tui: Annotated[bool, typer.Option("--no-tui", help="No dashboard on a terminal: one line of progress.")] = False,
    inline: Inline = False,
    control: Annotated[str | None, typer.Option(help="Name under which `attach` finds this engine.")] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Read the graph file again whenever it, or a plug-in of it, changes.")
    ] = False,
) -> None:
    """Runs a graph until its source ends, or until Ctrl-C."""
    from commands.serving import checked_graph, recipe_of
    from runtime.program import Job
    from runtime.terminal import terminal_settings

    start_log(verbose)
    in_dashboard = not no_tui and on_terminal()
    job = Job(
        graph, tuple(sets or ()), source, target, output, provider, frames, duration, metrics and str(metrics),
        log and str(log), verbose, control, watch, simulate, enable_monitoring,
        terminal_settings(0) if in_dashboard else (), profile, batch, memory, threads,
    )  # fmt: skip

    def check() -> tuple[Recipe, Graph]:
        recipe = recipe_of(job)
        checked, warnings = checked_graph(recipe, job)
        if log is not None:
            log_into(log)
        for warning in warnings:
            print(render(warning, Style.of(sys.stderr)), file=sys.stderr)
        return recipe, checked

    if in_dashboard:
        raise typer.Exit(run_in_dashboard(job, check, inline=inline))
    raise typer.Exit(_run_here(job, *check()))


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
        name, sets, str(source), target, str(output), provider, profile, batch, memory, threads,
        metrics=metrics, log=log, verbose=verbose, no_tui=True,
    )  # fmt: skip


def _run_here(job: Job, recipe: Recipe, graph: Graph) -> int:
    """Runs a graph in this process; with a desk where others may look at it or its file is watched."""
    from commands.serving import program_of
    from runtime.attended import LINGER_S, attended, make_desk
    from runtime.console import run_here
    from runtime.host import Host
    from runtime.mainthread import MainThreadService

    main = MainThreadService()
    with contextlib.ExitStack() as stack:
        program = stack.enter_context(contextlib.closing(program_of(job, recipe, graph)))
        if job.control is None and not job.watch:
            engine = program.build(main, lambda *_: None)
        else:
            desk = make_desk(program)
            host = Host(desk)
            stack.callback(host.close, LINGER_S)
            stack.enter_context(attended(host, desk, program, job.control, watch=job.watch))
            engine = program.build(main, desk.is_loading)
            desk.attach(engine)
        return run_here(engine, main, duration=job.duration, metrics_file=program.metrics, monitors=job.monitors)

#!/usr/bin/env python3
"""The command line of dlc: reads arguments, puts the parts together, and turns errors into exit codes."""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # the imports below take most of a second: no traceback from among them

import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

import nodes
from models.session import ModelStore
from nodes.source.image import IMAGE_SUFFIXES
from runtime.console import INTERRUPTED, run_here
from runtime.engine import Engine, Options
from runtime.errors import ConfigurationError, DlcError
from runtime.graph import Graph
from runtime.loading import load_graph
from runtime.mainthread import MainThreadService
from runtime.node import Threads
from runtime.overrides import Override
from runtime.shortcuts import shortcut
from runtime.signature import spec_of
from runtime.table import NodeTable

GRAPHS = Path(__file__).parent / "graphs"

app = typer.Typer(
    help="Live face swapping as a dataflow graph.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Sets = Annotated[list[str] | None, typer.Option("--set", help="Replace a value: node.setting=value or key=value.")]
Face = Annotated[str | None, typer.Option("-s", "--source", help="Picture of the face to put on.")]
Target = Annotated[str | None, typer.Option("-t", "--target", help="Camera, video or picture to put it on.")]
Output = Annotated[str | None, typer.Option("-o", "--output", help="File to write, or window, or null:")]
MetricsFile = Annotated[Path | None, typer.Option("--metrics", help="Write counters and timings to this JSON file.")]
Verbose = Annotated[int, typer.Option("-v", count=True, help="Say more; twice: with tracebacks.")]


@app.command()
def run(
    graph: Annotated[str, typer.Argument(help="A graph file, or the name of a shipped graph.")],
    sets: Sets = None,
    source: Face = None,
    target: Target = None,
    output: Output = None,
    frames: Annotated[int | None, typer.Option(min=1, help="End after this many admitted frames.")] = None,
    duration: Annotated[float | None, typer.Option(min=0.1, help="End after this many seconds.")] = None,
    metrics: MetricsFile = None,
    verbose: Verbose = 0,
) -> None:
    """Runs a graph until its source ends, or until Ctrl-C."""
    _start_log(verbose)
    table = _table()
    file = _graph_file(graph)
    overrides = [Override.parse(text) for text in sets or ()]
    flags = {"-s": source, "-t": target, "-o": output}
    if any(value is not None for value in flags.values()):
        plain = load_graph(file, table, overrides)
        overrides += [shortcut(flag, value, plain) for flag, value in flags.items() if value is not None]
    loaded = load_graph(file, table, overrides)
    if metrics is not None:
        _check_metrics_file(metrics, loaded)
    raise typer.Exit(_run(loaded, frames, duration, metrics))


@app.command()
def swap(
    source: Annotated[Path, typer.Option("-s", "--source", help="Picture of the face to put on.")],
    target: Annotated[Path, typer.Option("-t", "--target", help="Video or picture to put it on.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write.")],
    sets: Sets = None,
    metrics: MetricsFile = None,
    verbose: Verbose = 0,
) -> None:
    """Swaps a face in a file: runs the graph swap_image or swap_video."""
    name = "swap_image" if target.suffix.lower() in IMAGE_SUFFIXES else "swap_video"
    run(name, sets, str(source), str(target), str(output), metrics=metrics, verbose=verbose)


@app.command()
def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help="Of: engine, pictures, graphs, likeness. All by default.")
    ] = None,
) -> None:
    """Measures the figures that dlc is built to hold, on this machine."""
    from bench import graphs, likeness, overhead, pictures  # noqa: PLC0415 - only this command needs them

    parts = {
        "engine": overhead.measure,
        "pictures": pictures.measure,
        "graphs": graphs.measure,
        "likeness": likeness.measure,
    }
    unknown = set(names or ()) - parts.keys()
    if unknown:
        raise ConfigurationError(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(parts)}")
    for name in names or parts:
        for figure in parts[name]():
            print(figure.line(), flush=True)


def _run(graph: Graph, frames: int | None, duration: float | None, metrics: Path | None) -> int:
    cores = os.cpu_count() or 1
    threads = Threads.for_cores(cores)
    nodes.limit_threads(threads)
    sys.setswitchinterval(0.0005)  # a busy Python thread may hold a stage up for 0.5 ms instead of 5
    main_thread = MainThreadService()
    options = Options(frames=frames, cores=cores, threads=threads)
    engine = Engine(graph, ModelStore(threads), main_thread, options)
    return run_here(engine, main_thread, duration=duration, metrics_file=metrics)


def _check_metrics_file(file: Path, graph: Graph) -> None:
    if not file.absolute().parent.is_dir() or file.is_dir():
        raise ConfigurationError(f"--metrics {file}: is no name for a file in a folder that exists")
    if file.exists() and any(file.samefile(other) for other in graph.files("source", "node", "sink")):
        raise ConfigurationError(f"--metrics {file}: the graph uses this file; choose another name")


def _table() -> NodeTable:
    return NodeTable(spec_of(definition) for definition in nodes.DEFINITIONS).with_entry_points()


def _graph_file(graph: str) -> Path:
    """Returns the file that a path or a bare name stands for."""
    for file in (Path(graph), GRAPHS / f"{graph}.yaml"):
        if file.is_file():
            return file
    shipped = ", ".join(sorted(file.stem for file in GRAPHS.glob("*.yaml")))
    raise ConfigurationError(f"there is no graph {graph!r}: give a file, or one of {shipped}")


def _start_log(verbose: int) -> None:
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    clear = "\r\x1b[K" if sys.stderr and sys.stderr.isatty() else ""  # a progress line may stand there
    logging.basicConfig(level=logging.WARNING, format=f"{clear}%(message)s")
    logging.getLogger("dlc").setLevel(level)


def main() -> None:
    """Runs the command line; exit codes: 0 done, 1 failed, 2 wrong graph or arguments, 130 interrupted."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except DlcError as error:
        if logging.getLogger("dlc").isEnabledFor(logging.DEBUG):
            traceback.print_exc()
        print(_marked(str(error)), file=sys.stderr)
        sys.exit(error.exit_code)


def _marked(message: str) -> str:
    return message if "error[" in message else f"error: {message}"


if __name__ == "__main__":
    main()

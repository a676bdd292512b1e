"""What several commands share: the options that they have in common, and how they find graphs and node types."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from runtime.codes import Code
from runtime.diagnostics import Diagnostic, shortened
from runtime.errors import ConfigurationError, GraphError
from runtime.spelling import near

if TYPE_CHECKING:
    from runtime.table import Fault, NodeTable

GRAPHS = Path(__file__).parents[1] / "graphs"
"""The folder of the shipped graphs."""


def shipped_graphs() -> dict[str, Path]:
    """Returns the shipped graphs by name."""
    return {file.stem: file for file in sorted(GRAPHS.glob("*.yaml"))}


def complete_graph(incomplete: str) -> list[str]:
    """Returns the shipped graphs whose names begin like this; shells complete file names by themselves."""
    return [name for name in shipped_graphs() if name.startswith(incomplete)]


GraphName = Annotated[
    str, typer.Argument(help="A graph file, or the name of a shipped graph.", autocompletion=complete_graph)
]
Sets = Annotated[list[str] | None, typer.Option("--set", help="Replace a value: node.setting=value or key=value.")]
LogFile = Annotated[Path | None, typer.Option("--log", help="Append everything that is logged to this file.")]
Plugins = Annotated[list[Path] | None, typer.Option("--plugin", help="Python file with further node types.")]
Format = Annotated[Literal["text", "json"], typer.Option("--format", help="For people, or for programs.")]
Verbose = Annotated[int, typer.Option("-v", count=True, help="Say more; twice: with tracebacks.")]


def node_table(plugins: Iterable[Path] = (), *, runs: bool = True) -> NodeTable:
    """Returns the node types of dlc, of installed packages, and of plug-in files.

    Graphs that name models or devices which are not here are refused, unless they are only looked at (`runs` is False).
    """
    import nodes
    from models.store import Store
    from runtime.signature import spec_of
    from runtime.table import NodeTable

    specs = [spec_of(definition) for definition in nodes.DEFINITIONS]
    table = NodeTable(specs, Store().lacking, _unfit) if runs else NodeTable(specs, unfit=_unknown)
    return table.with_entry_points().with_files(plugins)


def _unfit(device: str) -> Fault | None:
    """Tells what keeps a device from being used; ONNX Runtime is asked only where a graph names one."""
    from models.providers import unfit

    return unfit(device)


def _unknown(device: str) -> Fault | None:
    """Tells what is wrong with a device that exists nowhere."""
    fault = _unfit(device)
    return None if fault is None or fault.exists else fault


def graph_file(graph: str) -> Path:
    """Returns the file that a path or a bare name stands for; raises `GraphError`."""
    from runtime.settings import is_file

    shipped = shipped_graphs()
    if is_file(file := Path(graph)):
        return file
    if graph in shipped:
        return shipped[graph]
    here = [str(other) for other in Path().glob("*.yaml")]
    message = f"{graph} is a folder" if file.is_dir() else f"there is no graph {shortened(graph)!r}"
    help_text = near(graph, [*here, *shipped]) or f"give a file, or one of {', '.join(shipped)}"
    raise GraphError([Diagnostic(Code.UNREADABLE, message, help=help_text)])


def check_new_file(flag: str, file: Path) -> None:
    """Raises `ConfigurationError` where a flag names what cannot become a file, so that no work is lost at the end."""
    if not file.absolute().parent.is_dir() or file.is_dir():
        raise ConfigurationError(f"{flag} {file}: is no name for a file in a folder that exists")


def complete_node_type(incomplete: str) -> list[str]:
    """Returns the node types whose names begin like this."""
    return [name for name in node_table() if name.startswith(incomplete)]


LOG_FORMAT = "%(asctime)s %(levelname)s %(threadName)s: %(message)s"
"""How lines of a log file look."""


def start_log(verbose: int) -> None:
    """Sends the log to standard error: warnings, with -v what happens, with -vv everything."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    clear = "\r\x1b[K" if sys.stderr and sys.stderr.isatty() else ""  # a progress line may stand there
    console = logging.StreamHandler()
    console.setLevel(level)
    console.setFormatter(logging.Formatter(f"{clear}%(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[console])
    logging.getLogger("dlc").setLevel(level)


def log_into(file: Path) -> None:
    """Adds everything to a file as well; raises `ConfigurationError` where it cannot be written."""
    try:
        handler = logging.FileHandler(file, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"--log {file}: cannot be written: {error.strerror}; choose another name") from error
    handler.setFormatter(logging.Formatter(LOG_FORMAT))
    logging.getLogger().addHandler(handler)
    logging.getLogger("dlc").setLevel(logging.DEBUG)

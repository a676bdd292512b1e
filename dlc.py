#!/usr/bin/env python3
"""The command line of dlc: puts the commands together, and turns errors into exit codes."""

from __future__ import annotations

import os
import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # imports take half a second: no traceback from among them
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # ONNX Runtime 1.32 notes its uses in the user's folder otherwise

import logging
import sys
from typing import Annotated

import typer

from commands import bench, faces, models
from commands.check import check, explain
from commands.dashboard import attach
from commands.doctor import doctor
from commands.graphs import graphs, new
from commands.nodes import nodes, schema
from commands.plan import calibrate, plan
from commands.provenance import provenance
from commands.run import run, swap
from commands.show import show
from runtime.errors import DlcError, GraphError
from runtime.rendering import Style, report
from runtime.version import VERSION

app = typer.Typer(
    help="Live face swapping as a dataflow graph.",
    add_completion=not sys.argv[0].endswith(".py"),  # shells complete the words after `dlc`, not those after `python`
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def dlc(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Live face swapping as a dataflow graph."""
    if version:
        print(f"dlc {VERSION}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


for command in (
    run, swap, attach, plan, calibrate, check, explain, show, graphs, new, nodes, schema, provenance, doctor
):  # fmt: skip
    app.command()(command)
app.add_typer(bench.app, name="bench")
app.add_typer(faces.app, name="faces")
app.add_typer(models.app, name="models")


def main() -> None:
    """Runs the command line; exit codes: 0 done, 1 failed, 2 wrong graph or arguments, 130 interrupted."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except DlcError as error:
        logging.getLogger("dlc").debug("where it failed:", exc_info=True)  # for -vv and the log file
        print(_shown(error), file=sys.stderr)
        sys.exit(error.exit_code)


def _shown(error: DlcError) -> str:
    if isinstance(error, GraphError):
        return report(error.diagnostics, Style.of(sys.stderr))
    return f"error: {error}"


if __name__ == "__main__":
    main()

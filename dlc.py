#!/usr/bin/env python3
"""The command line of dlc: puts the commands together, and turns errors into exit codes."""

from __future__ import annotations

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # imports take half a second: no traceback from among them

import logging
import sys
import traceback

import typer

from commands import bench
from commands.run import run, swap
from runtime.errors import DlcError

app = typer.Typer(
    help="Live face swapping as a dataflow graph.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (run, swap):
    app.command()(command)
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Runs the command line; exit codes: 0 done, 1 failed, 2 wrong graph or arguments, 130 interrupted."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except DlcError as error:
        if logging.getLogger("dlc").isEnabledFor(logging.DEBUG):
            traceback.print_exc()
        print(_marked(str(error)), file=sys.stderr)
        sys.exit(error.exit_code)


def _marked(message: str) -> str:
    return message if "error[" in message else f"error: {message}"


if __name__ == "__main__":
    main()

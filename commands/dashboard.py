"""`attach`, and the dashboard of `run`: the terminal's side of an engine that runs elsewhere."""

from __future__ import annotations

import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from runtime.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from runtime.program import Job
    from runtime.view import Link

Inline = Annotated[bool, typer.Option("--inline", help="Ten lines below the prompt instead of the whole terminal.")]


def attach(
    name: Annotated[str | None, typer.Argument(help="What the engine was called with --control.")] = None,
    inline: Inline = False,
) -> None:
    """Opens the dashboard of an engine that was started with `run GRAPH --control NAME --no-tui`."""
    from runtime.control import connected, running
    from runtime.link import Onlooker, WireLink

    if not on_terminal():
        raise ConfigurationError("attach needs a terminal to draw on")
    names = running()
    if name is None and len(names) != 1:
        there = f"several engines run: name one of {', '.join(names)}" if names else "no engine can be attached to"
        raise ConfigurationError(f"{there}; one is started with: dlc.py run GRAPH --control NAME --no-tui")
    with connected(name or names[0]) as wire, contextlib.closing(WireLink(wire)) as link:
        code = _show(Onlooker(link), inline=inline)
    raise typer.Exit(code)


def on_terminal() -> bool:
    """Returns whether there is a terminal to read keys from and to draw on."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def run_in_dashboard(job: Job, check: Callable[[], object], *, inline: bool) -> int:
    """Runs a job in a process of its own and shows it; returns the exit code.

    Args:
        job: what to run.
        check: raises `ConfigurationError` when it cannot be run; the process starts meanwhile.
        inline: ten lines instead of the whole terminal.
    """
    from commands.serving import PROGRAM
    from runtime.engine_process import EngineProcess

    with contextlib.closing(EngineProcess(PROGRAM, Path(job.log) if job.log else None)) as process:
        check()
        code = _show(process.begin(job), inline=inline)
        end = process.finish()
    for text in filter(None, (end.report, end.error)):
        print(text, file=sys.stderr)
    return code if code == 128 + signal.SIGINT else end.code


def _show(link: Link, *, inline: bool) -> int:
    """Shows the dashboard until it ends, and leaves the terminal as it was, whatever happens."""
    from runtime.terminal import restore_terminal, terminal_settings
    from runtime.tui import run_dashboard

    file = sys.stdin.fileno()
    settings = terminal_settings(file)
    in_order = False
    try:
        with _endings():
            code = run_dashboard(link, inline=inline)
        in_order = True
    finally:
        restore_terminal(file, settings, screen=not in_order)
    if code in [128 + number for number in _endings_here()]:
        sys.exit(code)  # nobody waits for the engine's last words
    return code


@contextlib.contextmanager
def _endings() -> Iterator[None]:
    """Has the signals that end a process unwind the dashboard, so that the terminal and the engine are seen to."""
    before = {number: signal.signal(number, _unwind) for number in _endings_here()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _endings_here() -> list[int]:
    from runtime.tui.signals import ENDINGS

    return [getattr(signal, name) for name in ENDINGS if hasattr(signal, name)]


def _unwind(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - a signal handler's signature
    sys.exit(128 + number)

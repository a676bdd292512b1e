"""Runs an engine in this process for somebody at a console: progress, Ctrl-C, a time limit, the closing table."""

from __future__ import annotations

import contextlib
import functools
import gc
import io
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Self, TextIO, cast

from rich.console import Console as Screen
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from runtime import metrics
from runtime.clock import SECOND
from runtime.engine import Engine
from runtime.errors import DlcError
from runtime.mainthread import MainThreadService
from runtime.qos import Quality, set_quality
from runtime.report import closing_table, machine_line, progress_line

ENDINGS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
"""Signals that end a run in order."""

REDRAW_S = 0.25
PRINT_S = 5.0
"""How often the progress line changes on a terminal, and how often one is printed elsewhere."""


class Patient(io.TextIOBase):
    """Text output that goes on when whoever read it has gone (a closed pipe or terminal)."""

    def __init__(self, out: TextIO | None) -> None:
        self._out = out

    def write(self, text: str) -> int:
        """Writes if it can."""
        with contextlib.suppress(OSError, ValueError):
            if self._out:
                self._out.write(text)
        return len(text)

    def flush(self) -> None:
        """Flushes if it can."""
        with contextlib.suppress(OSError, ValueError):
            if self._out:
                self._out.flush()

    def isatty(self) -> bool:
        """Returns whether it is a terminal."""
        return self._out is not None and self._out.isatty()


def run_here(
    engine: Engine, main: MainThreadService, *, duration: float | None = None, metrics_file: Path | None = None,
    monitors: bool = False, out: TextIO | None = None, progress: bool = True,
    leave: Callable[[int], object] = os._exit,
) -> int:  # fmt: skip
    """Runs a graph to its end on the process's main thread.

    Args:
        engine: not yet started.
        main: serves this thread.
        duration: seconds after the first frame at which to end, or None.
        metrics_file: where to write metrics at the end, or None.
        monitors: whether every few seconds a line says how the machine is.
        out: where progress goes; standard error by default. That nobody reads it any more does not end a run.
        progress: whether to show progress; the closing table comes in any case.
        leave: ends the process with an exit code where a call that never returns would keep it from ending.

    Returns:
        0, or 128 and the signal's number when one ended it (Ctrl-C: 130).

    Raises:
        DlcError: what the run failed with.
    """
    screen = Patient(out or sys.stderr)
    total = engine.info.frame_count if engine.graph.mode == "file" else None
    with _Interrupts(engine, screen) as interrupts:
        engine.start()
        gc.collect()
        gc.freeze()
        show = _progress(screen, total, monitors=monitors) if progress else _nothing
        watch = threading.Thread(target=_watch, args=(engine, show, duration), name="dlc-console")
        watch.start()
        try:
            main.serve(engine.ended)
        finally:
            engine.stop()
            watch.join()
            gc.unfreeze()
    try:
        _report(engine, metrics_file, screen)
        engine.close()
        code = interrupts.exit_code
    except DlcError as error:
        if not engine.hung:
            raise
        print(f"error: {error}", file=screen, flush=True)
        code = error.exit_code
    if engine.hung:
        screen.flush()
        leave(code)
    return code


def _report(engine: Engine, metrics_file: Path | None, out: Patient) -> None:
    """Prints the closing table and writes the metrics; says so when that file cannot be written."""
    snapshot = engine.snapshot()
    collected = metrics.collect(snapshot, engine.graph)
    if snapshot.run.frames_admitted:
        print(closing_table(snapshot, collected), file=out)
    if metrics_file:
        try:
            metrics.write(collected, metrics_file)
        except OSError as error:
            print(f"cannot write the metrics to {metrics_file}: {error.strerror or error}", file=out)


def _nothing(_engine: Engine | None) -> None:
    """Shows no progress."""


def _watch(engine: Engine, show: Callable[[Engine | None], None], duration: float | None) -> None:
    """Ends the run when its time is up, and shows progress meanwhile."""
    set_quality(Quality.BACKGROUND)
    while not engine.ended.wait(REDRAW_S if duration is None else min(REDRAW_S, _left(engine, duration))):
        if duration is not None and _left(engine, duration) <= 0.001:
            engine.stop()
            engine.ended.wait()
            break
        show(engine)
    show(None)


def _left(engine: Engine, duration: float) -> float:
    first = engine.feed.first_offer
    passed = 0.0 if first is None else (engine.clock.now() - first) / SECOND
    return max(0.0, duration - passed)


def _progress(out: Patient, total: int | None, *, monitors: bool) -> Callable[[Engine | None], None]:
    """Returns what shows progress; it is called about four times a second, and with None at the end."""
    if monitors or not out.isatty():
        return _Lines(out, total, monitors=monitors).show
    return _Bar(out, total).show if total else _Line(out).show


class _Lines:
    """A line every few seconds, for logs."""

    def __init__(self, out: Patient, total: int | None, *, monitors: bool) -> None:
        self._out = out
        self._total = total
        self._monitors = monitors
        self._next_s = PRINT_S

    def show(self, engine: Engine | None) -> None:
        snapshot = engine.snapshot() if engine else None
        if snapshot and snapshot.run.wall_s >= self._next_s:
            self._next_s = snapshot.run.wall_s + PRINT_S
            print(progress_line(snapshot, self._total), file=self._out, flush=True)
            if self._monitors:
                print(machine_line(snapshot), file=self._out, flush=True)


class _Line:
    """One line that is written over."""

    def __init__(self, out: Patient) -> None:
        self._out = out

    def show(self, engine: Engine | None) -> None:
        text = f"\r{progress_line(engine.snapshot()):<80}" if engine else "\r" + " " * 80 + "\r"
        self._out.write(text)
        self._out.flush()


class _Bar:
    """A bar with the time that is left."""

    def __init__(self, out: Patient, total: int | None) -> None:
        columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Screen(file=cast("TextIO", out)), transient=True)
        self._task = self._bar.add_task("", total=total, rate="")
        self._bar.start()

    def show(self, engine: Engine | None) -> None:
        if engine is None:
            self._bar.stop()
        else:
            run = engine.snapshot().run
            self._bar.update(self._task, completed=run.frames_presented, rate=f"{run.fps:.0f} fps")


class _Interrupts:
    """The first Ctrl-C ends the run in order, the second one at once; SIGTERM likewise."""

    def __init__(self, engine: Engine, out: Patient) -> None:
        self.exit_code = 0
        self._engine = engine
        self._out = out
        self._before: dict[int, Any] = {}
        self._messenger: threading.Thread | None = None

    def __enter__(self) -> Self:
        for number in ENDINGS:
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._messenger:
            self._messenger.join()

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler's signature
        if self._messenger:
            os._exit(self.exit_code)
        self.exit_code = 128 + number
        # The engine takes locks that the interrupted thread may hold: a thread of its own tells it.
        self._messenger = threading.Thread(
            target=functools.partial(self._engine.stop, partial=True), name="dlc-interrupt"
        )
        self._messenger.start()
        hint = "; press Ctrl-C again to end at once" if number == signal.SIGINT else ""
        print(f"\nending{hint}", file=self._out, flush=True)

"""The engine's process: `python -m runtime.serve ENTRY CONNECTION`, started by whoever shows the dashboard.

Its main thread is free for windows and cameras. It ends with its run; and when the other side is gone, it ends its run
in order. `ENTRY` is `module:function`, which makes a `Program` of a `Job`, because this package knows no node types.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator

from runtime.attended import LINGER_S, attended, make_desk
from runtime.console import run_here
from runtime.desk import Desk
from runtime.errors import DlcError
from runtime.host import Host
from runtime.link import End
from runtime.mainthread import MainThreadService
from runtime.program import Job, Program
from runtime.terminal import restore_terminal
from runtime.view import LinkClosed
from runtime.wire import Wire, welcome

TOKEN = "DLC_TOKEN"  # noqa: S105 - the name of a variable, not its value
"""Environment variable with what the other side of a local port has to know."""

START_S = 60.0
"""How long each side waits for the other to begin: it imports its libraries meanwhile, and machines may be busy."""

TERMINAL = 0
"""The file that is the parent's terminal, where it draws on one."""

log = logging.getLogger("dlc")


def main(entry: str, connection: str) -> int:
    """Runs one job; returns the exit code."""
    wire = Wire(_connected(connection))
    try:
        welcome(wire, os.environ.get(TOKEN, ""), START_S)
        job = Job.from_json(wire.receive(START_S).get("job"))
        module, _, function = entry.partition(":")
        open_program: Callable[[Job], Program] = getattr(importlib.import_module(module), function)
        program = open_program(job)
    except (LinkClosed, ValueError) as error:
        log.error("no job: %s", error)  # noqa: TRY400 - nobody asked for one
        return 1
    except DlcError as error:
        return _refuse(wire, str(error), error.exit_code)
    except Exception as error:  # a fault of ours must reach the terminal
        log.exception("the run could not be made")
        return _refuse(wire, f"{type(error).__name__}: {error}", 1)
    desk = make_desk(program)
    host = Host(desk)
    parent = host.serve(wire, None)
    try:
        with _ignored_terminal(), contextlib.closing(program):
            end = _Run(job, program, desk, host, parent).run()
        host.has_ended(end)
        if parent is not None:
            parent.join()  # whoever shows the dashboard looks at the end for as long as they like
    finally:
        host.close(LINGER_S)
    return end.code


class _Run:
    """One run in front of somebody who may go away."""

    def __init__(self, job: Job, program: Program, desk: Desk, host: Host, parent: threading.Thread | None) -> None:
        self._job = job
        self._program = program
        self._desk = desk
        self._host = host
        self._parent = parent
        self._over = threading.Event()
        self._stop: Callable[[], None] | None = None
        self._gone = False

    def run(self) -> End:
        """Runs it to its end; returns how that was."""
        out = io.StringIO()
        # A daemon, because it waits for the parent's end, which may come after ours.
        parting = threading.Thread(target=self._wait_for_parting, name="dlc-parting", daemon=True)
        parting.start()
        code, error = 0, ""
        try:
            with attended(self._host, self._desk, self._program, self._job.control, watch=self._job.watch):
                code = self._engine_run(out)
        except DlcError as raised:
            log.debug("where it failed:", exc_info=True)
            code, error = raised.exit_code, f"error: {raised}"
        except Exception as raised:  # a fault of ours must reach the terminal
            log.exception("the engine's process failed")
            code, error = 1, f"error: {type(raised).__name__}: {raised}"
        self._over.set()
        self._desk.has_failed(error)
        return End(code, out.getvalue().rstrip("\n"), error)

    def _engine_run(self, out: io.StringIO) -> int:
        service = MainThreadService()
        engine = self._program.build(service, self._desk.is_loading)
        self._stop = lambda: engine.stop(partial=True)
        self._desk.attach(engine)
        if self._gone:
            engine.stop(partial=True)
        return run_here(
            engine, service, duration=self._job.duration, out=out, progress=False,
            metrics_file=self._program.metrics, leave=lambda code: self._leave(code, out),
        )  # fmt: skip

    def _leave(self, code: int, out: io.StringIO) -> None:
        """Ends the process although a thread of it hangs, once the end has been told."""
        self._over.set()
        self._host.has_ended(End(code, out.getvalue().rstrip("\n")))
        if self._parent is not None:
            self._parent.join(LINGER_S)
        os._exit(code)

    def _wait_for_parting(self) -> None:
        """Ends the run when the other side is gone before it; puts the terminal right that they drew on."""
        if self._parent is not None:
            self._parent.join()
        if self._over.is_set():
            return
        self._gone = True
        log.warning("whoever showed the dashboard is gone; the run is ended")
        restore_terminal(TERMINAL, self._job.terminal, screen=True)
        if self._stop is not None:
            self._stop()


@contextlib.contextmanager
def _ignored_terminal() -> Iterator[None]:
    """The terminal's own signals are for whoever draws on it."""
    for name in ("SIGTSTP", "SIGTTOU", "SIGTTIN"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    yield


def _connected(connection: str) -> socket.socket:
    """Returns the socket that a number of an open file, or a `port:` of this machine, stands for."""
    if connection.startswith("port:"):
        return socket.create_connection(("127.0.0.1", int(connection.removeprefix("port:"))))
    return socket.socket(fileno=int(connection))


def _refuse(wire: Wire, why: str, code: int) -> int:
    """Tells at the first question that there is no run."""
    end = End(code, "", f"error: {why}")
    with contextlib.suppress(LinkClosed):
        wire.receive(START_S)
        wire.send({"bye": end.to_json()})
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""Starts the engine in a process of its own, for whoever shows its dashboard, and sees to its end."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
from pathlib import Path

from runtime.control import control_folder
from runtime.link import End, WireLink
from runtime.program import Job
from runtime.serve import START_S, TOKEN
from runtime.view import LinkClosed, Refused
from runtime.wire import Wire, greet

END_S = 40.0
"""How long it may take to end its run in order, before it is killed."""

DEATH_S = 5.0
"""How long a process that hung up without a word may take to be gone, so that the cause of its death is known."""

LAST_WORDS = 2000
"""Characters of what the process printed last, for when it dies."""


class EngineProcess:
    """A process that waits for a job, and then runs it. What it and its libraries print goes to a file.

    Args:
        entry: `module:function` that makes a program of a job.
        printed: the file, or None for one that is removed when all went well.
    """

    def __init__(self, entry: str, printed: Path | None = None) -> None:
        self._own = printed is None
        self._printed = printed or control_folder() / f"run-{os.getpid()}.log"
        self._token = secrets.token_hex(32)
        self._listener: socket.socket | None = None
        self._mine: socket.socket | None = None
        with self._printed.open("ab") as out:
            self._process = self._start(entry, out.fileno())
        self._link: WireLink | None = None

    def begin(self, job: Job) -> WireLink:
        """Gives it its job; returns the link to it; raises `LinkClosed` when it is gone already."""
        if self._listener is not None:
            self._listener.settimeout(START_S)
            self._mine, _ = self._listener.accept()
            self._listener.close()
        if self._mine is None:
            raise LinkClosed("the engine has a job already")
        wire = Wire(self._mine)
        greet(wire, self._token, START_S)
        wire.send({"job": job.to_json()})
        self._link = WireLink(wire)
        return self._link

    def finish(self) -> End:
        """Has it end its run, waits for that, and returns how it was; what hangs, or a second Ctrl-C, kills it."""
        try:
            end = self._parting()
        except KeyboardInterrupt:
            self._process.kill()
            end = End(128 + signal.SIGINT)
        finally:
            self.close()
        if self._own and not end.error:
            self._printed.unlink(missing_ok=True)
        return end

    def close(self) -> None:
        """Hangs up, which ends it, and waits until it is gone."""
        if self._link is not None:
            self._link.close()
        elif self._mine is not None:
            self._mine.close()
        try:
            self._process.wait(END_S)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            self._process.kill()
            self._process.wait()

    def _parting(self) -> End:
        if self._link is None:
            raise LinkClosed("the engine never had a job")
        try:
            with contextlib.suppress(Refused):  # it is ending already
                self._link.do("stop")
            return self._link.end(END_S)
        except LinkClosed as closed:
            return self._dead(closed)

    def _dead(self, closed: LinkClosed) -> End:
        """Returns how a process ended that said nothing, or said that there was no run."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(DEATH_S)
        code = self._process.returncode
        if code is None or code >= 0:
            return End(closed.exit_code, "", str(closed))
        name = signal.Signals(-code).name
        words = self._printed.read_bytes()[-LAST_WORDS:].decode(errors="replace").strip()
        said = f"; it printed last:\n{words}" if words else ""
        return End(1, "", f"error: the engine's process was ended by {name}; its log is {self._printed}{said}")

    def _start(self, entry: str, out: int) -> subprocess.Popen[bytes]:
        root = str(Path(__file__).parents[1])
        paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
        environment = {**os.environ, "PYTHONPATH": paths, TOKEN: self._token, "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "runtime.serve", entry]
        terminal = sys.stdin if sys.stdin is not None and sys.stdin.isatty() else subprocess.DEVNULL
        if sys.platform == "win32":
            self._listener = socket.create_server(("127.0.0.1", 0))
            command.append(f"port:{self._listener.getsockname()[1]}")
            flags = subprocess.CREATE_NEW_PROCESS_GROUP
            return subprocess.Popen(  # noqa: S603 - our own module
                command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, creationflags=flags
            )
        self._mine, theirs = socket.socketpair()
        try:
            return subprocess.Popen(  # noqa: S603 - our own module
                [*command, str(theirs.fileno())], env=environment, stdin=terminal, stdout=out, stderr=out,
                pass_fds=[theirs.fileno()], start_new_session=True,
            )  # fmt: skip
        finally:
            theirs.close()

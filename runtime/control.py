"""Engines that can be found by name: a socket for each in a folder that only its user can open.

On Windows, where such sockets have no owner, the file holds a local port and a random token instead.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import stat
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_runtime_path

from runtime.errors import ConfigurationError
from runtime.view import LinkClosed
from runtime.wire import Wire, greet

SUFFIX = ".sock"

CONNECT_S = 5.0

_LONGEST = 100
"""Characters of a socket's path: systems take 103 to 107 bytes."""


@dataclass(frozen=True, slots=True)
class Place:
    """A listening socket under a name, and the token that whoever connects has to know."""

    listener: socket.socket
    file: Path
    token: str = ""

    def close(self) -> None:
        """Gives the name up."""
        self.listener.close()
        self.file.unlink(missing_ok=True)


def control_folder() -> Path:
    """Returns the sockets' folder, made for this user; raises `ConfigurationError` when it is not theirs alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that XDG_RUNTIME_DIR is not set: there is a folder all the same
        folder = user_runtime_path("dlc", appauthor=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = folder.lstat()
    except OSError as error:
        raise ConfigurationError(
            f"{folder} cannot be used for --control: {error.strerror}; set XDG_RUNTIME_DIR"
        ) from error
    if sys.platform != "win32" and (
        info.st_uid != os.getuid() or stat.S_IMODE(info.st_mode) & 0o077 or not stat.S_ISDIR(info.st_mode)
    ):
        raise ConfigurationError(f"{folder} is open to others: make it yours alone (chmod 700), or set XDG_RUNTIME_DIR")
    return folder


def open_place(name: str) -> Place:
    """Listens under a name; raises `ConfigurationError` when a running engine has it, or it is no name."""
    if not name.replace("-", "").replace("_", "").isalnum():
        raise ConfigurationError(f"--control {name}: a name has letters, digits, - and _ only")
    file = control_folder() / f"{name}{SUFFIX}"
    if len(os.fsencode(file)) > _LONGEST:
        raise ConfigurationError(f"--control {name}: {file} is too long for a socket; choose a shorter name")
    if name in running():
        raise ConfigurationError(
            f"--control {name}: an engine of this name runs already; attach to it, or choose another name"
        )
    return _by_port(file) if sys.platform == "win32" else _by_path(file)


def running() -> list[str]:
    """Returns the names of the engines that answer; what dead ones have left is removed."""
    return [file.stem for file in sorted(control_folder().glob(f"*{SUFFIX}")) if _answers(file)]


@contextlib.contextmanager
def connected(name: str) -> Iterator[Wire]:
    """Connects to an engine by name; raises `LinkClosed` when it is not there or does not want the link."""
    file = control_folder() / f"{name}{SUFFIX}"
    try:
        connection, token = _connect(file)
    except OSError as error:
        raise LinkClosed(f"no engine answers as {name!r}: {error.strerror or error}") from error
    wire = Wire(connection)
    try:
        greet(wire, token)
        yield wire
    finally:
        wire.close()


def _answers(file: Path) -> bool:
    try:
        connection, _ = _connect(file)
    except (OSError, ValueError):
        file.unlink(missing_ok=True)
        return False
    connection.close()
    return True


def _connect(file: Path) -> tuple[socket.socket, str]:
    if sys.platform == "win32":
        there = json.loads(file.read_text(encoding="utf-8"))
        return socket.create_connection(("127.0.0.1", there["port"]), CONNECT_S), there["token"]
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(CONNECT_S)
        connection.connect(str(file))
    except OSError:
        connection.close()
        raise
    return connection, ""


def _by_path(file: Path) -> Place:
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(file))
        file.chmod(0o600)
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigurationError(f"{file} cannot be listened on: {error.strerror}") from error
    return Place(listener, file)


def _by_port(file: Path) -> Place:
    listener = socket.create_server(("127.0.0.1", 0))
    token = secrets.token_hex(32)
    file.write_text(json.dumps({"port": listener.getsockname()[1], "token": token}), encoding="utf-8")
    return Place(listener, file, token)

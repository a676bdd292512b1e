"""Messages over a socket: four bytes of length, then JSON. Both sides are bounded, and wait for nobody for ever."""

from __future__ import annotations

import contextlib
import json
import math
import socket
import struct
import threading
import time
from collections.abc import Mapping
from typing import Any

from runtime.version import VERSION
from runtime.view import LinkClosed

PROTOCOL = 2
"""Grows when an older peer would misread what a newer one says; further fields are no reason."""

MAX_BYTES = 4 << 20
"""Longest message. The view of a graph of a hundred nodes takes about 200 kB."""

STALL_S = 10.0
"""A peer that stands still for so long within a message counts as gone."""

_LENGTH = struct.Struct(">I")


class Wire:
    """One side of a connection. Any thread may send while one receives; `close` may come from any.

    Args:
        connection: a connected stream socket.
        stall_s: how long a peer may stand still within a message.
    """

    def __init__(self, connection: socket.socket, stall_s: float = STALL_S) -> None:
        self._connection = connection
        self._connection.settimeout(stall_s)  # once: a thread that sends and one that receives share it
        self._sending = threading.Lock()  # held while a message is sent, at most `stall_s`: messages go out whole

    def send(self, message: Mapping[str, Any]) -> None:
        """Sends a message; raises `LinkClosed` when the other side is gone or does not read."""
        data = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        if len(data) > MAX_BYTES:
            raise LinkClosed(f"a message of {len(data)} bytes is longer than a link takes ({MAX_BYTES})")
        try:
            with self._sending:
                self._connection.sendall(_LENGTH.pack(len(data)) + data)
        except TimeoutError:
            raise LinkClosed("the other side does not read what it is sent") from None
        except OSError as error:
            raise LinkClosed(f"the other side is gone: {error.strerror or error}") from error

    def receive(self, timeout: float | None = None) -> dict[str, Any]:
        """Waits for a message and returns it; raises `LinkClosed` at the end, or at what is no message.

        Args:
            timeout: seconds to wait for its beginning, and up to `stall_s` more; None waits for ever.
        """
        (length,) = _LENGTH.unpack(self._first(timeout) + self._exactly(_LENGTH.size - 1))
        if length > MAX_BYTES:
            raise LinkClosed(f"the other side announces a message of {length} bytes; it speaks another language")
        data = self._exactly(length)
        try:
            message = json.loads(data.decode("utf-8", "surrogatepass"))
        except (ValueError, RecursionError) as error:
            raise LinkClosed(f"the other side sent what is no message: {error}") from error
        if not isinstance(message, dict):
            raise LinkClosed(f"the other side sent what is no message: {message!r:.80}")
        return message

    def close(self) -> None:
        """Ends the connection; who waits on it gets `LinkClosed`."""
        with contextlib.suppress(OSError):  # the other side may have done so
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _first(self, timeout: float | None) -> bytes:
        """Waits for the first byte of a message and returns it."""
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            try:
                return self._some(1, "")
            except TimeoutError:
                if time.monotonic() >= deadline:
                    raise LinkClosed("the other side does not answer") from None

    def _exactly(self, count: int) -> bytes:
        """Returns so many further bytes of a message."""
        data = bytearray()
        try:
            while len(data) < count:
                data += self._some(min(count - len(data), 1 << 16), " in the middle of a message")
        except TimeoutError:
            raise LinkClosed("the other side does not answer") from None
        return bytes(data)

    def _some(self, most: int, where: str) -> bytes:
        """Returns some bytes; raises `TimeoutError` when none have come for `stall_s`."""
        try:
            part = self._connection.recv(most)
        except TimeoutError:
            raise
        except OSError as error:
            raise LinkClosed(f"the other side is gone: {error.strerror or error}") from error
        if not part:
            raise LinkClosed(f"the other side has ended the connection{where}")
        return part


def greet(wire: Wire, token: str = "", patience_s: float = STALL_S) -> None:
    """Begins a conversation as the one that asks; raises `LinkClosed` when the other side does not want it."""
    wire.send({"hello": PROTOCOL, "dlc": VERSION, "token": token})
    answer = wire.receive(patience_s)
    if answer.get("hello") != PROTOCOL:
        said = answer.get("refused", f"it speaks protocol {answer.get('hello')!r}, and this is {PROTOCOL}")
        raise LinkClosed(f"the engine does not take this link: {said}")


def welcome(wire: Wire, token: str = "", patience_s: float = STALL_S) -> None:
    """Begins a conversation as the one that answers; raises `LinkClosed` when it does not want the other side."""
    hello = wire.receive(patience_s)
    fault = ""
    if hello.get("token", "") != token:
        fault = "the token is wrong"
    elif hello.get("hello") != PROTOCOL:
        fault = f"dlc {VERSION} speaks protocol {PROTOCOL}, and dlc {hello.get('dlc')} {hello.get('hello')!r}"
    wire.send({"refused": fault} if fault else {"hello": PROTOCOL, "dlc": VERSION})
    if fault:
        raise LinkClosed(fault)

"""Answers links: each connection on a thread of its own, from whatever stands behind a `Link` here."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any

from runtime.link import End
from runtime.view import Link, LinkClosed, Refused
from runtime.wire import Wire, welcome

log = logging.getLogger("dlc")

MOST_LINKS = 8
"""Connections at a time; further ones are hung up on."""


LISTEN_S = 0.25
"""How often a listening thread looks whether it is to end."""


class Host:
    """Lets others ask a desk over sockets, until `close`.

    Args:
        desk: what answers.
    """

    def __init__(self, desk: Link) -> None:
        self._desk = desk
        self._end: End | None = None
        self._ended = threading.Event()
        self._wires: dict[threading.Thread, Wire] = {}
        self._closed = False
        self._lock = threading.Lock()  # guards the two above
        self._listeners: list[threading.Thread] = []
        self._deaf = threading.Event()

    def listen(self, listener: socket.socket, token: str) -> None:
        """Takes connections of a listening socket from now on."""
        thread = threading.Thread(target=self._accept, args=(listener, token), name="dlc-listen")
        self._listeners.append(thread)
        thread.start()

    def serve(self, wire: Wire, token: str | None = "") -> threading.Thread | None:
        """Answers one connection from now on; returns the thread that does, which ends when the other side is gone.

        Args:
            wire: the connection.
            token: what the other side has to know; None where its conversation has begun.
        """
        thread = threading.Thread(target=self._converse, args=(wire, token), name="dlc-link")
        with self._lock:
            if self._closed or len(self._wires) >= MOST_LINKS:
                wire.close()
                return None
            self._wires[thread] = wire
        thread.start()
        return thread

    def has_ended(self, end: End) -> None:
        """Is told how the run ended; links may go on asking until `close`."""
        self._end = end
        self._ended.set()

    def close(self, linger_s: float = 0.0) -> None:
        """Ends all connections and threads; before that, dashboards have some seconds to see the end and leave."""
        self._end = self._end or End()
        self._ended.set()
        deadline = time.monotonic() + linger_s
        for thread in list(self._wires):
            thread.join(max(0.0, deadline - time.monotonic()))
        self.stop_listening()
        with self._lock:
            self._closed = True
            wires = dict(self._wires)
        for wire in wires.values():
            wire.close()
        for thread in wires:
            thread.join()

    def stop_listening(self) -> None:
        """Takes no further connections; whoever opened the listeners may close them now."""
        self._deaf.set()
        for thread in self._listeners:
            thread.join()

    def _accept(self, listener: socket.socket, token: str) -> None:
        listener.settimeout(LISTEN_S)  # not every system wakes who waits when a listener is closed
        while not self._deaf.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError as error:
                log.warning("no more dashboards can connect: %s", error)
                return
            self.serve(Wire(connection), token)

    def _converse(self, wire: Wire, token: str | None) -> None:
        try:
            if token is not None:
                welcome(wire, token)
            while True:
                wire.send(self._answer(wire.receive()))
        except LinkClosed as error:
            log.debug("a link ended: %s", error)
        finally:
            wire.close()
            with self._lock:
                self._wires.pop(threading.current_thread(), None)

    def _answer(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer = self._asked(question)
        except Refused as refused:
            return {"refused": {"message": refused.message, "help": refused.help}}
        except Exception as error:  # a fault of ours: the link and the run go on
            log.exception("a question of a dashboard could not be answered")
            return {"refused": {"message": f"{type(error).__name__}: {error}", "help": "the log tells more"}}
        if answer is None:
            return {"refused": {"message": f"this engine does not know what is asked: {question!r:.200}", "help": ""}}
        return answer

    def _asked(self, question: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Returns the answer to a question, or None when nobody knows what it means."""
        answer: Mapping[str, Any] | None = None
        match question:
            case {"ask": "graph"}:
                answer = {"graph": self._desk.graph().to_json()}
            case {"ask": "now"}:
                answer = {"now": self._desk.now().to_json()}
            case {"ask": "log", "after": int(after)}:
                answer = {"log": [line.to_json() for line in self._desk.log(after)]}
            case {"ask": "do", "name": str(name), "arguments": dict(arguments)}:
                answer = {"done": self._desk.do(name, **arguments)}
            case {"ask": "end"}:
                self._ended.wait()
                answer = {"end": (self._end or End()).to_json()}
        return answer

"""Answers links from whatever stands behind a `Link` here: takes connections, tells the end, sees to all threads."""

from __future__ import annotations

import logging
import socket
import threading
import time

from runtime.conversation import Conversation
from runtime.link import End
from runtime.view import Link
from runtime.wire import Wire

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
        self._conversations: list[Conversation] = []
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
        conversation = Conversation(self._desk, wire, token, self._wait_for_end)
        with self._lock:
            self._conversations = [other for other in self._conversations if not other.is_over]
            if self._closed or len(self._conversations) >= MOST_LINKS:
                wire.close()
                return None
            self._conversations.append(conversation)
            conversation.start()
        return conversation.thread

    def has_ended(self, end: End) -> None:
        """Is told how the run ended; links may go on asking until `close`."""
        self._end = end
        self._ended.set()

    def close(self, linger_s: float = 0.0) -> None:
        """Ends all connections and threads; before that, dashboards have some seconds to see the end and leave."""
        self._end = self._end or End()
        self._ended.set()
        deadline = time.monotonic() + linger_s
        for conversation in list(self._conversations):
            conversation.thread.join(max(0.0, deadline - time.monotonic()))
        self.stop_listening()
        with self._lock:
            self._closed = True
            left = list(self._conversations)
        for conversation in left:
            conversation.close()
        for conversation in left:
            conversation.join()

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

    def _wait_for_end(self) -> End:
        self._ended.wait()
        return self._end or End()

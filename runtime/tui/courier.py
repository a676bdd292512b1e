"""Asks the engine's side on threads of its own, so that a slow answer never holds up keys or drawing.

Answers come back as messages, which are thread-safe to post and never waited for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue

from textual.message import Message

from runtime.view import Argument, GraphView, Link, LinkClosed, LogLine, Refused, StateView

Errand = Callable[[], Message]

PARTING_S = 2.0
"""How long a link that does not answer may delay the end."""


class Pulled(Message):
    """The run as it was a moment ago; the graph only when it or a setting has changed."""

    def __init__(self, state: StateView, graph: GraphView | None, log: tuple[LogLine, ...]) -> None:
        super().__init__()
        self.state, self.graph, self.log = state, graph, log


class Answered(Message):
    """What became of a command: a sentence, or why it was refused."""

    def __init__(self, order: Order, text: str, refused: Refused | None = None) -> None:
        super().__init__()
        self.order, self.text, self.refused = order, text, refused


class Closed(Message):
    """The other side is gone; each thread that notices says so."""

    def __init__(self, error: LinkClosed) -> None:
        super().__init__()
        self.error = error


@dataclass(frozen=True, slots=True)
class Order:
    """A command on its way; `then` is called on the dashboard's side with the refusal, or None when it was done."""

    name: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    then: Callable[[Refused | None], None] | None = None


class Courier:
    """Two threads that use the link: one looks and ends the run, the other has further commands carried out in turn."""

    def __init__(self, link: Link, post: Callable[[Message], object]) -> None:
        self._link = link
        self._post = post
        self._looks: SimpleQueue[Errand | None] = SimpleQueue()
        self._orders: SimpleQueue[Errand | None] = SimpleQueue()
        self._versions: tuple[int, int] | None = None  # of the graph and of its settings, as last read
        # Daemons: they only ask, and a link that never answers must not keep the process alive.
        self._threads = (
            threading.Thread(target=self._run, args=(self._looks,), name="dashboard-looks", daemon=True),
            threading.Thread(target=self._run, args=(self._orders,), name="dashboard-orders", daemon=True),
        )

    def start(self) -> None:
        """Begins to take errands."""
        for thread in self._threads:
            thread.start()

    def look(self, after: int) -> None:
        """Asks for a `Pulled`: a snapshot, and log lines from an index on."""
        self._looks.put(partial(self._looked, after))

    def ask(self, order: Order) -> None:
        """Has a command carried out; an `Answered` follows. The one that ends the run waits for no other command."""
        queue = self._looks if order.name == "stop" else self._orders
        queue.put(partial(self._done, order))

    def stop(self) -> None:
        """Ends the threads after what they are at, or leaves them behind when that takes too long."""
        self._looks.put(None)
        self._orders.put(None)
        deadline = time.monotonic() + PARTING_S
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, errands: SimpleQueue[Errand | None]) -> None:
        while (errand := errands.get()) is not None:
            try:
                self._post(errand())
            except LinkClosed as error:
                self._post(Closed(error))
                return
            except Exception as error:  # noqa: BLE001 - a broken link is told where people look, not on a hidden terminal
                self._post(Closed(LinkClosed(f"the link to the engine failed: {type(error).__name__}: {error}")))
                return

    def _done(self, order: Order) -> Answered:
        try:
            return Answered(order, self._link.do(order.name, **order.arguments))
        except Refused as refused:
            return Answered(order, refused.message, refused)

    def _looked(self, after: int) -> Pulled:
        state = self._link.now()
        graph = None
        versions = (state.graph_version, state.settings_version)
        if versions != self._versions:
            graph = self._link.graph()
            self._versions = versions
        return Pulled(state, graph, self._link.log(after))

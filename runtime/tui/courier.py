"""Asks the engine's side on a thread of its own, so that a slow answer never holds up keys or drawing.

Answers come back as messages, which are thread-safe to post and never waited for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from queue import SimpleQueue

from textual.message import Message

from runtime.view import Argument, GraphView, Link, LinkClosed, LogLine, Refused, StateView

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
    """The other side is gone."""

    def __init__(self, error: LinkClosed) -> None:
        super().__init__()
        self.error = error


@dataclass(frozen=True, slots=True)
class Order:
    """A command on its way; `then` is called on the dashboard's side with the refusal, or None when it was done."""

    name: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    then: Callable[[Refused | None], None] | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """Asks for a snapshot, and for log lines from an index on."""

    after: int


class Courier:
    """One thread that uses the link; it takes one errand after the other."""

    def __init__(self, link: Link, post: Callable[[Message], object]) -> None:
        self._link = link
        self._post = post
        self._errands: SimpleQueue[Order | _Look | None] = SimpleQueue()
        self._versions: tuple[int, int] | None = None  # of the graph and of its settings, as last read
        # A daemon: it only asks, and a link that never answers must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name="dashboard-link", daemon=True)

    def start(self) -> None:
        """Begins to take errands."""
        self._thread.start()

    def look(self, after: int) -> None:
        """Asks for a `Pulled`."""
        self._errands.put(_Look(after))

    def ask(self, order: Order) -> None:
        """Has a command carried out; an `Answered` follows."""
        self._errands.put(order)

    def stop(self) -> None:
        """Ends the thread after what it is at, or leaves it behind when that takes too long."""
        self._errands.put(None)
        if self._thread.is_alive():
            self._thread.join(PARTING_S)

    def _run(self) -> None:
        while (errand := self._errands.get()) is not None:
            try:
                self._post(self._carried_out(errand))
            except LinkClosed as error:
                self._post(Closed(error))
                return
            except Exception as error:  # noqa: BLE001 - a broken link is told where people look, not on a hidden terminal
                self._post(Closed(LinkClosed(f"the link to the engine failed: {type(error).__name__}: {error}")))
                return

    def _carried_out(self, errand: Order | _Look) -> Message:
        if isinstance(errand, _Look):
            return self._looked(errand)
        try:
            return Answered(errand, self._link.do(errand.name, **errand.arguments))
        except Refused as refused:
            return Answered(errand, refused.message, refused)

    def _looked(self, look: _Look) -> Pulled:
        state = self._link.now()
        graph = None
        versions = (state.graph_version, state.settings_version)
        if versions != self._versions:
            graph = self._link.graph()
            self._versions = versions
        return Pulled(state, graph, self._link.log(look.after))

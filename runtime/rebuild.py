"""A change of the graph while frames flow: made ready beside the run, carried out by the engine between two frames.

The ends stay: sources and sinks are never reopened. Nodes that are the same in both graphs go on with their state.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from runtime.crew import Crew
from runtime.errors import ConfigurationError, DlcError, RunError
from runtime.graph import Graph, GraphNode, is_same
from runtime.placing import Placement
from runtime.wiring import Board

log = logging.getLogger("dlc")


class Change:
    """A graph that is ready to take the place of another one: its new nodes are made.

    Args:
        graph, board, crew: what is to run.
    """

    def __init__(self, graph: Graph, board: Board, crew: Crew) -> None:
        self.graph = graph
        self.board = board
        self.crew = crew
        self.error: DlcError | None = None
        self._settled = threading.Event()

    def finish(self, before: Crew) -> None:
        """The engine runs the new graph: closes the nodes that it has no more."""
        for error in before.close_except(self.crew):
            log.warning("while closing what the graph has no more: %s", error)
        self._settled.set()

    def give_up(self, before: Crew, reason: str) -> None:
        """The engine goes on or ends without it: closes the new nodes."""
        self.error = RunError(f"the graph was not changed: {reason}")
        for error in self.crew.close_except(before):
            log.warning("while closing what was not needed: %s", error)
        self._settled.set()

    def wait(self) -> None:
        """Waits until the engine has dealt with it; raises `RunError` if that came to nothing."""
        self._settled.wait()
        if self.error is not None:
            raise self.error


class Changes:
    """Where one change at a time waits for the engine."""

    def __init__(self) -> None:
        self.waiting: Change | None = None
        self.turn = threading.RLock()  # held by whoever changes the graph, until their change is dealt with
        self._lock = threading.Lock()  # guards `waiting` and the line below
        self._ended = False

    def ask(self, make: Callable[[], Change], before: Callable[[], Crew]) -> None:
        """Makes a change and waits until the engine has dealt with it; raises `DlcError` when that came to nothing."""
        with self.turn:
            change = make()
            with self._lock:
                late = self._ended
                self.waiting = None if late else change
            if late:
                change.give_up(before(), "the run has ended")
            change.wait()

    def done(self) -> None:
        """The engine has taken over what was waiting."""
        self.waiting = None

    def end(self, before: Crew, patience_s: float) -> bool:
        """The engine takes over nothing more; returns whether nobody hangs in a change, for which it waits a while."""
        with self._lock:
            self._ended = True
            change, self.waiting = self.waiting, None
        if change:
            change.give_up(before, "the run has ended")
        done = self.turn.acquire(timeout=patience_s)
        if done:
            self.turn.release()
        return done


def prepared(old: Graph, new: Graph, placement: Placement, before: Crew) -> Change:
    """Makes what a graph has and another has not; raises `DlcError`, and then nothing has changed.

    Args:
        old: what runs.
        new: what is to run.
        placement: where the networks of its nodes run.
        before: the nodes that run.
    """
    check_change(old, new)
    board = Board.of_graph(new)
    return Change(new, board, before.renewed(new, board, placement))


def check_change(old: Graph, new: Graph) -> None:
    """Raises `ConfigurationError` where two graphs differ in what needs a new run."""
    for key in ("mode", "quality", "device", "strict_device"):
        if getattr(old, key) != getattr(new, key):
            raise ConfigurationError(f"{key} changes only with a new run: end this one and start it again")
    before, after = ({node.name: node for node in graph.nodes if node.spec.role != "node"} for graph in (old, new))
    for name in before.keys() | after.keys():
        if name not in before or name not in after or _differs(before[name], after[name]):
            raise ConfigurationError(
                f"{name} is an end of the graph, and ends change only with a new run: end this one and start it again"
            )


def _differs(old: GraphNode, new: GraphNode) -> bool:
    return not is_same(old, new) or old.raw != new.raw

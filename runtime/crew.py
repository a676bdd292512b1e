"""Makes the instances of a graph's nodes, one for each worker, and wires them; closes them again."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runtime.errors import ConfigurationError, ContractError, DlcError, NodeError, RunError, described
from runtime.graph import Graph, GraphNode, is_same
from runtime.invoke import Invocation, SinkInvocation, Trouble
from runtime.model_use import ModelUse
from runtime.node import Context, Sink, Source, StreamInfo
from runtime.placing import Placement
from runtime.policies import POLICIES
from runtime.settings import values_of
from runtime.shown import Shown
from runtime.wiring import Board

log = logging.getLogger("dlc")


@dataclass(frozen=True, slots=True)
class Worker:
    """One instance of a node, and what calls it (None for sources)."""

    instance: Any
    invocation: Invocation | None


class Crew:
    """All instances of a graph's nodes.

    Args:
        graph: what to make instances of.
        board: how tokens are wired.
        context: what each node gets, with its own name and models filled in.
        placement: where the networks of nodes run; those of others run where `context.models` puts them.
        report: told of each error of a node, and whether the run has to end.
        now: the clock.
        before: a crew from which nodes that are the same in this graph are taken over, open and with their state.

    Attributes:
        workers: the instances of each node.
        uses: which models each node uses.
        infos: the stream of each source, the graph's first source first.
        shown: the frame that sinks presented last, where somebody wants it.
        kept: names of the nodes that were taken over.

    Raises:
        DlcError: a node cannot be made, or a source or sink cannot be opened; what was made is closed again, and what
            was taken over goes on.
    """

    def __init__(
        self, graph: Graph, board: Board, context: Context, placement: Placement,
        report: Callable[[NodeError, bool], None], now: Callable[[], int], before: Crew | None = None,
    ) -> None:  # fmt: skip
        self.workers: dict[str, list[Worker]] = {}
        self.uses: dict[str, ModelUse] = {}
        self.infos: dict[str, StreamInfo] = {}
        self.shown: Shown = before.shown if before else Shown()
        self.placement = placement
        self._graph = graph
        self._board = board
        self._context = context
        self._report = report
        self._now = now
        self.kept = frozenset(node.name for node in graph.nodes if before and before.has(node))
        try:
            for node in graph.nodes:
                if before and node.name in self.kept:
                    self._take_over(node, before)
                else:
                    self._hire(node)
            self._open()
        except BaseException:
            for error in self.close(ok=False, hung=self.kept):
                log.warning("while closing what had been opened: %s", error)
            raise

    def renewed(self, graph: Graph, board: Board, placement: Placement) -> Crew:
        """Returns the crew of another graph, to which those of its nodes go over that are the same in both."""
        return Crew(graph, board, self._context, placement, self._report, self._now, self)

    def has(self, node: GraphNode) -> bool:
        """Returns whether a node of another graph is one of these: the same instances would do its work."""
        mine = next((own for own in self._graph.nodes if own.name == node.name), None)
        return mine is not None and mine.workers == node.workers and is_same(mine, node)

    def close_except(self, after: Crew) -> list[Exception]:
        """Closes the instances that another crew has not taken over; returns what went wrong."""
        return self.close(ok=True, hung=after.kept)

    def sources(self) -> dict[str, Source]:
        """Returns the sources by name, in the graph's order."""
        return {node.name: self.workers[node.name][0].instance for node in self._graph.of_role("source")}

    def wants_stop(self) -> bool:
        """Returns whether a sink wants the run to end; raises `DlcError` where one fails to tell."""
        for name, sink in self._sinks().items():
            with _named(name):
                if sink.wants_stop():
                    return True
        return False

    def chains(self, stage: Sequence[str], *, serial: bool) -> list[list[Invocation]]:
        """Returns the nodes of a stage, once for each worker; `serial`: for the first worker only."""
        count = 1 if serial else max(len(self.workers[name]) for name in stage)
        return [
            [invocation for name in stage if (invocation := self.workers[name][index].invocation)]
            for index in range(count)
        ]

    def invocations(self, name: str) -> list[Invocation]:
        """Returns what calls a node, one for each worker."""
        return [worker.invocation for worker in self.workers[name] if worker.invocation]

    def counters(self, name: str) -> dict[str, int]:
        """Returns what a node counts by itself, summed over its workers; nothing for a node that fails to tell."""
        total: Counter[str] = Counter()
        for worker in self.workers[name]:
            counters = getattr(worker.instance, "counters", None)
            try:
                total.update(dict(counters()) if callable(counters) else {})
            except Exception as error:  # noqa: BLE001 - a reader must not die of a node
                log.debug("node %r cannot tell its counters: %s", name, error)
        return dict(total)

    def shrink(self) -> None:
        """Has every node forget what it can make again, on its own thread, before its next frame."""
        for workers in self.workers.values():
            for worker in workers:
                if worker.invocation:
                    worker.invocation.shrinks = True

    def close(self, *, ok: bool, hung: Collection[str] = ()) -> list[Exception]:
        """Closes every instance, sinks first; returns what went wrong, and goes on.

        Args:
            ok: whether outputs are complete.
            hung: nodes that are still running and cannot be closed, or are in use elsewhere.
        """
        errors: list[Exception] = []
        staff = [(name, worker.instance) for name, workers in self.workers.items() for worker in workers]
        for name, instance in sorted(staff, key=lambda entry: not isinstance(entry[1], Sink)):
            close = getattr(instance, "close", None)
            if not callable(close) or name in hung:
                continue
            try:
                with _named(name):
                    close(ok) if isinstance(instance, Sink) else close()
            except DlcError as error:
                errors.append(error)
            except KeyboardInterrupt:  # whoever raised it, the others are still to be closed
                errors.append(RunError(f"node {name!r}: interrupted while closing"))
        return errors

    def _open(self) -> None:
        """Asks sources for their streams, and tells new sinks of them."""
        for name, source in self.sources().items():
            with _named(name):
                info: object = source.info()
                if not isinstance(info, StreamInfo):
                    raise ContractError(f"info answered {info!r:.80}; it gives a StreamInfo")
                self.infos[name] = info
        for name, sink in self._sinks().items():
            if name not in self.kept:
                with _named(name):
                    sink.open(self.infos[self._origin(name)])

    def _sinks(self) -> dict[str, Sink]:
        return {node.name: self.workers[node.name][0].instance for node in self._graph.of_role("sink")}

    def _origin(self, name: str) -> str:
        """Returns the source from which a node's first connected port is fed."""
        node = self._graph.node(name)
        while node.spec.role != "source":
            node = self._graph.node(next(iter(node.inputs.values()))[0])
        return node.name

    def _hire(self, node: GraphNode) -> None:
        use = ModelUse(self._context.models, self.placement.devices.get(node.name), several=node.batch > 1)
        own = replace(self._context, node=node.name, models=use, log=log.getChild(node.name))
        trouble = Trouble(POLICIES[node.on_error], self._report)
        self.uses[node.name] = use
        self.workers[node.name] = []
        for _ in range(node.workers):
            with _named(node.name):
                instance = _instance(node, own)
            self.workers[node.name].append(Worker(instance, self._invocation(node, instance, trouble)))
        if node.device and not use.names:
            log.warning("%s runs no network, so its device %s changes nothing", node.name, node.device)

    def _take_over(self, node: GraphNode, before: Crew) -> None:
        """Wires instances that are there already into this graph; they go on counting, and remember their answers."""
        trouble = Trouble(POLICIES[node.on_error], self._report)
        self.uses[node.name] = before.uses[node.name]
        self.workers[node.name] = []
        for worker in before.workers[node.name]:
            invocation = self._invocation(node, worker.instance, trouble)
            if invocation and worker.invocation:
                invocation.go_on_from(worker.invocation)
            self.workers[node.name].append(Worker(worker.instance, invocation))

    def _invocation(self, node: GraphNode, instance: Any, trouble: Trouble) -> Invocation | None:
        wiring = self._board.of[node.name]
        if isinstance(instance, Source):
            return None
        if isinstance(instance, Sink):
            only_cleared = self._graph.mode == "live" and not node.raw
            return SinkInvocation(
                node.name, instance, wiring, trouble, self._now, self.shown, only_cleared=only_cleared
            )
        batch = getattr(instance, "batch", None) if node.spec.batched else None
        shrink = getattr(instance, "shrink", None)
        invocation = Invocation(node.name, instance, batch, wiring, trouble)
        if callable(shrink):
            invocation.shrink = shrink
        return invocation


@contextlib.contextmanager
def _named(node: str) -> Iterator[None]:
    """Turns whatever is raised inside into a `DlcError` that names the node; a wrong configuration stays one."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(f"node {node!r}: {error}") from error
    except DlcError as error:
        raise RunError(f"node {node!r}: {error}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise RunError(f"node {node!r}: {described(error)}") from error


def _instance(node: GraphNode, context: Context) -> Any:
    """Returns a function that is ready to be called, or an object made from the node's class."""
    given: dict[str, Any] = {node.spec.context: context} if node.spec.context else {}
    if node.spec.stateless:
        return functools.partial(node.spec.target, **given) if given else node.spec.target
    return node.spec.target(**given, **values_of(node.fixed))

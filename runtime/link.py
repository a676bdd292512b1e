"""A `Link` over a wire: asks the engine's process, and tells how its run ended. Answers are told apart by number."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from runtime.codec import Coded
from runtime.view import Argument, GraphView, Link, LinkClosed, LogLine, Refused, StateView
from runtime.wire import Wire

View = TypeVar("View", bound=Coded)
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class End(Coded):
    """How a run ended.

    Attributes:
        code: exit code.
        report: the closing table, or nothing.
        error: what it failed with, or nothing.
    """

    code: int = 0
    report: str = ""
    error: str = ""


class WireLink:
    """Asks over a wire whose conversation has begun. Any thread may ask; a slow answer holds up nobody else's.

    A thread of its own receives the answers until the wire is closed, here or on the other side.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Answer]] = {}
        self._closed: LinkClosed | None = None
        self._lock = threading.Lock()  # guards the three above
        self._thread = threading.Thread(target=self._receive, name="dlc-answers")
        self._thread.start()

    def graph(self) -> GraphView:
        """Returns the graph that runs."""
        return self._view(GraphView, self._ask({"ask": "graph"}).get("graph"))

    def now(self) -> StateView:
        """Returns the run as it is."""
        return self._view(StateView, self._ask({"ask": "now"}).get("now"))

    def log(self, after: int) -> tuple[LogLine, ...]:
        """Returns the lines behind an index, and those before it that have grown."""
        lines = self._ask({"ask": "log", "after": after}).get("log")
        if not isinstance(lines, list):
            raise LinkClosed("the engine answers what nobody asked")
        return tuple(self._view(LogLine, line) for line in lines)

    def do(self, name: str, **arguments: Argument) -> str:
        """Carries out a command; raises `Refused` or `LinkClosed`."""
        return str(self._ask({"ask": "do", "name": name, "arguments": arguments}).get("done", ""))

    def end(self, timeout: float | None = None) -> End:
        """Waits until the run has ended; returns how; raises `LinkClosed` when that takes longer than `timeout` s."""
        return self._view(End, self._ask({"ask": "end"}, timeout).get("end"))

    def close(self) -> None:
        """Hangs up; whoever waits for an answer gets `LinkClosed`."""
        self._wire.close()
        self._thread.join()

    def _ask(self, question: Mapping[str, Any], timeout: float | None = None) -> Answer:
        waiting: Future[Answer] = Future()
        with self._lock:
            if self._closed is not None:
                raise LinkClosed(str(self._closed), self._closed.exit_code)
            number = next(self._numbers)
            self._waiting[number] = waiting
        try:
            self._wire.send({"id": number, **question})
            answer = waiting.result(timeout)
        except TimeoutError:
            raise LinkClosed("the other side does not answer") from None
        finally:
            with self._lock:
                self._waiting.pop(number, None)
        if isinstance(refused := answer.get("refused"), dict):
            raise Refused(str(refused.get("message", "")), str(refused.get("help", "")))
        return answer

    def _receive(self) -> None:
        """Gives answers to those who wait for them, and in the end tells all that there will be no more."""
        try:
            while True:
                self._give(self._wire.receive())
        except LinkClosed as error:
            with self._lock:
                self._closed = error
                left = [*self._waiting.values()]
                self._waiting.clear()
            for waiting in left:
                waiting.set_exception(LinkClosed(str(error), error.exit_code))

    def _give(self, answer: Answer) -> None:
        if isinstance(bye := answer.get("bye"), dict):
            end = self._view(End, bye)
            raise LinkClosed(end.error or "the run has ended", end.code)
        if not isinstance(number := answer.get("id"), int):
            raise LinkClosed(f"the engine answers what nobody asked: {answer!r:.80}")
        with self._lock:
            waiting = self._waiting.pop(number, None)
        if waiting is not None:  # else it came too late: who asked has given up
            waiting.set_result(answer)

    def _view(self, kind: type[View], data: object) -> View:
        try:
            return kind.from_json(data)
        except ValueError as error:
            raise LinkClosed(f"the engine answers what nobody asked: {error}") from error


class Onlooker:
    """A link for who looks at somebody else's run: for them, to stop is to hang up, and the run goes on."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def graph(self) -> GraphView:
        """Returns the graph that runs."""
        return self._link.graph()

    def now(self) -> StateView:
        """Returns the run as it is."""
        return self._link.now()

    def log(self, after: int) -> tuple[LogLine, ...]:
        """Returns the lines behind an index, and those before it that have grown."""
        return self._link.log(after)

    def do(self, name: str, **arguments: Argument) -> str:
        """Carries out a command; raises `LinkClosed` in place of stopping the run."""
        if name == "stop":
            raise LinkClosed("the run goes on", exit_code=0)
        return self._link.do(name, **arguments)

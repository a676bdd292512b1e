"""A `Link` over a wire: asks the engine's process, one question at a time, and tells how its run ended."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from runtime.codec import Coded
from runtime.view import Argument, GraphView, Link, LinkClosed, LogLine, Refused, StateView
from runtime.wire import Wire

View = TypeVar("View", bound=Coded)


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
    """Asks over a wire whose conversation has begun. Threads take turns."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._turn = threading.Lock()  # held from question to answer; the other side always answers, or is gone

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
        """Hangs up."""
        self._wire.close()

    def _ask(self, question: Mapping[str, Any], timeout: float | None = None) -> dict[str, Any]:
        with self._turn:
            self._wire.send(question)
            answer = self._wire.receive(timeout)
        if isinstance(refused := answer.get("refused"), dict):
            raise Refused(str(refused.get("message", "")), str(refused.get("help", "")))
        if isinstance(bye := answer.get("bye"), dict):
            end = self._view(End, bye)
            raise LinkClosed(end.error or "the run has ended", end.code)
        return answer

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

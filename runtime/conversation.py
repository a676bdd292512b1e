"""One connection of a dashboard: its reads are answered at once, also while a command is carried out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Any

from runtime.link import End
from runtime.view import Link, LinkClosed, Refused
from runtime.wire import Wire, welcome

log = logging.getLogger("dlc")

MOST_COMMANDS = 32
"""Commands of one connection that may wait for their turn; further ones are refused."""

Question = Mapping[str, Any]
Answer = dict[str, Any]


class Conversation:
    """Answers one connection on two threads: one receives and answers, the other carries out commands, in order.

    Args:
        desk: what answers.
        wire: the connection.
        token: what the other side has to know; None where its conversation has begun.
        end: waits for the end of the run, and returns how it was.
    """

    def __init__(self, desk: Link, wire: Wire, token: str | None, end: Callable[[], End]) -> None:
        self._desk = desk
        self._wire = wire
        self._token = token
        self._end = end
        self._commands: SimpleQueue[Question | None] = SimpleQueue()
        self.thread = threading.Thread(target=self._converse, name="dlc-link")
        self._worker = threading.Thread(target=self._work, name="dlc-commands")

    @property
    def is_over(self) -> bool:
        """Whether the other side is gone and nothing is done for it any more."""
        return not self.thread.is_alive() and not self._worker.is_alive()

    def start(self) -> None:
        """Begins."""
        self._worker.start()
        self.thread.start()

    def close(self) -> None:
        """Hangs up."""
        self._wire.close()

    def join(self) -> None:
        """Waits until nothing is done for it any more."""
        self.thread.join()
        self._worker.join()

    def _converse(self) -> None:
        try:
            if self._token is not None:
                welcome(self._wire, self._token)
            while True:
                self._take(self._wire.receive())
        except LinkClosed as error:
            log.debug("a link ended: %s", error)
        finally:
            self._wire.close()
            self._commands.put(None)

    def _take(self, question: Question) -> None:
        """Answers a question, or leaves a command to the other thread; what ends the run waits for no other command."""
        if question.get("ask") != "do" or question.get("name") == "stop":
            self._reply(question)
        elif self._commands.qsize() < MOST_COMMANDS:
            self._commands.put(question)
        else:
            self._send(question, _refusal("too many commands wait for their turn", "ask again when one is done"))

    def _work(self) -> None:
        try:
            while (command := self._commands.get()) is not None:
                self._reply(command)
        except LinkClosed as error:
            log.debug("a command was carried out for nobody: %s", error)
        finally:
            self._wire.close()

    def _reply(self, question: Question) -> None:
        try:
            answer = self._asked(question)
        except Refused as refused:
            answer = _refusal(refused.message, refused.help)
        except Exception as error:  # a fault of ours: the link and the run go on
            log.exception("a question of a dashboard could not be answered")
            answer = _refusal(f"{type(error).__name__}: {error}", "the log tells more")
        if answer is None:
            answer = _refusal(f"this engine does not know what is asked: {question!r:.200}")
        self._send(question, answer)

    def _send(self, question: Question, answer: Answer) -> None:
        """Sends an answer under the number of its question, where that has one."""
        self._wire.send({"id": question["id"], **answer} if "id" in question else answer)

    def _asked(self, question: Question) -> Answer | None:
        """Returns the answer to a question, or None when nobody knows what it means."""
        answer: Answer | None = None
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
                answer = {"end": self._end().to_json()}
        return answer


def _refusal(message: str, how: str = "") -> Answer:
    return {"refused": {"message": message, "help": how}}

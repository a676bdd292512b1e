"""Calls one node on one frame: gathers its inputs, checks its answer, times it, and applies its error policy.

Knows tokens and nodes, not threads: a stage decides when and where this runs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from runtime.errors import ContractError, NodeError, in_words
from runtime.kinds import Faces, Frame, Patches
from runtime.node import Sink
from runtime.policies import Answer, ErrorPolicy
from runtime.shown import Shown
from runtime.stats import NodeMeter
from runtime.tokens import SKIPPED, Token
from runtime.wiring import Wiring

log = logging.getLogger("dlc")

PATIENCE = 10
"""Errors of one node in a row that end the run, whatever the policy."""


class Trouble:
    """Errors of one node, over all its workers: counts those in a row and tells the engine.

    Workers count without a lock: an error more or less in a row does not matter.
    """

    def __init__(self, policy: ErrorPolicy, report: Callable[[NodeError, bool], None]) -> None:
        self._policy = policy
        self._report = report
        self._in_a_row = 0
        self._told_of_batch = False
        self.needs_last = policy.needs_last

    def batch_failed(self, node: str, error: Exception) -> None:
        """Says once that batches of a node do not work."""
        if not self._told_of_batch:
            log.warning("node %r: a batch failed (%s); its frames run one by one", node, in_words(error))
            self._told_of_batch = True

    def over(self) -> None:
        """The node has answered again."""
        self._in_a_row = 0

    def answer(self, error: NodeError, last: Answer | None) -> Answer:
        """Returns what stands for the node's outputs, and tells the engine, which ends the run if it must."""
        self._in_a_row += 1
        answer = self._policy.answer(last)
        self._report(error, answer is None or self._in_a_row >= PATIENCE)
        return answer or ()


class Invocation:
    """One worker's instance of a node, wired to the slots of a token.

    Attributes:
        shrinks: set to have the node forget, before its next frame, what it can make again.
        shrink: has it do so.
    """

    def __init__(
        self, name: str, call: Callable[..., Any], batch: Callable[..., Any] | None, wiring: Wiring, trouble: Trouble
    ) -> None:
        self.name = name
        self.shrinks = False
        self.shrink: Callable[[], object] = lambda: None
        self.meter = NodeMeter()
        self._call = call
        self._batch = batch
        self._wiring = wiring
        self._trouble = trouble
        self._last: Answer | None = None

    def go_on_from(self, before: Invocation) -> None:
        """Counts on where another one, of the same instance, has ended, and repeats its answer if need be."""
        self.meter, self.shrinks, self._last = before.meter, before.shrinks, before._last

    def run(self, token: Token, cpu: int) -> int:
        """Runs the node on a frame; raises nothing that is an `Exception`.

        Takes the thread's CPU time (ns) at its beginning and returns that at its end, which is the next node's
        beginning: asking the system for it costs 0.6 us.
        """
        if self.shrinks:
            self._forget()
        if self.name in token.settings.bypassed:
            self._pass_by(token)
            return cpu
        inputs = self._inputs(token)
        if inputs is None:
            self.meter.skipped += 1
            return cpu
        started = time.perf_counter_ns()
        try:
            self._good(token, self._checked(self._work(token, inputs), token.seq))
        except Exception as error:  # noqa: BLE001 - whatever a node raises is its policy's business
            self._store(token, self._stand_in(token, error))
        self.meter.work.add(time.perf_counter_ns() - started)
        now = time.thread_time_ns()
        self.meter.cpu += now - cpu
        return now

    def run_batch(self, tokens: Sequence[Token]) -> None:
        """Runs the node on several frames at once; if that fails, on each by itself, so that only the culprit fails."""
        if self.shrinks:
            self._forget()
        groups: dict[int, list[tuple[Token, Mapping[str, Any]]]] = {}
        for token in tokens:
            if self.name in token.settings.bypassed:
                self._pass_by(token)
                continue
            inputs = self._inputs(token)
            if inputs is None:
                self.meter.skipped += 1
            else:
                groups.setdefault(token.settings.version, []).append((token, inputs))
        for group in groups.values():
            if len(group) == 1 or not self._run_group(group):
                for token, _ in group:
                    self.run(token, time.thread_time_ns())

    def _pass_by(self, token: Token) -> None:
        """Hands on what the node would have changed; what nothing can stand for is as if the frame were skipped."""
        for taken, given in self._wiring.passes:
            token.values[given] = token.values[taken]

    def _forget(self) -> None:
        self.shrinks = False
        try:
            self.shrink()
        except Exception as error:  # noqa: BLE001 - it only would have saved memory
            log.warning("node %r cannot shrink: %s", self.name, in_words(error))

    def _work(self, token: Token, inputs: Mapping[str, Any]) -> Any:
        return self._call(**inputs, **token.settings.of[self.name])

    def _run_group(self, group: Sequence[tuple[Token, Mapping[str, Any]]]) -> bool:
        if self._batch is None:
            return False
        cpu, started = time.thread_time_ns(), time.perf_counter_ns()
        items = [tuple(inputs.get(port) for port in self._wiring.ports) for _, inputs in group]
        try:
            given = self._batch(items, **group[0][0].settings.of[self.name])
            if len(given) != len(group):
                raise ContractError(f"batch answered {len(given)} of {len(group)} frames")  # noqa: TRY301
            answers = [self._checked(answer, token.seq) for answer, (token, _) in zip(given, group, strict=True)]
        except Exception as error:  # noqa: BLE001 - the frames run one by one, which finds the culprit
            self._trouble.batch_failed(self.name, error)
            return False
        share = (time.perf_counter_ns() - started) // len(group)
        for (token, _), answer in zip(group, answers, strict=True):
            self._good(token, answer)
            self.meter.work.add(share)
        self.meter.cpu += time.thread_time_ns() - cpu
        return True

    def _inputs(self, token: Token) -> dict[str, Any] | None:
        """Returns the value of each connected port, or None when upstream skipped the frame."""
        inputs: dict[str, Any] = {}
        for wire in self._wiring.wires:
            value = token.values[wire.slot]
            if value is SKIPPED:
                if not wire.tolerant:
                    return None
                value = None
            inputs[wire.port] = value
        return inputs

    def _checked(self, answer: Any, seq: int) -> Answer:
        """Returns the values for the outlets; raises `ContractError` when they are not what the signature says."""
        outlets = self._wiring.outlets
        lone = len(outlets) == 1 and isinstance(answer, outlets[0].kind)
        values: Answer = answer if isinstance(answer, tuple) and not lone else (answer,) if outlets else ()
        if len(values) != len(outlets) or not all(map(isinstance, values, (outlet.kind for outlet in outlets))):
            wanted = ", ".join(outlet.kind.__name__ for outlet in outlets) or "nothing"
            raise ContractError(
                f"answered {_shown(answer)} where its signature says {wanted}; "
                "a node answers every frame, with an empty value when there is nothing"
            )
        for value in values:
            if isinstance(value, Frame) and value.seq != seq:
                which = "a frame without number and time" if value.seq < 0 else f"frame {value.seq} again"
                raise ContractError(f"answered {which}; hand a picture on with frame.with_image(...)")
        return values

    def _good(self, token: Token, answer: Answer) -> None:
        """Takes a node's checked answer."""
        self._store(token, answer)
        self._trouble.over()
        if self._trouble.needs_last:
            self._last = answer

    def _store(self, token: Token, answer: Answer) -> None:
        for outlet, value in zip(self._wiring.outlets, answer, strict=False):
            token.values[outlet.slot] = value

    def _stand_in(self, token: Token, error: Exception) -> Answer:
        self.meter.errors += 1
        stand_in = self._trouble.answer(NodeError.of(error, self.name, token.seq), self._last)
        return [_restamped(value, token.frame) for value in stand_in]


class SinkInvocation(Invocation):
    """A sink: presents only cleared frames unless told otherwise, and marks the token."""

    def __init__(
        self, name: str, sink: Sink, wiring: Wiring, trouble: Trouble, now: Callable[[], int],
        shown: Shown, *, only_cleared: bool,
    ) -> None:  # fmt: skip
        super().__init__(name, sink.write, None, wiring, trouble)
        self._shown_to = shown
        self._now = now
        self._only_cleared = only_cleared

    def _work(self, token: Token, inputs: Mapping[str, Any]) -> Any:
        frames = [value for value in inputs.values() if isinstance(value, Frame)]
        if self._only_cleared and not all(frame.cleared for frame in frames):
            token.withheld = True
        else:
            super()._work(token, inputs)
            token.presented_at = self._now()
            for frame in frames:
                self._shown_to.put(frame)
        return None


def _restamped(value: Any, frame: Frame) -> Any:
    """Returns an earlier answer as that of this frame."""
    if isinstance(value, Faces | Patches):
        return replace(value, detected=False)  # these are another frame's faces: nobody may take this one for cleared
    if isinstance(value, Frame):  # not cleared: whoever was not known then may stand bare in it
        return replace(frame, image=value.image, cleared=False)
    return value


def _shown(answer: Any) -> str:
    """Returns an answer for a message: what it is, and of an array its shape, not its numbers."""
    shape, dtype = getattr(answer, "shape", None), getattr(answer, "dtype", "")
    return f"{type(answer).__name__} {list(shape)} {dtype}".rstrip() if shape is not None else f"{answer!r:.80}"

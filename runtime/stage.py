"""A stage: one or more fused nodes on a thread of their own, or on several with their results put back in order.

Every stage answers every frame, in the order of the gate's numbers, so a join is complete when each upstream stage has
delivered a frame, and frames become complete in order.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

from runtime.errors import NodeError
from runtime.invoke import Invocation
from runtime.qos import Quality, set_quality
from runtime.stats import StageMeter
from runtime.tokens import Token

Chain = Sequence[Invocation]
"""The nodes of a stage in the order in which they run, as one worker has them."""


@dataclass(frozen=True, slots=True)
class Last:
    """Goes through an inbox behind the last frame that will come: number of that frame."""

    seq: int


class Stage:
    """Runs its nodes on each frame that all upstream stages have delivered.

    Args:
        name: what its threads are called.
        chains: one chain for each worker.
        upstream: how many stages deliver each frame.
        first_seq: number of the first frame that will come.
        batch: most frames that a worker takes at once.
        fills: whether a worker waits for a full batch (files, where batches must not depend on timing).
        done: told of each frame whose journey ends here.
        crashed: told of what no node may raise (`SystemExit`) and of faults of the engine itself.
    """

    def __init__(
        self, name: str, chains: Sequence[Chain], *, upstream: int, first_seq: int, done: Callable[[Token], None],
        crashed: Callable[[BaseException], None], batch: int = 1, fills: bool = False,
    ) -> None:  # fmt: skip
        self.name = name
        self.chains = chains
        self.downstream: list[Stage] = []
        self.batch = batch  # may change while frames flow, where none is waited for
        self.abandoned = False  # set to let frames pass without work, when a run is broken off
        self.meters = [StageMeter() for _ in chains]
        self._done = done
        self._busy = [chain[0].name for chain in chains]  # the node that each worker has called last
        self._crashed = crashed
        self._upstream = upstream
        self._fills = fills
        self._inbox: SimpleQueue[Token | Last | None] = SimpleQueue()
        self._joins = _Joins(upstream)
        self._order = _Order(first_seq)
        self._taking = threading.Lock()  # guards a worker's picking of a batch, so that batches are runs of frames
        self._last_seq: int | None = None
        self._threads = [
            threading.Thread(target=self._serve, args=(index,), name=f"dlc-{name}" + (f"-{index}" if index else ""))
            for index in range(len(chains))
        ]

    def start(self) -> None:
        """Starts the threads."""
        for thread in self._threads:
            thread.start()

    def deliver(self, token: Token) -> None:
        """Takes a frame from one upstream stage; the last of them makes it ready."""
        if self._upstream <= 1 or self._joins.complete(token.seq):
            self._inbox.put(token)

    def ends_at(self, seq: int) -> None:
        """Is told the number of the last frame, so that no worker waits for a fuller batch."""
        if self._fills and self.batch > 1:
            self._inbox.put(Last(seq))

    def stop(self) -> None:
        """Lets the threads end once they have emptied the inbox."""
        for _ in self._threads:
            self._inbox.put(None)

    def join(self, deadline: float) -> list[str]:
        """Waits for the threads; returns the nodes in which some are still busy at `deadline` (s, monotonic clock)."""
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        return [self._busy[index] for index, thread in enumerate(self._threads) if thread.is_alive()]

    def _serve(self, index: int) -> None:
        set_quality(Quality.USER_INTERACTIVE)
        chain, meter = self.chains[index], self.meters[index]
        while True:
            began = meter.since = time.perf_counter_ns()
            tokens = self._take()
            meter.since = 0
            meter.waiting += time.perf_counter_ns() - began
            if not tokens:
                return
            try:
                if not self.abandoned:
                    self._run(index, chain, tokens)
            except BaseException as error:  # noqa: BLE001 - the thread must live to let the other frames through
                self._crashed(NodeError.of(error, self._busy[index], tokens[0].seq))
            finally:
                self._release(tokens, meter)
            del tokens  # while this thread waits for the next frame, nothing may hold the buffers of this one

    def _run(self, index: int, chain: Chain, tokens: Sequence[Token]) -> None:
        if len(tokens) > 1:
            chain[0].run_batch(tokens)
            return
        token, cpu = tokens[0], time.thread_time_ns()
        for invocation in chain:
            self._busy[index] = invocation.name
            cpu = invocation.run(token, cpu)

    def _take(self) -> list[Token]:
        """Returns the frames to work on; none when the stage ends."""
        if self.batch == 1:
            token = self._inbox.get()
            return [token] if isinstance(token, Token) else []
        with self._taking:
            tokens: list[Token] = []
            while len(tokens) < self.batch and self._wants_more(tokens):
                item = self._inbox.get()
                if item is None:
                    if tokens:
                        self._inbox.put(None)  # the stage ends at the next taking
                    break
                if isinstance(item, Last):
                    self._last_seq = item.seq
                else:
                    tokens.append(item)
            return tokens

    def _wants_more(self, tokens: Sequence[Token]) -> bool:
        if not tokens:
            return True
        return tokens[-1].seq != self._last_seq if self._fills else not self._inbox.empty()

    def _release(self, tokens: Sequence[Token], meter: StageMeter) -> None:
        if len(self.chains) == 1:
            for token in tokens:
                self._forward(token)
        else:
            self._order.release(tokens, self._forward, meter)

    def _forward(self, token: Token) -> None:
        for stage in self.downstream:
            stage.deliver(token)
        if not self.downstream:
            self._done(token)


class _Joins:
    """Counts which frames have come from every upstream stage."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._arrived: dict[int, int] = {}
        self._lock = threading.Lock()  # guards _arrived

    def complete(self, seq: int) -> bool:
        """Counts one arrival; returns whether it was the last one."""
        with self._lock:
            count = self._arrived.pop(seq, 0) + 1
            if count < self._upstream:
                self._arrived[seq] = count
            return count == self._upstream


@dataclass(slots=True)
class _Order:
    """Lets frames leave in the order of their numbers, whichever worker finishes first."""

    next_seq: int
    finished: dict[int, tuple[Token, int, StageMeter]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)  # guards the two above and the order of hand-over

    def release(self, tokens: Sequence[Token], forward: Callable[[Token], None], meter: StageMeter) -> None:
        """Takes finished frames and forwards all whose turn it is."""
        now = time.perf_counter_ns()
        with self.lock:
            for token in tokens:
                self.finished[token.seq] = (token, now, meter)
            while self.next_seq in self.finished:
                token, since, its_meter = self.finished.pop(self.next_seq)
                self.next_seq += 1
                its_meter.blocked += max(0, now - since)
                forward(token)

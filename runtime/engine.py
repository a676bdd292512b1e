"""Runs a graph: opens its nodes, measures them, cuts stages, lets frames flow, and ends everything in order.

Read with it: `gate.py` (what may enter), `stage.py` (where nodes run), `plan.py` (how stages are cut).

    source -> gate -> stage -> stage -> sink
                ^                        |
                +------- credit ---------+
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, field, replace
from typing import TypeVar

from runtime.clock import Clock, SystemClock
from runtime.crew import Crew
from runtime.errors import DlcError, NodeError, RunError
from runtime.feed import Feed
from runtime.gate import Block, Gate, Latest, Offer
from runtime.graph import Graph
from runtime.ledger import Ledger
from runtime.live_settings import Controls
from runtime.node import Context, MainThread, Models, StreamInfo, Threads
from runtime.pipeline import Pipeline
from runtime.plan import Cost, Plan, make_plan, serial_plan
from runtime.pool import Pool
from runtime.stats import MILLISECOND, Snapshot
from runtime.survey import survey
from runtime.tokens import Token
from runtime.wiring import Board

log = logging.getLogger("dlc")

Part = TypeVar("Part")

MEASURED_FRAMES = 12
"""Frames that run on one thread to be timed; the first third only warms up."""

DRAIN_S = 1.0
"""How long frames in flight may take to come out when a run is broken off."""

HANG_S = 5.0
"""How long a thread may take to end before it counts as hung."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a run may be told beside its graph.

    Attributes:
        frames: admitted frames after which it ends, or None.
        cores: processor cores to plan for.
        threads: how many threads each library may use.
        measured_frames: frames to time before stages are cut; 0 takes each node for expensive.
    """

    frames: int | None = None
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)
    threads: Threads = field(default_factory=Threads)
    measured_frames: int = MEASURED_FRAMES


class Engine:
    """One run of one graph.

    Args:
        graph: what to run.
        models: loads networks for the nodes.
        main: the process's main thread.
        options: limits and resources.
        clock: the run's time.

    Use `start`, then let the main thread serve until `ended` is set, then `close`.
    """

    def __init__(
        self, graph: Graph, models: Models, main: MainThread, options: Options = Options(),
        clock: Clock | None = None,
    ) -> None:  # fmt: skip
        self.graph = graph
        self.ended = threading.Event()
        self.ended_at: int | None = None
        self.failure: BaseException | None = None
        self.interrupted = False
        self.hung: list[str] = []
        self.pool = Pool(graph.max_memory)
        self.plan: Plan = serial_plan(graph)
        self.clock = clock or SystemClock()
        self._options = options
        self._models = models
        self._main = main
        self._board = Board.of_graph(graph)
        self.controls = Controls(graph)
        self.ledger = Ledger()
        self._failing = threading.Lock()  # guards the first failure
        policy = Latest() if graph.mode == "live" else Block()
        room = self._has_room if graph.mode == "live" else (lambda: True)
        self.gate = Gate(policy, self._admit, 1, options.frames, room)
        self._source_slots: list[int] = []
        self.crew: Crew | None = None
        self.feed: Feed | None = None
        self.pipeline: Pipeline | None = None
        self._thread = threading.Thread(target=self._run, name="dlc-engine")

    def start(self) -> None:
        """Makes all nodes, opens sources and sinks, and lets frames flow; raises `DlcError` if that cannot be."""
        context = Context(
            node="", mode=self.graph.mode, quality=self.graph.quality, models=self._models, main=self._main,
            threads=self._options.threads, buffers=self.pool, stop=self._is_stopping,
        )  # fmt: skip
        self.crew = Crew(self.graph, self._board, context, self._on_error, self.clock.now, self.stop)
        sources = self.crew.sources()
        self._source_slots = [self._board.of[name].outlets[0].slot for name in sources]
        try:
            self.crew.open_sinks(self.info)
        except BaseException:
            self.crew.close(ok=False)
            raise
        self.feed = Feed(sources, self.gate, self.clock, self.graph.mode, self.pool, self._fail)
        self._thread.start()
        log.info("nodes are ready")

    def stop(self, *, broken_off: bool = False) -> None:
        """Ends the run: frames in flight come out, outputs are closed whole. Returns at once.

        Args:
            broken_off: the user did not want it to end here, so a file graph's output is marked as partial.
        """
        self.interrupted = self.interrupted or broken_off
        self.gate.close()
        if self.feed:
            self.feed.stop_event.set()

    def pause(self) -> None:
        """Admits no frames until `resume`."""
        self.gate.pause(paused=True)

    def resume(self) -> None:
        """Admits frames again."""
        self.gate.pause(paused=False)

    def snapshot(self) -> Snapshot:
        """Returns everything that there is to know of the run now."""
        return survey(self)

    def close(self) -> None:
        """Waits for the run's end and raises what it failed with."""
        self._thread.join()
        if self.failure is not None:
            if isinstance(self.failure, DlcError):
                raise self.failure
            raise RunError(f"{type(self.failure).__name__}: {self.failure}") from self.failure

    @property
    def started(self) -> bool:
        """Whether its threads run, or have run."""
        return self._thread.ident is not None

    @property
    def state(self) -> str:
        """One of `running`, `paused`, `ending`, `ended`, `failed`."""
        if self.failure is not None:
            return "failed"
        if self.ended.is_set():
            return "ended"
        return "ending" if self.gate.closed else "paused" if self.gate.paused else "running"

    @property
    def info(self) -> StreamInfo:
        """The stream of the first source, as sinks are told of it; once started."""
        return next(iter(_there(self.crew).sources().values())).info()

    def _run(self) -> None:
        try:
            _there(self.feed)  # made by start
            self._measure()
            self._flow()
        except BaseException as error:  # noqa: BLE001 - a fault of the engine ends the run like any other
            self._fail(error)
        finally:
            self._end()

    def _measure(self) -> None:
        """Runs the first frames on one thread to time the nodes, then plans."""
        count = self._options.measured_frames
        self.gate.hold_after(count)
        pipeline = self._open_pipeline(self.plan, serial=True) if count else None
        _there(self.feed).start()
        if pipeline:
            self.gate.wait_held()
            self._shut(pipeline)
        self.plan = self._make_plan(count)

    def _flow(self) -> None:
        """Lets frames through the planned stages until the stream ends or somebody stops it."""
        pipeline = self._open_pipeline(self.plan)
        self.gate.grant(self.plan.credits)
        self.gate.hold_after(None)
        log.info("frames flow: %s", "; ".join(self.plan.reasons))
        self.gate.wait_closed()
        pipeline.ends_at(self.gate.admitted - 1)
        self._drain(pipeline)
        self._shut(pipeline)

    def _drain(self, pipeline: Pipeline) -> None:
        """Waits for the frames in flight; for those of a broken-off run not for long."""
        deadline: int | None = None
        while not self.gate.wait_idle(0.05):
            if self.failure is not None or self.interrupted:
                deadline = deadline or self.clock.now() + int(DRAIN_S * 1e9)
            if deadline and self.clock.now() > deadline:
                pipeline.abandon()
                if not self.gate.wait_idle(HANG_S):
                    return

    def _open_pipeline(self, plan: Plan, *, serial: bool = False) -> Pipeline:
        pipeline = Pipeline(
            self.graph, plan, _there(self.crew), first_seq=self.gate.admitted, done=self._done, crashed=self._fail,
            serial=serial,
        )  # fmt: skip
        self.pipeline = pipeline
        pipeline.start()
        return pipeline

    def _shut(self, pipeline: Pipeline) -> None:
        self.hung += pipeline.stop(HANG_S)

    def _make_plan(self, measured: int) -> Plan:
        crew, feed = _there(self.crew), _there(self.feed)
        lead = next(iter(feed.readers.values()))
        costs = {
            node.name: Cost.measured(crew.invocations(node.name)[0].meter, measured // 3)
            for node in self.graph.nodes
            if node.spec.role != "source"
        }
        info = self.info
        rate = float(info.rate) if info.rate else float(self.graph.quality.fps)
        return make_plan(
            self.graph, costs, target_fps=rate, cores=self._options.cores,
            frame_bytes=self.pool.lent // max(1, self.gate.admitted) + info.width * info.height * 3,
            decode_ms=lead.meter.cpu / MILLISECOND / max(1, lead.meter.work.count),
        )  # fmt: skip

    def _admit(self, frames: Offer, seq: int) -> None:
        """Makes the token of an admitted frame and hands it to the first stages; the gate's lock is held."""
        pipeline = _there(self.pipeline)
        stamped = [replace(frame, seq=seq) for frame in frames]
        token = Token(stamped[0], self.controls.current, self._board.slots, pipeline.ends)
        for slot, frame in zip(self._source_slots, stamped, strict=True):
            token.values[slot] = frame
        pipeline.enter(token)

    def _done(self, token: Token) -> None:
        """Takes a frame at one end of the graph; at the last of them the credit goes back."""
        if self.ledger.book(token):
            self.gate.give_back()

    def _has_room(self) -> bool:
        """Whether the pool can take one more frame."""
        return self.pool.in_use + self.pool.lent // max(1, self.gate.admitted) <= self.graph.max_memory

    def _is_stopping(self) -> bool:
        return self.gate.closed

    def _on_error(self, error: NodeError, fatal: bool) -> None:  # noqa: FBT001 - told by a node's error policy
        if fatal:
            self._fail(error)
        else:
            log.warning("%s", error)

    def _fail(self, error: BaseException) -> None:
        """Keeps the first failure and ends the run without presenting what is still in flight."""
        with self._failing:
            self.failure = self.failure or error
        if self.pipeline:
            self.pipeline.abandon()
        self.stop()

    def _end(self) -> None:
        self.ended_at = self.clock.now()
        self.hung += _there(self.feed).stop(HANG_S)
        broken = self.failure is not None or (self.interrupted and self.graph.mode == "file")
        errors = _there(self.crew).close(ok=not broken, hung=self.hung)
        if self.hung and self.failure is None:
            self.failure = RunError(f"still running after {HANG_S:g} s: {', '.join(self.hung)}")
        if errors and self.failure is None:
            self.failure = errors[0]
        self.ended.set()


def _there(part: Part | None) -> Part:
    """Returns what `start` has made."""
    if part is None:
        raise RunError("the engine has not been started")
    return part

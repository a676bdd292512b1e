"""Runs a graph: opens its nodes, measures them, cuts stages, lets frames flow, and ends everything in order.

Frames go from sources through the gate and the stages to sinks; their credits go back to the gate.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from runtime.clock import Clock, SystemClock
from runtime.costs import Costs
from runtime.crew import Crew
from runtime.error_log import ErrorLog
from runtime.errors import DlcError, RunError, in_words
from runtime.feed import Feed
from runtime.gate import Block, Gate, Latest, Offer
from runtime.graph import Graph
from runtime.housekeeping import Housekeeper
from runtime.ledger import Ledger
from runtime.live_settings import Controls
from runtime.measuring import Mark, costs_between, lent_for_a_frame, target_fps
from runtime.node import Context, MainThread, Models
from runtime.options import WATCH_S, Options
from runtime.pace import Pace
from runtime.past import Past
from runtime.pipeline import Pipeline
from runtime.placing import Placement
from runtime.plan import Plan, make_plan, serial_plan
from runtime.pool import Pool
from runtime.qos import wide_awake
from runtime.rebuild import Change, Changes, prepared
from runtime.stats import Snapshot
from runtime.survey import facts_of, survey
from runtime.tokens import Token
from runtime.wiring import Board

log = logging.getLogger("dlc")


class Engine:
    """One run of one graph.

    Args:
        graph: what to run.
        models: loads networks for the nodes.
        main: the process's main thread.
        options: limits and resources.
        clock: the run's time.

    The constructor makes all nodes and opens sources and sinks. Then `start`, let the main thread serve until `ended`
    is set, and `close`.

    Raises:
        DlcError: a node, source or sink cannot be made; what was made is closed again.
    """

    def __init__(
        self, graph: Graph, models: Models, main: MainThread, options: Options | None = None,
        clock: Clock | None = None,
    ) -> None:  # fmt: skip
        options = options or Options()
        self.graph = graph
        self.clock = clock or SystemClock()
        self.pool = Pool(graph.max_memory)
        self.controls = Controls(graph)
        self.ledger = Ledger()
        self._errors = ErrorLog(self.clock.now, self._fail)
        self.past = Past()
        self.ended = threading.Event()
        self.ended_at: int | None = None
        self.failure: BaseException | None = None
        self.hung: list[str] = []
        self.costs = Costs({})
        self._options = options
        self._partial = self._stop_asked = self._stuck = False
        self._failing = threading.Lock()  # guards the first failure
        self.changing = threading.Lock()  # guards the step from one graph to the next: graph, crew, pipeline, version
        self.version = 0
        self.changes = Changes()
        self.pace = Pace(self.clock.now)
        policy = Latest(self.pace.take) if graph.mode == "live" else Block()
        room = (lambda: self.pool.has_room(lent_for_a_frame(self))) if graph.mode == "live" else (lambda: True)
        self.gate = Gate(policy, self._admit, 1, options.frames, room)
        self._board = Board.of_graph(graph)
        run = wide_awake(f"dlc shows {graph.name}")(self._run) if graph.mode == "live" else self._run
        self._thread = threading.Thread(target=run, name="dlc-engine")
        self.context = Context(
            node="", mode=graph.mode, quality=graph.quality, models=models, main=main, threads=options.threads,
            buffers=self.pool, stop=lambda: self.gate.closed, facts=lambda: facts_of(self),
        )  # fmt: skip
        self.crew = Crew(graph, self._board, self.context, options.placement, self._errors.take, self.clock.now)
        self.info = next(iter(self.crew.infos.values()))
        self.feed = Feed(self.crew.sources(), self.crew.infos, self.gate, self.clock, graph.mode, self.pool, self._fail)
        self.pipeline = self._pipeline(serial_plan(graph))
        self.housekeeper = Housekeeper(self, options, target_fps(graph, self.info))

    def start(self) -> None:
        """Lets frames flow; returns at once."""
        self._thread.start()
        log.info("nodes are ready")

    def stop(self, *, partial: bool = False) -> None:
        """Ends the run: frames in flight come out, outputs are closed whole. Returns at once.

        Args:
            partial: whoever stops it knows that a file graph is not through, so its output is marked as partial.
        """
        self._partial = self._partial or partial
        self._stop_asked = True
        self.gate.close()
        self.feed.stop_event.set()

    def pause(self) -> None:
        """Admits no frames until `resume`."""
        self.gate.pause(paused=True)

    def resume(self) -> None:
        """Admits frames again."""
        self.gate.pause(paused=False)

    def rebuild(self, graph: Graph, placement: Placement = Placement()) -> None:  # noqa: B008 - frozen
        """Goes on with another graph, and returns when it does; sources, sinks and equal nodes stay as they are.

        The new nodes are made while the old graph runs. Between its last frame and the first of the new one the gate
        admits nothing, so that sinks keep their last picture, and no number is left out.

        Raises:
            DlcError: the old graph goes on, or the run has ended.
        """
        self.changes.ask(lambda: prepared(self.graph, graph, placement, self.crew), lambda: self.crew)

    def snapshot(self) -> Snapshot:
        """Returns everything that there is to know of the run now."""
        return survey(self)

    def close(self) -> None:
        """Waits for the run's end and raises what it failed with."""
        self._thread.join()
        if isinstance(self.failure, DlcError):
            raise self.failure
        if self.failure is not None:
            raise RunError(in_words(self.failure)) from self.failure

    @property
    def state(self) -> str:
        """One of `running`, `paused`, `ending`, `ended`, `failed`."""
        if self.failure is not None:
            return "failed"
        if self.ended.is_set():
            return "ended"
        return "ending" if self.gate.closed else "paused" if self.gate.paused else "running"

    def _run(self) -> None:
        try:
            self.gate.hold_after(0)
            self.feed.start()
            self._work()
            while (change := self.changes.waiting) and not self.gate.closed:
                self._adopt(change)
                self._work()
            self.pipeline.ends_at(self.gate.admitted - 1)
            self._await(self.gate.wait_idle)
        except BaseException as error:  # noqa: BLE001 - a fault of the engine ends the run like any other
            self._fail(error)
        try:
            self._end()
        except BaseException as error:  # noqa: BLE001 - as above
            self._note(error)
        finally:
            if not self.changes.end(self.crew, self._options.drain_s):
                log.warning("a change of the graph hangs; it is given up")
                self.hung.append("a change of the graph")
            self.ended.set()

    def _work(self) -> None:
        """Lets frames flow until the stream ends, somebody stops it, or wants another graph."""
        self._measure()
        if not self.gate.closed and not self.changes.waiting:
            self._flow()

    def _measure(self) -> None:
        """Runs some frames on one thread to time the nodes, unless all are known; the first third only warms up."""
        frames, first = self._options.measured_frames, Mark.of(self)
        self.pipeline.start()
        if self.costs.nodes.keys() == {node.name for node in self.graph.nodes}:
            return
        self._pass(frames // 3)
        if not self.gate.closed and not self.changes.waiting:
            first = Mark.of(self)
            self._pass(frames - frames // 3)
        self.costs = costs_between(self, first, Mark.of(self))

    def _pass(self, frames: int) -> None:
        """Lets some frames through, or fewer if another graph is wanted."""
        self.gate.hold_after(frames)
        self._await(lambda timeout: self.gate.wait_held(timeout) or self.changes.waiting is not None)

    def _flow(self) -> None:
        """Plans, and lets frames through the planned stages until the stream ends or somebody stops it."""
        self._shut()
        plan = self._options.plan or make_plan(self.graph, self.costs, self._options.machine(self.crew.placement))
        with self.changing:
            self.past.take_stages(self.pipeline)
            self.pipeline = self._pipeline(plan)
        self.pipeline.start()
        self.gate.grant(plan.credits)
        self.gate.hold_after(None)
        log.info("frames flow: %s", "; ".join((*self.crew.placement.reasons, *plan.reasons)))
        self.housekeeper.start()
        self._await(lambda timeout: self.gate.wait_closed(timeout) or self.changes.waiting is not None)

    def _adopt(self, change: Change) -> None:
        """Takes a change over once the frames in flight are out."""
        self.gate.hold_after(0)
        self.pipeline.ends_at(self.gate.admitted - 1)
        self._await(self.gate.wait_idle)
        if self._stuck or self.gate.closed:
            return
        self._shut()
        self.housekeeper.stop()
        before, graph = self.crew, change.graph
        with self.changing:
            self.past.take_stages(self.pipeline)
            self.past.take_nodes(before, change.crew.kept)
            self.graph, self._board, self.crew = graph, change.board, change.crew
            self.costs = self.costs.of_those(change.crew.kept)
            self.pool.ceiling = graph.max_memory
            self.pool.shrink(1)
            self.controls.renew(graph)
            self.pipeline = self._pipeline(serial_plan(graph))
            self.version += 1
            self.housekeeper = Housekeeper(self, self._options, target_fps(graph, self.info), self.housekeeper.diary)
            self.changes.done()
        self.gate.grant(1)
        change.finish(before)

    def _await(self, is_done: Callable[[float], bool]) -> None:
        """Waits for the gate, but not for ever once the run is to end: then frames pass without work."""
        closed_at: float | None = None
        while not is_done(WATCH_S):
            if not self._stop_asked and self.crew.wants_stop():
                self.stop(partial=True)
            if not self.gate.closed:
                continue
            closed_at = closed_at or time.monotonic()
            if time.monotonic() - closed_at > self._options.grace_s(self.graph.mode, stopped=self._stop_asked):
                self.pipeline.abandon()
                self._stuck = not self.gate.wait_idle(self._options.hang_s)
                return

    def _pipeline(self, plan: Plan) -> Pipeline:
        def done(token: Token) -> None:
            if self.ledger.book(token):  # at the last end of the graph
                self.gate.give_back()

        return Pipeline(self.graph, plan, self.crew, first_seq=self.gate.admitted, done=done, crashed=self._fail)

    def _shut(self) -> None:
        """Ends the threads of the pipeline; where frames are stuck already, it does not wait for long."""
        self.hung += self.pipeline.stop(1 if self._stuck else self._options.hang_s)

    def _admit(self, frames: Offer, seq: int) -> None:
        """Makes the token of an admitted frame and hands it to the first stages; the gate's lock is held."""
        stamped = [frame.numbered(seq) for frame in frames]
        token = Token(stamped[0], self.controls.current, self._board.slots, self.pipeline.ends)
        for name, frame in zip(self.crew.infos, stamped, strict=True):
            token.values[self._board.of[name].outlets[0].slot] = frame
        self.pipeline.enter(token)

    def _fail(self, error: BaseException) -> None:
        """Ends the run without presenting what is still in flight."""
        self._note(error)
        self.stop()
        self.pipeline.abandon()  # behind the last frame that may enter, so that it is the pipeline of all of them

    def _note(self, error: BaseException) -> None:
        """Keeps the first failure; later ones are only logged."""
        with self._failing:
            first = self.failure is None
            self.failure = self.failure or error
        if not first:
            log.warning("after the failure: %s", error)

    def _end(self) -> None:
        self.ended_at = self.clock.now()
        self.housekeeper.stop()
        self._shut()
        self._errors.close()
        if self.hung:
            self._note(RunError(f"still running after {self._options.hang_s:g} s: {', '.join(self.hung)}"))
        idle = self.feed.stop(self._options.hang_s)
        if idle:
            log.warning("source %s does not end its last read", ", ".join(idle))
        self.hung += idle
        cut_short = self._partial and self.graph.mode == "file"
        for error in self.crew.close(ok=self.failure is None and not cut_short, hung=self.hung):
            self._note(error)

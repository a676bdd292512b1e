"""Four times a second, beside the frames: looks at the run and the machine, lets the controller decide, carries it out.

A live graph that adapts gets all of it; of others only the machine is looked at, and that only if somebody asked.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runtime.adapt import AGED_FRAMES, WINDOW_FRAMES, WINDOW_S, Controller, Decision
from runtime.clock import SECOND
from runtime.demand import Demand
from runtime.errors import ConfigurationError, in_words
from runtime.ladder import ladder_of
from runtime.observer import Observer
from runtime.options import Options
from runtime.pace import limit_below
from runtime.qos import Quality, set_quality
from runtime.stats import Adaptation, Change, Reading
from runtime.vitals import Vitals
from runtime.words import value_text

if TYPE_CHECKING:
    from runtime.engine import Engine

log = logging.getLogger("dlc")

TICK_S = 0.25
VITALS_EVERY = 4
"""The machine is looked at in every so many ticks: it changes slowly, and asking it may take milliseconds."""

HISTORY = 64
"""Changes that are remembered."""

MONITORED_EVERY = 20
MONITORED = 720
"""One reading of the machine is kept in so many ticks (5 s), and so many of them (an hour)."""


class Diary:
    """What is remembered of a run for as long as it goes on, whatever becomes of its graph; `began` as frames did."""

    def __init__(self, began: int) -> None:
        self.began = began
        self.readings: deque[Reading] = deque(maxlen=MONITORED)
        self.history: deque[Change] = deque(maxlen=HISTORY)
        self.changes = 0


class Housekeeper:
    """Keeps a run to its rate and latency, and an eye on the machine.

    Args:
        engine: the run.
        options: cores, and who tells how the machine is.
        target_fps: the rate to hold.
        diary: of the one before, when the graph has changed.

    Attributes:
        vitals: how the machine was when it was last looked at, or None.
        adaptation: what was last decided, or None where nothing adapts.
        ticks: how often it has looked.
    """

    def __init__(self, engine: Engine, options: Options, target_fps: float, diary: Diary | None = None) -> None:
        graph = engine.graph
        self.vitals: Vitals | None = None
        self.adaptation: Adaptation | None = None
        self.diary = diary or Diary(engine.clock.now())
        self._is_first = diary is None
        self._engine = engine
        self._signs = options.signs
        self._monitors = options.monitors
        self._budget_ms = graph.latency_budget_ms
        rate = float(engine.info.rate) if engine.info.rate else None
        self._controller = Controller(ladder_of(graph, target_fps), target_fps, self._budget_ms, rate)
        engine.pace.fps = limit_below(target_fps, rate)
        span_s, aged_s = max(1.5 * WINDOW_S, WINDOW_FRAMES / target_fps), 3 * AGED_FRAMES / target_fps
        self._observer = Observer(engine, options.cores, span_s, aged_s)
        self._adapts = graph.mode == "live" and graph.adapt
        self._demand = Demand()
        self._wishes: deque[int] = deque()  # of other threads
        self._said = ""
        self._trouble = ""
        self.ticks = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dlc-housekeeping")

    @property
    def monitored(self) -> tuple[Reading, ...]:
        """The readings of the machine that were kept."""
        return tuple(self.diary.readings.copy())

    def start(self) -> None:
        """Begins, if there is something to do; returns at once."""
        if self._is_first:
            self.diary.began = self._engine.clock.now()
        if self._adapts or self._monitors:
            self._thread.start()

    @property
    def ladder(self) -> tuple[str, ...]:
        """The steps in words, as graph files give them; none where nothing adapts."""
        rungs = self._controller.ladder.rungs if self._adapts else ()
        return tuple(f"{rung.name}={value_text(rung.value)}" for rung in rungs)

    def walk(self, by: int) -> None:
        """Takes a step of quality at somebody's wish, -1 down or 1 up; it shows within a quarter of a second.

        Raises:
            ConfigurationError: the graph does not adapt.
        """
        if not self._adapts:
            raise ConfigurationError("this run does not adapt; only a live graph with adapt: true has steps to walk")
        self._wishes.append(by)

    def stop(self) -> None:
        """Ends it and waits for that."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        set_quality(Quality.BACKGROUND)
        clock, next_tick = self._engine.clock, self._engine.clock.now()
        while clock.wait_until(next_tick, self._stop):
            try:
                self.tick()
            except Exception as error:  # noqa: BLE001 - frames flow without it, and the next look may succeed
                self._tell_trouble(f"housekeeping: {in_words(error)}")
            next_tick = max(next_tick, clock.now() - SECOND) + int(TICK_S * SECOND)

    def _tell_trouble(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.warning("%s", trouble)
        self._trouble = trouble

    def tick(self) -> None:
        """Looks, decides and acts, once."""
        now_s = (self._engine.clock.now() - self.diary.began) / SECOND
        vitals = self._vitals_at(now_s)
        if not self._adapts:
            return
        if self._engine.state != "running":
            self._observer.restart()
            return
        while self._wishes:
            self._controller.walk(self._wishes.popleft())
        decision = self._controller.step(self._observer.observe(vitals), now_s)
        if decision.changed:
            self._carry_out(decision)
            self.diary.changes += 1
            self.diary.history.append(Change(round(now_s, 2), len(decision.taken), decision.reason))
            self._observer.restart()
        self._say(decision)
        self.adaptation = self._told(decision)

    def _vitals_at(self, now_s: float) -> Vitals:
        vitals = self.vitals
        if vitals is None or self.ticks % VITALS_EVERY == 0:
            vitals = self.vitals = self._signs.read()
        if self._monitors and self.ticks % MONITORED_EVERY == 0:
            self.diary.readings.append(Reading(round(now_s, 2), vitals))
        self.ticks += 1
        return vitals

    def _say(self, decision: Decision) -> None:
        """Logs each change, and once why there is none: of a shortage that lasts only the figures change."""
        if decision.changed:
            log.info("%s", decision.reason)
            self._said = ""
        elif decision.lack and decision.lack.partition(": ")[2] != self._said.partition(": ")[2]:
            log.info("%s", decision.lack)
            self._said = decision.lack

    def _carry_out(self, decision: Decision) -> None:
        engine = self._engine
        engine.pace.fps = decision.cap_fps
        try:
            engine.controls.ease({(node, name): value for (node, name), value in decision.settings.items() if node})
        except ConfigurationError as error:
            log.warning("cannot ease a setting: %s", error)
        before, self._demand = self._demand, decision.demand
        if self._demand.batch_share != before.batch_share:
            engine.pipeline.scale_batches(self._demand.batch_share)
        if self._demand.memory_share != before.memory_share:
            engine.pool.shrink(self._demand.memory_share)
        if self._demand.memory_share < before.memory_share:
            engine.crew.shrink()

    def _told(self, decision: Decision) -> Adaptation:
        return Adaptation(
            step=len(decision.taken),
            steps=len(self._controller.ladder.rungs),
            eased=self._eased(decision),
            aim_fps=decision.aim_fps,
            budget_ms=self._budget_ms,
            cap_fps=decision.cap_fps,
            limit=str(decision.limit),
            reason=decision.lack or decision.reason,
            changes=self.diary.changes,
            history=tuple(self.diary.history),
        )

    def _eased(self, decision: Decision) -> Mapping[str, Any]:
        rungs = self._controller.ladder.rungs
        return {rungs[index].name: rungs[index].value for index in sorted(decision.taken)}

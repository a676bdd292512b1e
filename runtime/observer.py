"""Makes observations of a run from the meters that it has anyway: differences over the last moments."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runtime.clock import SECOND
from runtime.cuts import inner_nodes
from runtime.graph import GraphNode
from runtime.observation import NodeLoad, Observation
from runtime.stats import Percentiles
from runtime.vitals import Vitals

if TYPE_CHECKING:
    from runtime.engine import Engine


@dataclass(frozen=True, slots=True)
class _Reading:
    """The meters at one moment: `busy` holds wall and processor time of each node, ns."""

    at: int
    out: int
    aged: int
    offered: int
    drops: int
    cpu: int
    busy: Mapping[str, tuple[int, int]]


class Observer:
    """Looks at an engine, again and again.

    Args:
        engine: what it looks at.
        cores: processor cores.
        span_s: of how many seconds it speaks at most, and never of those before `restart`.
        aged_s: the same for ages, whose percentiles take more frames than a rate does.
    """

    def __init__(self, engine: Engine, cores: int, span_s: float, aged_s: float) -> None:
        self._engine = engine
        self._cores = cores
        self._span = int(span_s * SECOND)
        self._aged = int(max(span_s, aged_s) * SECOND)
        self._inner = inner_nodes(engine.graph)
        self._readings: deque[_Reading] = deque()

    def restart(self) -> None:
        """Forgets what was: something has changed."""
        self._readings.clear()

    def observe(self, vitals: Vitals) -> Observation:
        """Returns what has happened since the oldest moment that still counts."""
        now = self._read()
        self._readings.append(now)
        while len(self._readings) > 2 and now.at - self._readings[1].at >= self._aged:
            self._readings.popleft()
        then = next((one for one in reversed(self._readings) if now.at - one.at >= self._span), self._readings[0])
        window_s = max((now.at - then.at) / SECOND, 1e-9)
        ledger = self._engine.ledger
        aged = now.aged - self._readings[0].aged
        ages = Percentiles.of(ledger.ages.latest(aged))
        return Observation(
            window_s=window_s,
            fps=(now.out - then.out) / window_s,
            source_fps=(now.offered - then.offered) / window_s,
            drops=now.drops - then.drops,
            age_p50_ms=ages.p50,
            age_p95_ms=ages.p95,
            aged=aged,
            credits=self._engine.gate.credits,
            nodes={node.name: self._load(node, then, now) for node in self._inner},
            cores=self._cores,
            cores_busy=(now.cpu - then.cpu) / SECOND / window_s,
            machine_busy=vitals.load,
            thermal=vitals.thermal,
            memory=vitals.memory,
            taken_over=self._engine.controls.taken_over,
            sets=self._engine.controls.sets,
        )

    def _read(self) -> _Reading:
        engine = self._engine
        ledger, gate = engine.ledger, engine.gate
        busy = {}
        for node in self._inner:
            meters = [invocation.meter for invocation in engine.crew.invocations(node.name)]
            busy[node.name] = sum(meter.work.total for meter in meters), sum(meter.cpu for meter in meters)
        return _Reading(
            at=engine.clock.now(),
            out=ledger.presented + ledger.withheld + ledger.skipped,
            aged=ledger.ages.count,
            offered=gate.admitted + gate.drops + gate.paced,
            drops=gate.drops,
            cpu=time.process_time_ns(),
            busy=busy,
        )

    def _load(self, node: GraphNode, then: _Reading, now: _Reading) -> NodeLoad:
        pipeline = self._engine.pipeline
        before, after = then.busy[node.name], now.busy[node.name]
        time_there_was = max(1, now.at - then.at) * node.workers
        return NodeLoad(
            stage=pipeline.stages[pipeline.stage_of[node.name]].name,
            share=(after[0] - before[0]) / time_there_was,
            cpu_share=(after[1] - before[1]) / time_there_was,
            device=self._engine.crew.uses[node.name].where,
            is_sink=node.spec.role == "sink",
        )

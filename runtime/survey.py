"""Builds the frozen snapshot of a run from its meters, in the reader's thread, with no lock of the hot path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.clock import MILLISECOND, SECOND
from runtime.graph import GraphNode
from runtime.stats import NodeMeter, NodeStats, Percentiles, RunStats, Snapshot, StageMeter

if TYPE_CHECKING:
    from runtime.engine import Engine


def survey(engine: Engine) -> Snapshot:
    """Returns the engine's snapshot."""
    nodes = {node.name: _node(engine, node) for node in engine.graph.nodes}
    gate, feed = engine.gate, engine.feed
    first = feed.first_offer
    last = engine.clock.now() if engine.ended_at is None else engine.ended_at
    wall_s = (last - first) / SECOND if first is not None else 0.0
    run = RunStats(
        frames_presented=engine.ledger.presented,
        frames_admitted=gate.admitted,
        drops=gate.drops,
        skipped=engine.ledger.skipped,
        withheld=engine.ledger.withheld,
        held=sum(node.counters.get("held", 0) for node in nodes.values()),
        blurred=sum(node.counters.get("blurred", 0) for node in nodes.values()),
        errors=sum(node.errors for node in nodes.values()),
        in_flight=gate.in_flight,
        credits=gate.credits,
        wall_s=wall_s,
        fps=engine.ledger.presented / wall_s if wall_s > 0 else 0.0,
        age_ms=Percentiles.of(engine.ledger.ages.samples()),
        memory_mb=engine.pool.in_use / 1e6,
    )
    return Snapshot(
        graph=engine.graph.name,
        mode=engine.graph.mode,
        state=engine.state,
        settings_version=engine.controls.current.version,
        run=run,
        nodes=nodes,
        stages=engine.pipeline.plan.stages,
    )


def _node(engine: Engine, node: GraphNode) -> NodeStats:
    meters, stage, stage_meters = _meters(engine, node)
    samples = [sample for meter in meters for sample in meter.work.samples()]
    calls = sum(meter.work.count for meter in meters)
    return NodeStats(
        type=node.spec.name,
        stage=stage,
        workers=node.workers,
        calls=calls,
        errors=sum(meter.errors for meter in meters),
        skipped=sum(meter.skipped for meter in meters),
        device=", ".join(sorted(engine.crew.uses[node.name].devices)) or "cpu",
        ms=Percentiles.of(samples),
        cpu_ms_mean=sum(meter.cpu for meter in meters) / max(1, calls) / MILLISECOND,
        waiting_s=sum(meter.waiting for meter in stage_meters) / SECOND,
        working_s=sum(meter.work.total for meter in meters) / SECOND,
        blocked_s=sum(meter.blocked for meter in stage_meters) / SECOND,
        counters=engine.crew.counters(node.name),
    )


def _meters(engine: Engine, node: GraphNode) -> tuple[list[NodeMeter], str, list[StageMeter]]:
    """Returns a node's meters, its stage's name, and that stage's meters."""
    if node.spec.role == "source":
        reader = engine.feed.readers[node.name]
        return [reader.meter], node.name, [reader.stage]
    meters = [invocation.meter for invocation in engine.crew.invocations(node.name)]
    pipeline = engine.pipeline  # read once: the engine may be replacing it
    stage = pipeline.stages[pipeline.stage_of[node.name]]
    return meters, stage.name, stage.meters

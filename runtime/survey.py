"""Builds what is to be known of a run: its snapshot from the meters, and the facts that sinks may write down.

Works in the reader's thread, with no lock of the hot path.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from runtime.clock import MILLISECOND, SECOND
from runtime.facts import NodeFacts, RunFacts
from runtime.graph import GraphNode
from runtime.settings import is_path
from runtime.stats import NodeMeter, NodeStats, Percentiles, RunStats, Snapshot, StageMeter

if TYPE_CHECKING:
    from runtime.engine import Engine


def survey(engine: Engine) -> Snapshot:
    """Returns the engine's snapshot."""
    with engine.changing:
        return _survey(engine)


def _survey(engine: Engine) -> Snapshot:
    nodes = {node.name: _node(engine, node) for node in engine.graph.nodes}
    gate, feed = engine.gate, engine.feed
    first = feed.first_offer
    last = engine.clock.now() if engine.ended_at is None else engine.ended_at
    past, left_in = engine.past, gate.in_flight if engine.ended.is_set() else 0
    wall_s = (last - first) / SECOND if first is not None else 0.0
    run = RunStats(
        frames_presented=engine.ledger.presented,
        frames_admitted=gate.admitted,
        drops=gate.drops,
        paced=gate.paced,
        skipped=engine.ledger.skipped + left_in,  # what hangs to the end comes out no more
        withheld=engine.ledger.withheld,
        held=past.counters["held"] + sum(node.counters.get("held", 0) for node in nodes.values()),
        blurred=past.counters["blurred"] + sum(node.counters.get("blurred", 0) for node in nodes.values()),
        errors=past.errors + sum(node.errors for node in nodes.values()),
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
        adaptation=engine.housekeeper.adaptation,
        vitals=engine.housekeeper.vitals,
        monitored=engine.housekeeper.monitored,
    )


def facts_of(engine: Engine) -> RunFacts:
    """Returns the graph as it runs now."""
    with engine.changing:
        return _run_facts(engine)


def _run_facts(engine: Engine) -> RunFacts:
    return RunFacts(engine.graph.name, engine.graph.mode, tuple(_facts(engine, node) for node in engine.graph.nodes))


def _facts(engine: Engine, node: GraphNode) -> NodeFacts:
    origin = engine.crew.infos[node.name].origin if node.spec.role == "source" else None
    read = [] if node.spec.role == "sink" else node.files()
    live = node.live.model_copy(update=dict(engine.controls.current.of[node.name]))
    return NodeFacts(
        name=node.name,
        type=node.spec.name,
        role=node.spec.role,
        inputs={port: ".".join(filter(None, origin)) for port, origin in node.inputs.items()},
        settings={**_plain(node.fixed), **_plain(live)},
        gives=tuple(output.kind.__name__ for output in node.spec.outputs),
        models=tuple(sorted(engine.crew.uses[node.name].names.copy())),
        files=(origin,) if origin else tuple(read),
    )


def _plain(settings: BaseModel) -> Mapping[str, Any]:
    """Returns settings ready for JSON; where a file lies on this machine is nobody's business."""
    paths = {name for name, field in type(settings).model_fields.items() if is_path(field)}
    values = settings.model_dump(mode="json")
    return {name: _without_folders(value, path=name in paths) for name, value in values.items()}


def _without_folders(value: Any, *, path: bool) -> Any:
    """Returns a value with only the last part of each path: of what the setting calls one, and of existing files."""
    if isinstance(value, dict):
        return {key: _without_folders(item, path=path) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_folders(item, path=path) for item in value]
    if isinstance(value, str) and Path(value).is_absolute() and (path or Path(value).exists()):
        return Path(value).name
    return value


def _node(engine: Engine, node: GraphNode) -> NodeStats:
    meters, stage, stage_meters = meters_of(engine, node)
    samples = [sample for meter in meters for sample in meter.work.samples()]
    calls = sum(meter.work.count for meter in meters)
    return NodeStats(
        type=node.spec.name,
        stage=stage,
        workers=node.workers,
        calls=calls,
        errors=sum(meter.errors for meter in meters),
        skipped=sum(meter.skipped for meter in meters),
        device=engine.crew.uses[node.name].where,
        ms=Percentiles.of(samples),
        cpu_ms_mean=sum(meter.cpu for meter in meters) / max(1, calls) / MILLISECOND,
        waiting_s=(engine.past.waiting[node.name] + sum(meter.waited() for meter in stage_meters)) / SECOND,
        working_s=sum(meter.work.total for meter in meters) / SECOND,
        blocked_s=(engine.past.blocked[node.name] + sum(meter.blocked for meter in stage_meters)) / SECOND,
        counters=engine.crew.counters(node.name),
        networks=engine.crew.uses[node.name].placements,
    )


def meters_of(engine: Engine, node: GraphNode) -> tuple[list[NodeMeter], str, list[StageMeter]]:
    """Returns a node's meters, its stage's name, and that stage's meters."""
    if node.spec.role == "source":
        reader = engine.feed.readers[node.name]
        return [reader.meter], node.name, [reader.stage]
    meters = [invocation.meter for invocation in engine.crew.invocations(node.name)]
    pipeline = engine.pipeline  # read once: the engine may be replacing it
    stage = pipeline.stages[pipeline.stage_of[node.name]]
    return meters, stage.name, stage.meters

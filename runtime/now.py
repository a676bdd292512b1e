"""The run as it is now: rates and shares from the difference between two snapshots, and what sets the pace."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime.clock import MILLISECOND
from runtime.engine import Engine
from runtime.process import rss_mb
from runtime.stats import NodeStats, RunStats, Snapshot
from runtime.survey import meters_of
from runtime.view import HISTOGRAM_EDGES_MS, AgeView, NodeNow, State, StateView

SPAN_S = 1.0
"""What rates and shares speak of: at 30 fps a quarter of a second holds 7 or 8 frames, and would flicker."""

FEW_DROPS = 0.05
"""Share of dropped frames up to which a live source, and not the graph, counts as what sets the pace."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A snapshot, when it was taken (s), the CPU time (s) until then, and what the nodes' latest calls took."""

    time_s: float
    cpu_s: float
    snapshot: Snapshot
    histograms: Mapping[str, tuple[int, ...]]

    @staticmethod
    def of(engine: Engine) -> Sample:
        """Takes a sample."""
        with engine.changing:
            histograms = {node.name: _histogram(meters_of(engine, node)[0]) for node in engine.graph.nodes}
        return Sample(time.monotonic(), time.process_time(), engine.snapshot(), histograms)


class LastSecond:
    """The samples of the last second. Not for several threads at once."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque()

    def add(self, sample: Sample) -> Sample:
        """Takes a sample; returns the one that it is compared with: about a second older, or the first."""
        self._samples.append(sample)
        while len(self._samples) > 2 and sample.time_s - self._samples[1].time_s >= SPAN_S:
            self._samples.popleft()
        return self._samples[0]


def view_of(before: Sample, after: Sample, *, bypassed: frozenset[str], total: int | None = None) -> StateView:
    """Returns the state between two samples, without what only the desk knows.

    Args:
        before: a sample from about a second ago.
        after: the latest one; the same one at the start.
        bypassed: nodes that frames pass by.
        total: frames of a file, where known.
    """
    run, past = after.snapshot.run, before.snapshot.run
    span_s = after.time_s - before.time_s
    shares = _shares(before, after)
    age = run.age_ms
    covered = _covered(run) - _covered(past)
    cover = _cover_reason(before, after, bypassed) if covered > 0 else ""
    mostly = 2 * covered >= max(1, run.frames_admitted - past.frames_admitted)
    adaptation, vitals = after.snapshot.adaptation, after.snapshot.vitals
    eased = adaptation.reason if adaptation and adaptation.step else ""
    state, reason = _state(after.snapshot.state, cover if mostly else "", eased)
    return StateView(
        state=state,
        reason=reason,
        settings_version=after.snapshot.settings_version,
        wall_s=run.wall_s,
        fps=_rate(run.frames_presented - past.frames_presented, span_s),
        age=AgeView(age.p50, age.p95, age.p99, age.max),
        presented=run.frames_presented,
        admitted=run.frames_admitted,
        drops=run.drops,
        skipped=run.skipped,
        held=run.held,
        blurred=run.blurred,
        withheld=run.withheld,
        cover_reason=cover,
        in_flight=run.in_flight,
        credits=run.credits,
        cpu=_rate(after.cpu_s - before.cpu_s, span_s),
        rss_mb=rss_mb(),
        pool_mb=run.memory_mb,
        sound_delay_ms=round(age.p50, 1) if after.snapshot.mode == "live" else 0.0,
        gpu=f"{vitals.gpu.utilisation:.0%}" if vitals and vitals.gpu and vitals.gpu.utilisation is not None else "",
        thermal=vitals.thermal if vitals else "",
        power=vitals.power if vitals and vitals.power != "unknown" else "",
        memory=vitals.memory if vitals else "",
        step=adaptation.step if adaptation else 0,
        total=total,
        bottleneck=_bottleneck(before, after, shares),
        nodes=tuple(
            _node(name, node, before.snapshot.nodes.get(name), shares[name], span_s, after, name in bypassed)
            for name, node in after.snapshot.nodes.items()
        ),
    )


@dataclass(frozen=True, slots=True)
class Shares:
    """Where the time of a node's stage went; sum 1, or all 0 when nothing is known yet."""

    working: float = 0.0
    runnable: float = 0.0
    waiting: float = 0.0
    blocked: float = 0.0


def _shares(before: Sample, after: Sample) -> dict[str, Shares]:
    return {
        name: _share(node, before.snapshot.nodes.get(name), after.time_s - before.time_s, name in _sources(after))
        for name, node in after.snapshot.nodes.items()
    }


def _share(node: NodeStats, past: NodeStats | None, span_s: float, is_source: bool) -> Shares:  # noqa: FBT001
    """Returns the shares of one node over a span, cut to fit where a call began before it."""
    if past is None or span_s <= 0:
        return Shares()
    whole = span_s * node.workers
    parts = [
        max(0.0, now - then) / whole
        for now, then in (
            (node.working_s, past.working_s), (node.waiting_s, past.waiting_s), (node.blocked_s, past.blocked_s)
        )
    ]  # fmt: skip
    scale = 1 / max(1.0, sum(parts))
    working, waiting, blocked = (part * scale for part in parts)
    rest = max(0.0, 1 - working - waiting - blocked)
    if is_source:  # what it has not yet told of is a wait for the gate
        return Shares(working, 0.0, waiting, blocked + rest)
    return Shares(working, rest, waiting, blocked)


def _sources(sample: Sample) -> set[str]:
    staged = {name for stage in sample.snapshot.stages for name in stage}
    return sample.snapshot.nodes.keys() - staged


def _bottleneck(before: Sample, after: Sample, shares: Mapping[str, Shares]) -> str:
    """Returns what sets the pace: `source`, or the node most worked in of the busiest stage; nothing while none moves.

    In a live graph it is the source as long as hardly a frame is dropped; in a file graph it is whoever works most.
    """
    run, past = after.snapshot.run, before.snapshot.run
    admitted, drops = run.frames_admitted - past.frames_admitted, run.drops - past.drops
    if admitted <= 0:
        return ""
    busy = {stage: sum(shares[name].working for name in stage if name in shares) for stage in after.snapshot.stages}
    stage = max(busy, key=lambda names: busy[names], default=())
    if after.snapshot.mode == "live":
        source_limits = drops <= FEW_DROPS * (admitted + drops)
    else:
        source_limits = max((shares[name].working for name in _sources(after)), default=0.0) > busy.get(stage, 0.0)
    if source_limits or not stage:
        return "source"
    return max(stage, key=lambda name: shares[name].working)


def _cover_reason(before: Sample, after: Sample, bypassed: frozenset[str]) -> str:
    """Returns why guards held or blurred pictures in this span, or a sink withheld them."""
    failing = [
        name
        for name, node in after.snapshot.nodes.items()
        if (old := before.snapshot.nodes.get(name)) and node.errors > old.errors
    ]
    if failing:
        return f"errors of {', '.join(failing)}"
    if bypassed:
        return f"{', '.join(sorted(bypassed))} bypassed"
    return "no picture in which every face is swapped"


def _covered(run: RunStats) -> int:
    return run.held + run.blurred + run.withheld


def _state(state: str, cover: str, eased: str) -> tuple[State, str]:
    """Returns what the run does, and why: what people see counts before what it does about its rate."""
    plain: Mapping[str, State] = {
        "running": "running", "paused": "paused", "ending": "stopping", "ended": "ended", "failed": "failed",
    }  # fmt: skip
    if state == "running" and cover:
        return "holding", cover
    if state == "running" and eased:
        return "adapting", eased
    return plain[state], ""


def _node(
    name: str, node: NodeStats, past: NodeStats | None, shares: Shares, span_s: float, sample: Sample,
    bypassed: bool,  # noqa: FBT001 - a fact, not a switch
) -> NodeNow:  # fmt: skip
    return NodeNow(
        name=name,
        device=node.device,
        placement="; ".join(sorted({what for what in node.networks.values() if what != "CPU"})),
        fps=_rate(node.calls - past.calls, span_s) if past else 0.0,
        p50=node.ms.p50,
        p95=node.ms.p95,
        p99=node.ms.p99,
        recent=_recent(node, past),
        calls=node.calls,
        errors=node.errors,
        skipped=node.skipped,
        working=shares.working,
        runnable=shares.runnable,
        waiting=shares.waiting,
        blocked=shares.blocked,
        bypassed=bypassed,
        counters=node.counters,
        histogram=sample.histograms.get(name, ()),
    )


def _recent(node: NodeStats, past: NodeStats | None) -> float:
    """Returns the mean time of the calls between two samples, ms: a change shows in it within a second."""
    calls = node.calls - past.calls if past else 0
    return max(0.0, node.working_s - past.working_s) * 1000 / calls if past and calls > 0 else 0.0


def _rate(count: float, span_s: float) -> float:
    return max(0.0, count / span_s) if span_s > 0 else 0.0


def _histogram(meters: Sequence[Any]) -> tuple[int, ...]:
    """Returns how many of the latest calls fell into each bin of `HISTOGRAM_EDGES_MS`, and above."""
    samples = np.array([sample for meter in meters for sample in meter.work.samples()], np.int64)
    edges = np.array(HISTOGRAM_EDGES_MS) * MILLISECOND
    counts = np.bincount(np.searchsorted(edges, samples), minlength=len(edges) + 1)
    return tuple(int(count) for count in counts)

"""Tells what keeps a run from being faster, and so which steps of the ladder can be of help."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from runtime.observation import NodeLoad, Observation

FULL_CPU = 0.88
"""Share of all cores from which on the processor is what there is too little of."""

FULL_MACHINE = 0.97
"""The same for all programs together."""

FULL_STAGE = 0.85
"""Share of its time from which on a stage is."""

SLOW_SOURCE = 0.95
"""A source that gives less than this share of what is aimed at is what limits the run, if the graph takes it all."""

TAKES_ALL = 0.9

WAITS = 0.5
"""A node on a device that has a processor for less than this share of its time waits for the device."""

SMALL = 0.02
"""A node that takes less than this share of the nodes' work cannot save anything that counts."""


class Limit(StrEnum):
    """What there is too little of."""

    CPU = "cpu"
    DEVICE = "device"
    THREAD = "thread"
    SINK = "sink"
    SOURCE = "source"
    PATH = "path"
    NONE = "none"


class Bottleneck(NamedTuple):
    """What limits a run.

    Attributes:
        limit: the sort of thing.
        nodes: those of which easing helps; all others cannot.
        why: in words, for a sentence: "the processor is full (1.9 of 2 cores)".
    """

    limit: Limit
    nodes: frozenset[str]
    why: str

    def helped_by(self, node: str | None) -> bool:
        """Returns whether easing a node can help, or (None) letting fewer frames in."""
        return self.limit is not Limit.SOURCE and (node is None or node in self.nodes)


def bottleneck_of(seen: Observation, target_fps: float) -> Bottleneck:
    """Returns what limits a run that should give `target_fps`."""
    worth = _worth_easing(seen)
    ours = f"{seen.cores_busy:.1f} of {seen.cores} cores"
    if seen.cores_busy >= FULL_CPU * seen.cores:
        return Bottleneck(Limit.CPU, worth, f"the processor is full ({ours})")
    if (seen.machine_busy or 0.0) >= FULL_MACHINE:
        return Bottleneck(Limit.CPU, worth, f"the processor is full, mostly with other programs (this one: {ours})")
    stages = seen.stages
    busiest = max(stages, key=lambda stage: stages[stage], default="")
    if stages.get(busiest, 0.0) >= FULL_STAGE:
        return _of_stage(seen, busiest, worth)
    if seen.source_fps < SLOW_SOURCE * target_fps and seen.fps >= TAKES_ALL * seen.source_fps:
        why = f"the source gives {seen.source_fps:.1f} of {target_fps:.3g} fps, and all of it comes out"
        return Bottleneck(Limit.SOURCE, frozenset(), why)
    if seen.drops:
        return Bottleneck(Limit.PATH, worth, "a frame's way through the graph takes too long")
    return Bottleneck(Limit.NONE, worth, "nothing is full")


def _of_stage(seen: Observation, stage: str, worth: frozenset[str]) -> Bottleneck:
    inside = {name: node for name, node in seen.nodes.items() if node.stage == stage}
    name, node = max(inside.items(), key=lambda item: item[1].share)
    busy = f"{seen.stages[stage]:.0%} of the time"
    if node.is_sink:
        return Bottleneck(Limit.SINK, frozenset(), f"the sink {name} is busy {busy}")
    if _waits_for_device(node):
        same = {other for other, load in seen.nodes.items() if load.device == node.device}
        return Bottleneck(Limit.DEVICE, worth & same, f"{name} waits for {node.device} {busy}")
    return Bottleneck(Limit.THREAD, worth & inside.keys(), f"the thread of {name} is busy {busy}")


def _waits_for_device(node: NodeLoad) -> bool:
    return node.device != "cpu" and node.cpu_share < WAITS * node.share


def _worth_easing(seen: Observation) -> frozenset[str]:
    whole = sum(node.share for node in seen.nodes.values())
    return frozenset(name for name, node in seen.nodes.items() if node.share > SMALL * whole)

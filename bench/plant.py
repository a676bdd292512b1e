"""A machine and a graph on it, simulated: enough of both to see what the controller does, in no time at all.

Every node has a stage of its own. The rate is what the slowest stage, all cores, and the credits allow; a source that
gives more loses frames at the gate. A frame's age is the time on its way, and in the queue once there is one.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime.adapt import Controller, Decision
from runtime.observation import NodeLoad, Observation
from runtime.rung import Place
from runtime.vitals import Vitals

TICK_S = 0.25
SPAN = 3
"""Ticks of which an observation tells at most."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a frame costs a node.

    Attributes:
        ms: at the settings of the graph.
        cpu_share: how much of that is processor time; the rest is a device's.
        device: where it runs.
        saves: settings and values with the share of `ms` that is left under them; the last one that holds counts.
    """

    ms: float
    cpu_share: float = 1.0
    device: str = "cpu"
    saves: Mapping[tuple[Place, Any], float] = field(default_factory=dict)

    def cost_ms(self, settings: Mapping[Place, Any]) -> float:
        """Returns the cost under some settings."""
        left = [share for (place, value), share in self.saves.items() if settings.get(place) == value]
        return self.ms * (left[-1] if left else 1.0)


@dataclass(frozen=True, slots=True)
class Plant:
    """A graph on a machine.

    Attributes:
        nodes: by name.
        source_fps: what the source gives.
        cores: processor cores.
        credits: most frames in flight.
        noise: how much the cost of a moment varies, as a share of it.
    """

    nodes: Mapping[str, Work]
    source_fps: float = 30.0
    cores: int = 2
    credits: int = 2
    noise: float = 0.0

    def tick(
        self, settings: Mapping[Place, Any], cap_fps: float | None, load: float, dice: random.Random
    ) -> Observation:
        """Returns what happens in one tick while frames cost `load` times what they do."""
        load *= 1 + self.noise * dice.uniform(-1, 1)
        costs = {name: work.cost_ms(settings) * load for name, work in self.nodes.items()}
        cpu_ms = sum(costs[name] * work.cpu_share for name, work in self.nodes.items())
        path_ms = sum(costs.values())
        most = 1000 / max(*costs.values(), cpu_ms / self.cores, path_ms / self.credits, 1e-6)
        entering = min(self.source_fps, cap_fps or self.source_fps)
        fps = min(entering, most)
        is_full = most < entering
        age_ms = 1000 * self.credits / fps + 500 / self.source_fps if is_full else path_ms
        return Observation(
            window_s=TICK_S, fps=fps, source_fps=self.source_fps, drops=round((entering - fps) * TICK_S * 4),
            age_p50_ms=age_ms, age_p95_ms=1.2 * age_ms, credits=self.credits,
            nodes={
                name: NodeLoad(name, costs[name] * fps / 1000, costs[name] * work.cpu_share * fps / 1000, work.device)
                for name, work in self.nodes.items()
            },
            cores=self.cores, cores_busy=cpu_ms * fps / 1000,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """One tick of a simulation: when (s), what was seen, and what was decided."""

    at: float
    seen: Observation
    decision: Decision


def simulate(
    plant: Plant, controller: Controller, seconds: float, *,
    load: Callable[[float], float] = lambda _: 1.0,
    vitals: Callable[[float], Vitals] = lambda _: Vitals(),
    taken_over: frozenset[tuple[str, str]] = frozenset(), seed: int = 0,
) -> Iterator[Moment]:  # fmt: skip
    """Yields a run, tick by tick.

    Args:
        plant: what is controlled.
        controller: decides.
        seconds: how long.
        load: what frames cost at a time (s), as a multiple.
        vitals: how the machine is at a time.
        taken_over: settings that somebody has set from outside.
        seed: of the noise.
    """
    dice = random.Random(seed)
    recent: deque[Observation] = deque(maxlen=SPAN)
    settings, cap_fps = controller.ladder.settings(()), None
    for index in range(round(seconds / TICK_S)):
        at = (index + 1) * TICK_S
        recent.append(plant.tick(settings, cap_fps, load(at), dice))
        state = vitals(at)
        seen = _together(recent, state, taken_over)
        decision = controller.step(seen, at)
        settings, cap_fps = decision.settings, decision.cap_fps
        if decision.changed:
            recent.clear()
        yield Moment(at, seen, decision)


def _together(recent: Sequence[Observation], vitals: Vitals, taken_over: frozenset[tuple[str, str]]) -> Observation:
    """Returns several ticks as one observation."""
    count, last = len(recent), recent[-1]

    def mean(of: Callable[[Observation], float]) -> float:
        return sum(of(one) for one in recent) / count

    nodes = {
        name: NodeLoad(
            node.stage, mean(lambda one, name=name: one.nodes[name].share),
            mean(lambda one, name=name: one.nodes[name].cpu_share), node.device, node.is_sink,
        )
        for name, node in last.nodes.items()
    }  # fmt: skip
    return Observation(
        window_s=count * TICK_S, fps=mean(lambda one: one.fps), source_fps=last.source_fps,
        drops=sum(one.drops for one in recent), age_p50_ms=mean(lambda one: one.age_p50_ms),
        age_p95_ms=max(one.age_p95_ms for one in recent), credits=last.credits, nodes=nodes, cores=last.cores,
        cores_busy=mean(lambda one: one.cores_busy), thermal=vitals.thermal, memory=vitals.memory,
        taken_over=taken_over,
    )  # fmt: skip

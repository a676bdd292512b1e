"""What the machine's state asks for: fewer frames and smaller batches while it is hot, less memory while that is short.

A worse state counts at once, a better one only after a while, so that a sensor at the edge does not toggle anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.vitals import Pressure, Thermal

FPS_SHARES: Mapping[Thermal, float] = {"nominal": 1.0, "fair": 0.9, "serious": 0.7, "critical": 0.5}
"""What becomes of the aimed-at rate in each thermal state."""

BATCH_SHARES: Mapping[Thermal, float] = {"nominal": 1.0, "fair": 0.8, "serious": 0.6, "critical": 0.4}
"""What becomes of the largest batches."""

MEMORY_SHARES: Mapping[Pressure, float] = {"normal": 1.0, "warn": 0.5, "critical": 0.25}
"""How much of `max_memory` may be used."""

RELAX_S = 5.0
"""How long a state must be better before that counts."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked for."""

    thermal: Thermal = "nominal"
    memory: Pressure = "normal"

    @property
    def fps_share(self) -> float:
        """Part of the aimed-at rate."""
        return FPS_SHARES[self.thermal]

    @property
    def batch_share(self) -> float:
        """Part of the largest batches."""
        return BATCH_SHARES[self.thermal]

    @property
    def memory_share(self) -> float:
        """Part of `max_memory`."""
        return MEMORY_SHARES[self.memory]

    @property
    def is_none(self) -> bool:
        """Whether the machine is well."""
        return self == Demand()


class Demands:
    """Follows the machine's state."""

    def __init__(self) -> None:
        self.now = Demand()
        self._better: Demand | None = None
        self._better_since = 0.0

    def step(self, thermal: Thermal, memory: Pressure, now: float) -> Demand:
        """Returns what is asked for at `now` (s)."""
        told = Demand(thermal, memory)
        worst = Demand(
            max(thermal, self.now.thermal, key=list(FPS_SHARES).index),
            max(memory, self.now.memory, key=list(MEMORY_SHARES).index),
        )
        if worst != self.now:
            self.now, self._better = worst, None
        if told == self.now:
            self._better = None
        elif told != self._better:
            self._better, self._better_since = told, now
        elif now - self._better_since >= RELAX_S:
            self.now, self._better = told, None
        return self.now


def words(before: Demand, after: Demand) -> str:
    """Returns what a change asks for, in a sentence."""
    parts = []
    if before.thermal != after.thermal:
        back = " again" if after.thermal == "nominal" else ""
        parts.append(
            f"the thermal state is {after.thermal}{back}: {after.fps_share:.0%} of the frame rate, "
            f"{after.batch_share:.0%} of the batches"
        )
    if before.memory != after.memory:
        back = " again" if after.memory == "normal" else "; nodes forget what they can make again"
        parts.append(f"memory pressure is {after.memory}: {after.memory_share:.0%} of max_memory may be used{back}")
    return "; ".join(parts)

"""What was learnt of a ladder's rungs: what each has saved, and when to go back is worth a try.

Times are seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from runtime.limits import Limit
from runtime.observation import Observation

GUESS = 1.25
"""How much dearer the rung above is taken to be while that was never seen."""

FAILED_S = 5.0
"""A climb that is taken back within this time has failed."""

TRUST_S = 90.0
"""How long what was learnt of a rung is believed; longer after failed climbs. Then the one above is tried for once."""

BACK_OFF_S = 15.0
BACK_OFF_MOST_S = 240.0
"""How long a rung is left alone after a failed climb; twice as long after each further one."""

FADES, HIGHEST = 0.98, 1.5
"""What is left of a peak after each look, four times a second, so that half fades in nine seconds; and how far above
what is now it counts at most, so that a hiccup is soon forgotten, and so is a load that went away."""


@dataclass(frozen=True, slots=True)
class Burden:
    """What frames cost, and how old they come out (p95), ms."""

    frame_ms: float = 0.0
    path_ms: float = 0.0
    age_ms: float = 0.0

    @classmethod
    def of(cls, seen: Observation) -> Burden:
        """Returns that of what was seen."""
        return cls(seen.frame_ms, seen.path_ms, seen.age_p95_ms)

    def peak(self, now: Burden) -> Burden:
        """Returns the peak of late, this being the one before: what a rung must hold, and a mean does not tell."""
        pairs = (now.frame_ms, self.frame_ms), (now.path_ms, self.path_ms), (now.age_ms, self.age_ms)
        return Burden(*(min(max(new, FADES * old), HIGHEST * new) for new, old in pairs))

    def cost_ms(self, limit: Limit) -> float:
        """Returns what a frame costs of that which is scarce under a limit."""
        return max(self.frame_ms, self.path_ms if limit is Limit.PATH else 0.0)


@dataclass(slots=True)
class _Known:
    """What was learnt of one.

    Attributes:
        limit: what was scarce when it was taken.
        at: when that was.
        dearer, older: how many times as much frames cost and how many times as old they are without it; None unknown.
        wait_s: how long it was left alone after its last failed climb.
        not_before: when the next may be.
    """

    limit: Limit = Limit.NONE
    at: float = -math.inf
    dearer: float | None = None
    older: float | None = None
    wait_s: float = 0.0
    not_before: float = -math.inf


class Learnt:
    """What is known of all rungs, by their indices."""

    def __init__(self) -> None:
        self._rungs: dict[int, _Known] = {}
        self._last_up: tuple[int, float] | None = None
        self._to_learn: tuple[int, Burden] | None = None
        self._now = self._peak = Burden()

    def look(self, now: Burden) -> None:
        """Notes what frames cost now; from the first look behind a step down, what that has saved."""
        self._now, self._peak = now, self._peak.peak(now)
        if self._to_learn is not None and now.frame_ms > 0:
            rung, before = self._to_learn
            known = self._rungs[rung]
            known.dearer = max(1.0, before.cost_ms(known.limit) / now.cost_ms(known.limit))
            known.older = max(1.0, before.age_ms / max(now.age_ms, 1e-3))
            self._to_learn = None

    def went_down(self, rung: int, limit: Limit, now: float) -> None:
        """Notes that a rung was taken."""
        known = self._rungs.setdefault(rung, _Known())
        climbed, when = self._last_up or (None, 0.0)
        if climbed == rung and now - when <= FAILED_S:
            known.wait_s = min(BACK_OFF_MOST_S, 2 * (known.wait_s or BACK_OFF_S / 2))
            known.not_before = now + known.wait_s
        known.limit, known.at = limit, now
        self._to_learn = (rung, self._now)
        self._peak = Burden()

    def went_up(self, rung: int, now: float) -> None:
        """Notes that a rung was given back."""
        self._last_up = (rung, now)
        self._peak = Burden()

    def forget_step(self) -> None:
        """Learns nothing of the last step down: something else has changed too."""
        self._to_learn = None
        self._peak = Burden()

    def may_go_up(self, rung: int, now: float) -> bool:
        """Returns whether a rung may be given back, as far as failed climbs tell."""
        return now >= self._rungs.get(rung, _Known()).not_before

    def without(self, rung: int, now: float, *, is_cap: bool) -> tuple[float, float]:
        """Returns what a frame would cost without a rung and how old it would be, ms, by the peak of late.

        Args:
            rung: its index.
            now: the time.
            is_cap: whether it is a frame rate, without which a frame costs the same.
        """
        known = self._rungs.get(rung, _Known())
        believed = now - known.at <= TRUST_S + 4 * known.wait_s
        dearer = known.dearer if believed and known.dearer is not None else GUESS
        older = known.older if believed and known.older is not None else GUESS
        return self._peak.cost_ms(known.limit) * (1.0 if is_cap else dearer), self._peak.age_ms * older

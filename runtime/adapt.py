"""Holds the frame rate and the latency budget by walking a ladder of prepared settings, one rung at a time.

Down at once when frames fall behind, up only when the rung above is predicted to hold, and later after each climb that
did not. Pure: it is told what was seen and when, and answers with what shall be; `runtime/housekeeping.py` carries it
out. Times are seconds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.demand import Demand, Demands, words
from runtime.ladder import Ladder
from runtime.learnt import Burden, Learnt
from runtime.limits import Bottleneck, Limit, bottleneck_of
from runtime.observation import Observation
from runtime.pace import limit_below
from runtime.rung import Place
from runtime.words import value_text

WINDOW_S = 0.5
WINDOW_FRAMES = 10
"""How long it looks before it judges: long enough for one frame more or less to be no tenth of them."""

AGED_FRAMES = 21
"""Ages from which on p95 counts: of fewer it is the largest, which one hiccup makes."""

SHORT = 0.9
"""Share of the aimed-at rate under which frames fall behind."""

PATIENCE_S = 0.5
"""For how long they must, before the first step of a descent; a hiccup is no reason."""

STALL_S = 5.0
"""For how long while single calls take as long as what was looked at: a device that wakes, a disk, a laptop's lid. A
step would come when that is over, and be of no help."""

DESCENT_S = 2.0
"""How long after a step down the next one needs no patience."""

CALM_S = 3.0
"""How long all must be well before a step up, and between two of them."""

ROOM = 0.8
"""Part of the time that a frame may be predicted to take on the rung above: a step down comes at about 1."""

AGE_ROOM = 0.85
"""The same for the latency budget."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What shall be, whole: whoever carries it out need not know what was before.

    Attributes:
        taken: indices of the ladder's rungs, in the order in which they were taken.
        settings: value of each setting of the ladder; not of those that somebody has taken over.
        cap_fps: most frames a second that may enter, or None.
        aim_fps: the rate that is to be held.
        demand: what the machine's state asks for.
        limit: what the run is short of.
        reason: why, of the last change.
        lack: why there is no change now though one is needed, else nothing.
        changed: whether anything but reason and lack is other than before.
    """

    taken: tuple[int, ...]
    settings: Mapping[Place, Any]
    cap_fps: float | None
    aim_fps: float
    demand: Demand
    limit: Limit
    reason: str
    lack: str
    changed: bool


class Controller:
    """Decides, from one observation to the next.

    Args:
        ladder: its steps.
        target_fps: the rate to hold.
        budget_ms: capture to present (p95) to hold, or None.
        source_fps: the rate that the source claims, or None.
    """

    def __init__(
        self, ladder: Ladder, target_fps: float, budget_ms: float | None = None, source_fps: float | None = None
    ) -> None:
        self.ladder = ladder
        self._target_fps = target_fps
        self._budget_ms = math.inf if budget_ms is None else budget_ms
        self._source_fps = source_fps
        self._demands = Demands()
        self._demand = Demand()
        self._taken: tuple[int, ...] = ()
        self._sets = 0
        self._least = 0  # rungs that somebody has asked for by hand
        self._before: tuple[tuple[int, ...], Demand] = (self._taken, self._demand)
        self._hands_off: frozenset[Place] = frozenset()
        self._learnt = Learnt()
        self._bad_since: float | None = None
        self._calm_since: float | None = None
        self._stalled_since: float | None = None
        self._last_down = -math.inf
        self._limit = Limit.NONE
        self._reason = ""
        self._lack = ""

    def step(self, seen: Observation, now: float) -> Decision:
        """Returns what shall be, given what was seen since the last change."""
        self._leave_alone(seen)
        demand = self._demands.step(seen.thermal, seen.memory, now)
        if demand != self._demand:
            self._reason = words(self._demand, demand)
            self._demand = demand
            self._bad_since = self._calm_since = None
        elif seen.window_s >= max(WINDOW_S, WINDOW_FRAMES / self._aim()) - 1e-3:
            self._judge(seen, now)
        before, self._before = self._before, (self._taken, self._demand)
        return self._decision(changed=before != self._before)

    def walk(self, by: int) -> None:
        """Takes a rung more (-1) or one less (1) at somebody's wish, which shows in the next step.

        Nothing is given back beyond where they have gone down; what the graph then lacks is taken as ever.
        """
        free = (index for index in range(len(self.ladder.rungs)) if index not in self._taken)
        rung = next((index for index in free if self.ladder.rungs[index].place not in self._hands_off), None)
        if by < 0 and rung is not None:
            self._reason = f"somebody wishes it, so {self._change(rung)}"
            self._taken = (*self._taken, rung)
        elif by > 0 and self._taken:
            self._reason = f"somebody wishes it, so {self._back(self._taken[-1])}"
            self._taken = self._taken[:-1]
        self._least = len(self._taken)
        self._bad_since = self._calm_since = None
        self._learnt.forget_step()

    def _decision(self, *, changed: bool) -> Decision:
        settings = self.ladder.settings(self._taken)
        return Decision(
            taken=self._taken,
            settings={place: value for place, value in settings.items() if place not in self._hands_off},
            cap_fps=limit_below(self._aim(), self._source_fps or self._target_fps),
            aim_fps=self._aim(),
            demand=self._demand,
            limit=self._limit,
            reason=self._reason,
            lack=self._lack,
            changed=changed,
        )

    def _aim(self, taken: tuple[int, ...] | None = None) -> float:
        """Returns the rate to hold, with the rungs that are taken or others."""
        cap = self.ladder.cap(self._taken if taken is None else taken)
        return min(self._target_fps * self._demand.fps_share, cap or math.inf)

    def _leave_alone(self, seen: Observation) -> None:
        """Forgets the rungs of settings that somebody has taken over, and all that was learnt before they set it."""
        if seen.sets != self._sets:
            self._sets, self._learnt, self._calm_since = seen.sets, Learnt(), None
        self._hands_off = frozenset(seen.taken_over)
        self._taken = tuple(index for index in self._taken if self.ladder.rungs[index].place not in self._hands_off)
        self._least = min(self._least, len(self._taken))

    def _judge(self, seen: Observation, now: float) -> None:
        if not seen.stalled:
            self._stalled_since = None
        elif self._stalled_since is None:
            self._stalled_since = now
        if self._stalled_since is not None and now - self._stalled_since < STALL_S:
            self._bad_since = self._calm_since = None
            return
        self._lack = ""
        self._learnt.look(Burden.of(seen))
        bottleneck = bottleneck_of(seen, self._aim())
        if short := self._shortfall(seen, bottleneck.limit):
            self._calm_since = None
            self._bad_since = now if self._bad_since is None else self._bad_since
            self._limit = bottleneck.limit
            descending = now - self._last_down < DESCENT_S
            if descending or now - self._bad_since >= PATIENCE_S - 1e-3:
                self._down(bottleneck, short, now)
            return
        self._bad_since = None
        self._calm_since = now if self._calm_since is None else self._calm_since
        self._limit = Limit.SOURCE if bottleneck.limit is Limit.SOURCE else Limit.NONE
        if self._limit is Limit.SOURCE and not self._taken:
            self._lack = f"{bottleneck.why}: no step would be of help"
        if len(self._taken) > self._least and self._demand.is_none and now - self._calm_since >= CALM_S - 1e-3:
            self._up(seen, now)

    def _shortfall(self, seen: Observation, limit: Limit) -> str:
        """Returns in what the run falls behind, or nothing. A slow source is no fault, unless it lacks a processor."""
        wanted = self._aim() if limit is Limit.CPU else min(self._aim(), seen.source_fps)
        if seen.fps < SHORT * wanted:
            return f"{seen.fps:.1f} of {wanted:.3g} fps"
        age_ms = seen.age_p95_ms if seen.aged >= AGED_FRAMES else seen.age_p50_ms
        return f"frames are {age_ms:.0f} ms old and may be {self._budget_ms:g}" if age_ms > self._budget_ms else ""

    def _down(self, bottleneck: Bottleneck, short: str, now: float) -> None:
        rung = next((index for index in range(len(self.ladder.rungs)) if self._may_take(index, bottleneck)), None)
        if rung is None:
            self._lack = f"{short}: {bottleneck.why}; no step is left that would be of help"
            return
        self._learnt.went_down(rung, bottleneck.limit, now)
        self._reason = f"{short}: {bottleneck.why}, so {self._change(rung)}"
        self._taken = (*self._taken, rung)
        self._last_down = now

    def _may_take(self, index: int, bottleneck: Bottleneck) -> bool:
        rung = self.ladder.rungs[index]
        return index not in self._taken and rung.place not in self._hands_off and bottleneck.helped_by(rung.node)

    def _up(self, seen: Observation, now: float) -> None:
        *rest, rung = self._taken
        if not self._learnt.may_go_up(rung, now):
            return
        cost_ms, age_ms = self._learnt.without(rung, now, is_cap=self.ladder.rungs[rung].is_cap)
        fps = self._aim(tuple(rest))
        if self._limit is Limit.SOURCE:
            fps = min(fps, seen.source_fps / SHORT)  # it may get a little faster
        share = cost_ms * fps / 1000
        if share > ROOM or age_ms > AGE_ROOM * self._budget_ms:
            return
        self._taken = tuple(rest)
        self._reason = f"{self._back(rung)}: a frame then takes {share:.0%} of the time that there is"
        self._calm_since = now
        self._learnt.went_up(rung, now)

    def _change(self, index: int) -> str:
        rung = self.ladder.rungs[index]
        if rung.is_cap:
            return f"at most {rung.value:g} fps enter"
        before = value_text(self.ladder.before(index, self._taken))
        return f"{rung.name} goes from {before} to {value_text(rung.value)}"

    def _back(self, index: int) -> str:
        rung = self.ladder.rungs[index]
        if rung.is_cap:
            return f"{self._aim():.3g} fps may enter again"
        return f"{rung.name} goes back to {value_text(self.ladder.before(index, self._taken))}"

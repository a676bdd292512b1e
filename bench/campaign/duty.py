"""What the promise demands at each moment of a script: who must be hidden, and what excuses a held or blurred picture.

Reckoned from the script alone; nothing here asks the pipeline.
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.campaign.script import Moment, Script

OPAQUE = 0.75
"""Opacity of a swap below which the face is as good as bare."""

_ONE_GAP = 0.75
"""Share of `forget_ms` for which a single gap between two pictures counts at most."""

_SMOOTH_S = 0.1
"""Without numbers somebody is the same only where hardly any time has passed."""

_EPS = 1e-3


@dataclass(frozen=True, slots=True)
class Duty:
    """The promise at one moment.

    Attributes:
        hidden: who must not be seen bare.
        excuses: what may keep the picture from being shown as it is; without any it must be shown.
        present: whether an excuse has to do with this very moment, not only with somebody who has left.
        time: seconds since the start.
    """

    hidden: frozenset[str]
    excuses: frozenset[str]
    present: bool
    time: float


def duties(script: Script) -> list[Duty]:
    """Returns what each moment demands."""
    reckoning = _Reckoning(script)
    return [reckoning.step(index, moment) for index, moment in enumerate(script.moments)]


class _Reckoning:
    def __init__(self, script: Script) -> None:
        self._script = script
        self._times = script.times()
        self._silent: dict[str, float] = {}  # known people, and for how long the detector has run without finding them
        self._ghosts: list[float] = []  # the same for people who were found again, but as if they were somebody new
        self._numbers: dict[str | None, int] = {}
        self._anybody: float | None = 0.0  # the same for somebody unknown who may be anywhere
        self._opacity: dict[str, float] = {"swapped": 1.0, "composite": 1.0}
        self._forget_s = 2.0

    def step(self, index: int, moment: Moment) -> Duty:
        step_s = self._times[index] - self._times[max(index - 1, 0)]
        self._set(moment)
        last = self._script.moments[max(index - 1, 0)]
        if (last.scene, last.size) != (moment.scene, moment.size):
            self._silent, self._ghosts, self._anybody, step_s = {}, [], 0.0, 0.0
        if not moment.blind and "cache" not in moment.raising:
            self._look(moment, min(step_s, _ONE_GAP * self._forget_s))
        excuses = self._excuses(moment)
        gone = {f"{name} missing" for name in self._silent if name not in moment.people}
        return Duty(frozenset(self._hidden(moment)), frozenset(excuses), bool(excuses - gone), self._times[index])

    def _set(self, moment: Moment) -> None:
        for node, setting, value in moment.settings:
            if setting == "opacity":
                self._opacity[node] = value
            if setting == "forget_ms":
                self._forget_s = value / 1000

    def _look(self, moment: Moment, step_s: float) -> None:
        """Takes what the detector finds; the last moment before somebody is forgotten may fall on either side."""
        found = moment.found & moment.people.keys()
        silent = {name: seconds + step_s for name, seconds in self._silent.items()}
        self._ghosts = [seconds + step_s for seconds in self._ghosts if seconds + step_s < self._forget_s + _EPS]
        numbers = {face.person: face.track for face in moment.faces if face.person in found}
        for name, number in numbers.items():
            known = (
                self._numbers.get(name) == number if number >= 0 else step_s <= _SMOOTH_S and not self._silent.get(name)
            )
            if name in silent and not known and self._script.tracker != "swaps":
                self._ghosts.append(silent[name])
        self._numbers |= numbers
        silent |= dict.fromkeys(found, 0.0)
        self._silent = {
            name: seconds for name, seconds in silent.items() if name in found or seconds < self._forget_s + _EPS
        }
        if self._anybody is not None:
            self._anybody += step_s
            if found or self._anybody > self._forget_s + _EPS:
                self._anybody = None

    def _hidden(self, moment: Moment) -> set[str]:
        latest = self._forget_s - _EPS
        hidden = {name for name, seconds in self._silent.items() if seconds < latest or name in moment.found}
        if self._anybody is not None and self._anybody < latest:
            hidden |= moment.people.keys()
        return hidden

    def _excuses(self, moment: Moment) -> set[str]:
        found = moment.found & moment.people.keys()
        excuses = {f"{name} missing" for name in self._silent if name not in found}
        excuses |= {f"{name} raises" for name in moment.raising}
        causes = {
            "detector fails": moment.blind,
            "no blend": found and "enabled: false" in self._script.graph.get("composite", ""),
            "nobody known yet": self._anybody is not None,
            "found as somebody new": self._ghosts,
            "impossible place": moment.broken and found,
            "swap fails": moment.failed & found,
            "transparent": found and self._opacity["swapped"] * self._opacity["composite"] < OPAQUE,
        }
        return excuses | {cause for cause, is_so in causes.items() if is_so}

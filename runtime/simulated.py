"""A machine that is made up: how warm it is and how short of memory, at which time. For tests and rehearsals.

thermal=serious,memory=warn             from the start on
thermal=fair@5s,thermal=serious@10s     from five, and ten, seconds after the first reading on
load=0.2..0.9@10s..20s                  rising from 10 to 20 s
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from runtime.clock import SECOND, Clock
from runtime.errors import ConfigurationError
from runtime.spelling import did_you_mean
from runtime.vitals import PRESSURE, THERMAL, Vitals

_FORM = re.compile(r"(?P<sign>\w+)=(?P<value>[^@]+?)(?:@(?P<begin>[\d.]+)s(?:\.\.(?P<end>[\d.]+)s)?)?")
_WORDS: dict[str, tuple[str, ...]] = {
    "thermal": THERMAL,
    "memory": PRESSURE,
    "power": ("mains", "battery", "unknown"),
}
_NUMBERS: dict[str, Callable[[float], float | int]] = {"load": float, "memory_free_bytes": int}


@dataclass(frozen=True, slots=True)
class Step:
    """A sign that changes: `values` one after another, spread evenly from `begin` to `end` (s); one stays."""

    sign: str
    values: tuple[Any, ...]
    begin: float = 0.0
    end: float = 0.0

    def at(self, time: float) -> Any:
        """Returns the value at a time, s; it has begun."""
        if self.end <= self.begin or time >= self.end:
            return self.values[-1]
        done = (time - self.begin) / (self.end - self.begin)
        if self.sign in _NUMBERS:
            first, last = self.values[0], self.values[-1]
            return _NUMBERS[self.sign](first + (last - first) * done)
        return self.values[int(done * len(self.values))]


class Simulated:
    """Reads the made-up machine; its time begins at the first reading."""

    def __init__(self, steps: Sequence[Step], clock: Clock) -> None:
        self._steps = sorted(steps, key=lambda step: step.begin)
        self._clock = clock
        self._began: int | None = None

    def read(self) -> Vitals:
        """Returns its state now."""
        now = self._clock.now()
        self._began = now if self._began is None else self._began
        time = (now - self._began) / SECOND
        return replace(Vitals(), **{step.sign: step.at(time) for step in self._steps if step.begin <= time})


def simulated(text: str, clock: Clock) -> Simulated:
    """Returns the machine that a text describes; see above for its form.

    Raises:
        ConfigurationError: it does not have that form, or names a sign or value that there is not.
    """
    return Simulated([_step(part.strip()) for part in text.split(",")], clock)


def _step(part: str) -> Step:
    match = _FORM.fullmatch(part)
    if match is None:
        raise ConfigurationError(f"{part!r} is no simulated sign; write SIGN=VALUE or SIGN=VALUE@SECONDSs, {_EXAMPLE}")
    sign, begin = match["sign"], _seconds(part, match["begin"])
    first, dots, last = match["value"].partition("..")
    end = begin if match["end"] is None else _seconds(part, match["end"])
    if bool(dots) != (match["end"] is not None) or end < begin:
        raise ConfigurationError(f"{part!r}: a ramp needs two values and two times, such as load=0.2..0.9@10s..20s")
    if sign in _NUMBERS:
        return Step(sign, tuple(_figure(part, value) for value in ((first, last) if dots else (first,))), begin, end)
    if sign not in _WORDS:
        raise ConfigurationError(f"{part!r}: there is no sign {sign!r}; {did_you_mean(sign, [*_WORDS, *_NUMBERS])}")
    ends = [_place(part, value, _WORDS[sign]) for value in ((first, last) if dots else (first,))]
    return Step(sign, _between(_WORDS[sign], ends[0], ends[-1]), begin, end)


_EXAMPLE = "for example thermal=serious,memory=warn@5s"


def _between(words: tuple[str, ...], first: int, last: int) -> tuple[str, ...]:
    """Returns the words on the way from one to another."""
    return words[first : last + 1] if first <= last else words[last : first + 1][::-1]


def _place(part: str, value: str, words: tuple[str, ...]) -> int:
    if value not in words:
        raise ConfigurationError(f"{part!r}: there is no {value!r}; {did_you_mean(value, words)}")
    return words.index(value)


def _figure(part: str, value: str) -> float:
    with suppress(ValueError):
        if (number := float(value)) >= 0 and isfinite(number):
            return number
    raise ConfigurationError(f"{part!r}: {value!r} is no number from 0 on")


def _seconds(part: str, text: str | None) -> float:
    return 0.0 if text is None else _figure(part, text)

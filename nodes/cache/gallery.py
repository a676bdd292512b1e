"""Remembers who was there: a number for each person, with a few identities to know them again by.

When it is full, whoever is worth least is forgotten first. An identity takes 11 ms to make and its person may come back
at any time, so worth is what was made times how much it was used, more for those who have come back before, less
the longer they are away.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from models.recognisers import Limits
from runtime.kinds import Floats, Identity

EXEMPLARS = 4
"""Identities held for a person: one head turned this way and that has several."""

AWAY_S = 60.0
"""Time after which somebody who is away is worth half."""


@dataclass(slots=True)
class Person:
    """Somebody who is or was there.

    Attributes:
        vectors: float32 [1 to 4, D], L2-normed.
        made: how many identities went in.
        frames: how many frames showed them.
        returns: how often they have come back.
        seen_at: when they were last seen, s; -inf before this run.
    """

    vectors: Floats
    made: int = 1
    frames: int = 0
    returns: int = 0
    seen_at: float = -math.inf

    def similarity(self, vector: Floats) -> float:
        """Returns the cosine with the most similar of the identities."""
        return float((self.vectors @ vector).max())

    def add(self, vector: Floats) -> None:
        """Takes in one more identity; it takes the place of the most similar one when there are enough."""
        self.made += 1
        if len(self.vectors) < EXEMPLARS:
            self.vectors = np.vstack([self.vectors, vector])
        else:
            self.vectors[int((self.vectors @ vector).argmax())] = vector

    def worth(self, now: float) -> float:
        """Returns what forgetting them would cost; 0 only for those of earlier runs who were not seen in this one."""
        away_s = abs(now - self.seen_at)  # the clock of a clip that starts again goes back
        return self.made * math.log2(2 + self.frames) * (1 + self.returns) * 0.5 ** (away_s / AWAY_S)


@dataclass(slots=True)
class Gallery:
    """People by number.

    Attributes:
        limit: how many are remembered beside those who are in the picture.
        limits: what the cosines of the model mean.
        people: by number.
        evictions: how many were forgotten.
    """

    limit: int
    limits: Limits
    people: dict[int, Person] = field(default_factory=dict)
    evictions: int = 0

    def matches(self, identity: Identity, numbers: Iterable[int]) -> Mapping[int, float]:
        """Returns which of these numbers are of people whom an identity may show, with its similarity to them."""
        similar = {number: self.people[number].similarity(identity.vector) for number in numbers}
        return {number: value for number, value in similar.items() if value >= self.limits.same}

    def learn(self, number: int, identity: Identity) -> None:
        """Takes in an identity of somebody."""
        if number in self.people:
            self.people[number].add(identity.vector)
        else:
            self.people[number] = Person(identity.vector[None].copy())

    def merge(self, number: int, into: int) -> None:
        """Makes one person of two who have turned out to be one."""
        if number in self.people:
            for vector in self.people.pop(number).vectors:
                self.people[into].add(vector)

    def see(self, numbers: Collection[int], now: float) -> None:
        """Notes who is in the picture, and forgets who is worth least if there are too many."""
        for number in numbers:
            if (person := self.people.get(number)) is not None:
                person.frames += 1
                person.seen_at = now
        away = [number for number in self.people if number not in numbers]
        for number in sorted(away, key=lambda one: self.people[one].worth(now))[
            : max(0, len(self.people) - self.limit)
        ]:
            del self.people[number]
            self.evictions += 1

    def as_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Returns the identities, and whose each is by a running number; no picture, no name, no time."""
        vectors = [person.vectors for person in self.people.values()] or [np.empty((0, 0), np.float32)]
        owners = [np.full(len(person.vectors), index, np.int32) for index, person in enumerate(self.people.values())]
        return {"vectors": np.concatenate(vectors), "owners": np.concatenate(owners or [np.empty(0, np.int32)])}

    def load(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Takes in the people of an earlier run, under the numbers from 0; raises `ValueError` for other arrays."""
        if not arrays.keys() >= {"vectors", "owners"}:
            raise ValueError("holds no identities")
        vectors, owners = arrays["vectors"].astype(np.float32), arrays["owners"]
        fitting = vectors.ndim == 2 and owners.shape == vectors.shape[:1] and owners.dtype.kind == "i"
        if not fitting or not np.isfinite(vectors).all():
            raise ValueError("holds no identities")
        for number in range(min(int(owners.max(initial=-1)) + 1, self.limit)):
            rows = vectors[owners == number]
            if len(rows):
                self.people[number] = Person(rows, made=len(rows))

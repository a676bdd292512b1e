"""Tells known people by their identities: of pictures, or of people who were saved with `dlc.py faces add`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.people import PeopleStore
from models.recognisers import LIMITS, Recogniser
from nodes.cache.gallery import Person
from nodes.likeness import read_likeness
from runtime.errors import StreamError
from runtime.kinds import Floats
from runtime.node import Context
from runtime.settings import is_name


class KnownPeople:
    """Names and their embeddings; a picture's name is that of its file, without suffix."""

    def __init__(self, context: Context, people: Sequence[str], recogniser: Recogniser) -> None:
        self._vectors: dict[str, Floats] = {}
        self._limits = LIMITS[recogniser.name]
        store = PeopleStore(model=recogniser.name)
        for text in people:
            name = name_of(text)
            if name in self._vectors:
                raise StreamError(f"{context.node}: two of `people` are called {name}; rename a picture")
            saved = is_name(text) and not Path(text).is_file()
            self._vectors[name] = store.load(name).vectors if saved else _vector(Path(text), context, recogniser)

    def name(self, person: Person) -> str | None:
        """Returns who somebody is, or None for a stranger."""
        name, similarity = self._best(person)
        return name if similarity >= self._limits.same else None

    def is_sure(self, person: Person) -> bool:
        """Whether somebody is certainly one of these, or certainly none of them."""
        return not self._limits.other <= self._best(person)[1] < self._limits.same

    def _best(self, person: Person) -> tuple[str | None, float]:
        pairs = [(float((person.vectors @ vectors.T).max()), name) for name, vectors in self._vectors.items()]
        similarity, name = max(pairs, default=(-1.0, None))
        return name, similarity


def name_of(text: str) -> str:
    """Returns by which name somebody is known who is given by it or by a picture."""
    return text if is_name(text) else Path(text).stem


def _vector(path: Path, context: Context, recogniser: Recogniser) -> Floats:
    likeness = read_likeness(path, context.models, recogniser)
    if likeness.faces > 1:
        context.log.warning("%s: %d faces; %s knows the largest", path.name, likeness.faces, context.node)
    return np.asarray(likeness.identity.vector[None])

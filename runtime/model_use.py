"""The networks that one node uses: which they are, where they run, and how long they take."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runtime.node import Models, Session


class PassingSession(Session):
    """A session that passes everything on to another one; what is to be different, others override."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def run(self, *inputs: Any) -> list[Any]:
        """Runs the network."""
        return self._session.run(*inputs)

    @property
    def inputs(self) -> Sequence[Any]:
        """What the network takes."""
        return self._session.inputs

    @property
    def device(self) -> str:
        """Where it runs."""
        return self._session.device

    @property
    def placement(self) -> object:
        """What really runs."""
        return self._session.placement


class TimedSession(PassingSession):
    """Tells how long all its runs took (ns); of two at once one may get lost, which does not matter here."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.spent = 0

    def run(self, *inputs: Any) -> list[Any]:
        """Runs the network."""
        began = time.perf_counter_ns()
        outputs = self._session.run(*inputs)
        self.spent += time.perf_counter_ns() - began
        return outputs


class ModelUse(Models):
    """Passes models on to one node, on the node's device, and remembers which they were and where they run."""

    def __init__(self, models: Models, device: str | None = None, *, several: bool = False) -> None:
        self._models = models
        self._device = device
        self._several = several
        self.names: set[str] = set()
        self._sessions: list[tuple[str, TimedSession]] = []

    def session(self, name: str, *, device: str | None = None, several: bool = False) -> Session:
        """Returns the session of a model, and notes it."""
        found = self._models.session(name, device=device or self._device, several=several or self._several)
        session = TimedSession(found)
        known = Path(name).name  # of a file not its folder: facts are written into what is made
        self.names.add(known)
        self._sessions.append((known, session))
        return session

    def spent(self) -> Mapping[str, int]:
        """Returns the time spent in each network so far, ns."""
        total: Counter[str] = Counter()
        for name, session in self._sessions:
            total[name] += session.spent
        return total

    @property
    def where(self) -> str:
        """The devices that the models run on now, `cpu` where there are none: what was made aside may have moved."""
        return ", ".join(sorted({session.device for _, session in self._sessions})) or "cpu"

    @property
    def placements(self) -> Mapping[str, str]:
        """What really runs each model now."""
        return {name: str(session.placement) for name, session in self._sessions}

    def file(self, name: str) -> tuple[Path, str]:
        """Returns where a model's file is, and its SHA-256."""
        return self._models.file(name)

"""Loads networks: one session for each model, device, shape and precision, checked against the model's card.

Which thread counts to use is decided elsewhere and passed in. Adapters (detectors, landmarks, ...) give tensors
to a session and read its answer; nothing here knows what they mean.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from models.caches import cache_folder
from models.cards import BUNDLED, Card, load_card
from models.contract import Contract, difference
from models.onnx_session import OnnxSession
from models.opening import Opening, Precision, Shape, Wish
from models.providers import CPU, device_of
from models.rewrite import rewritten
from models.store import Store
from models.switching import SwitchingSession
from runtime.errors import ModelError
from runtime.node import Session
from runtime.threads import Threads


class ModelStore:
    """The models that are here, each loaded at its first use.

    Args:
        folder: that of the bundled ones.
        device: where sessions run that name no device of their own.
        strict_device: whether an operator that the device leaves to the CPU is an error.
        aside: whether devices that compile do so aside while the CPU serves. Live graphs want it; a file's frames
            would depend on when they were ready.
        cache: where rewritten and compiled networks are kept; by default the user's own folder.
    """

    def __init__(
        self,
        threads: Threads = Threads(),  # noqa: B008  # Threads is frozen
        folder: Path = BUNDLED,
        *,
        device: str = CPU,
        strict_device: bool = False,
        aside: bool = False,
        cache: Path | None = None,
    ) -> None:
        self._threads = threads
        self._store = Store(bundled=folder)
        self._device = device_of(device).name
        self._strict = strict_device
        self._aside = aside
        self._cache = cache or cache_folder()
        self._sessions: dict[tuple[str, Wish], Session] = {}
        self._lock = Lock()  # has sessions made one after another, and each only once; running one takes no lock

    def session(
        self, name: str, *, device: str | None = None, shape: Shape | None = None, precision: Precision = "fp32"
    ) -> Session:
        """Returns the session of a model, loading it at first use; raises `ModelError`."""
        wish = Wish(self._device if device is None else device_of(device).name, shape, precision)
        session = self._sessions.get((name, wish))
        if session is None:
            with self._lock:
                session = self._sessions.get((name, wish))
                if session is None:
                    session = self._sessions[name, wish] = self._load(load_card(name), wish)
        return session

    def file(self, name: str) -> tuple[Path, str]:
        """Returns where a model's file is, and its SHA-256; raises `ModelError` where it is not here."""
        file = load_card(name).file_for(device_of(self._device).family)
        path, (_, sha256) = self._store.path(file), self._store.expected(file)
        if sha256 is None or not path.exists():
            raise ModelError(f"{path}: the model {name!r} is not here; get it with: dlc.py models pull {name}")
        return path, sha256

    def close(self) -> None:
        """Gives up what is being compiled aside."""
        with self._lock:
            for session in self._sessions.values():
                if isinstance(session, SwitchingSession):
                    session.close()

    def _load(self, card: Card, wish: Wish) -> Session:
        opening = self._opening(wish)
        if not (self._aside and device_of(wish.device).compiles):
            return self._opened(card, wish, opening)
        opening.check()
        meanwhile = wish._replace(device=CPU)
        ready = self._opened(card, meanwhile, self._opening(meanwhile))
        return SwitchingSession(ready, lambda: self._opened(card, wish, opening), opening.cancel, card.name)

    def _opening(self, wish: Wish) -> Opening:
        return Opening(wish, self._cache, self._threads.inference, strict=self._strict)

    def _opened(self, card: Card, wish: Wish, opening: Opening) -> OnnxSession:
        """Reads a model's file for a device, rewrites it where that is needed, and opens it."""
        file = card.file_for(device_of(wish.device).family)
        path = self._store.path(file)
        content = self._store.read(file, card.name)
        try:
            session = opening.open(rewritten(content, wish, self._cache))
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from error
        _check_contract(session, card, wish, path)
        return session


def _check_contract(session: OnnxSession, card: Card, wish: Wish, path: Path) -> None:
    """Compares the network's inputs and outputs with the card; where another shape was wished for, only their names."""
    inputs, outputs = (
        {item.name: tuple(side or "?" for side in item.shape) if wish.shape is None else None for item in items}
        for items in (session.inputs, session.outputs)
    )
    if wrong := difference(Contract(inputs, outputs), card):
        raise ModelError(f"{path}: {wrong}: correct the card of {card.name!r}")

"""Loads networks: one session for each model, device, shape and precision, checked against the model's card.

Which thread counts to use is decided elsewhere and passed in. Adapters (detectors, landmarks, ...) give tensors
to a session and read its answer; nothing here knows what they mean.
"""

from __future__ import annotations

import logging
from pathlib import Path
from threading import Lock

from models.caches import cache_folder
from models.cards import BUNDLED, DFM_FILE, Card, load_card
from models.contract import Contract, content_of, contract_in, difference
from models.onnx_session import OnnxSession
from models.opening import Opening, Precision, Shape, Wish
from models.providers import CPU, device_of
from models.rewrite import rewritten
from models.store import Store
from models.switching import SwitchingSession
from runtime.errors import ModelError
from runtime.node import Session
from runtime.threads import Threads

log = logging.getLogger("dlc")

BATCHING = frozenset({"cuda"})
"""Kinds of devices on which a run of several takes less time than as many runs; on processor cores it does not."""


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
        self, name: str, *, device: str | None = None, shape: Shape | None = None, precision: Precision = "fp32",
        several: bool = False,
    ) -> Session:  # fmt: skip
        """Returns the session of a model, loading it at first use; raises `ModelError`.

        A name that ends with `.dfm` is the path of a DFM file. With `several` the batch is freed where the file fixes
        it and the device gains by it; where that cannot be had it is said, and the session is the usual one.
        """
        wish = Wish(self._device if device is None else device_of(device).name, shape, precision)
        if several and shape is None and device_of(wish.device).family in BATCHING:
            return self._for_several(name, wish)
        session = self._sessions.get((name, wish))
        if session is None:
            with self._lock:
                session = self._sessions.get((name, wish))
                if session is None:
                    session = self._sessions[name, wish] = self._load(name, wish)
        return session

    def file(self, name: str) -> tuple[Path, str]:
        """Returns where a model's file is, and its SHA-256; raises `ModelError` where it is not here."""
        file = load_card(name).file_for(device_of(self._device).family)
        path, (_, sha256) = self._store.path(file), self._store.expected(file)
        if sha256 is None or not path.exists():
            raise ModelError(f"{path}: the model {name!r} is not here; get it with: dlc.py models pull {name}")
        return path, sha256

    def close(self) -> None:
        """Gives up what is being compiled aside, and lets go of all sessions: whoever has one may still use it."""
        with self._lock:
            for session in self._sessions.values():
                if isinstance(session, SwitchingSession):
                    session.close()
            self._sessions.clear()

    def _for_several(self, name: str, wish: Wish) -> Session:
        card, path, content = self._found(name, wish)
        first, *_ = contract_in(content, path).inputs.values()
        plain = {"device": wish.device, "precision": wish.precision}
        if not first or first[0] != 1:
            return self.session(name, **plain)
        free = (None, *(size if isinstance(size, int) else 1 for size in first[1:]))
        try:
            return self.session(name, shape=free, **plain)
        except ModelError as error:
            log.warning("%s runs for one face after another: %s", card.name, error)
            return self.session(name, **plain)

    def _load(self, name: str, wish: Wish) -> Session:
        opening = self._opening(wish)
        if not (self._aside and device_of(wish.device).compiles):
            return self._opened(name, wish, opening)
        opening.check()
        meanwhile = wish._replace(device=CPU)
        ready = self._opened(name, meanwhile, self._opening(meanwhile))
        return SwitchingSession(ready, lambda: self._opened(name, wish, opening), opening.cancel, name)

    def _opening(self, wish: Wish) -> Opening:
        return Opening(wish, self._cache, self._threads.inference, strict=self._strict)

    def _opened(self, name: str, wish: Wish, opening: Opening) -> OnnxSession:
        """Reads a model's file for a device, rewrites it where that is needed, and opens it."""
        card, path, content = self._found(name, wish)
        try:
            session = opening.open(rewritten(content, wish, self._cache))
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from error
        _check_contract(session, card, wish, path)
        return session

    def _found(self, name: str, wish: Wish) -> tuple[Card, Path, bytes]:
        """Returns a model's card, its file, and what is in it."""
        card = load_card(name)
        if name.endswith(DFM_FILE):
            path = Path(name)
            content = content_of(path)
            contract_in(content, path)  # refuses what names other files, before anything opens it
            return card, path, content
        file = card.file_for(device_of(wish.device).family)
        return card, self._store.path(file), self._store.read(file, card.name)


def _check_contract(session: OnnxSession, card: Card, wish: Wish, path: Path) -> None:
    """Compares the network's inputs and outputs with the card; where another shape was wished for, only their names."""
    inputs, outputs = (
        {item.name: tuple(side or "?" for side in item.shape) if wish.shape is None else None for item in items}
        for items in (session.inputs, session.outputs)
    )
    if wrong := difference(Contract(inputs, outputs), card):
        raise ModelError(f"{path}: {wrong}: correct the card of {card.name!r}")

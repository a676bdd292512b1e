"""Loads networks: one session for each model, device, shape and precision, checked against the model's card.

Which thread counts to use is decided elsewhere and passed in. Adapters (detectors, landmarks, ...) give tensors
to a session and read its answer; nothing here knows what they mean.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from threading import Lock

from models.caches import cache_folder
from models.cards import BUNDLED, Card, ModelFile, load_card
from models.opening import OnnxSession, Opening, Precision, Shape, Wish
from models.providers import CPU, device_of
from models.rewrite import rewritten
from models.switching import SwitchingSession
from runtime.errors import ModelError
from runtime.node import Session, Threads


class ModelStore:
    """The bundled models, each loaded at its first use.

    Args:
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
        self._folder = folder
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
        path = self._folder / file.name
        content = _verified(path, file)
        try:
            session = opening.open(rewritten(content, wish, self._cache))
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from error
        _check_contract(session, card, wish, path)
        return session


def _verified(path: Path, file: ModelFile) -> bytes:
    """Reads a model file once, so that what was checked is what is loaded."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: the model file cannot be read ({error.strerror}); install dlc again") from error
    found = hashlib.sha256(content).hexdigest()
    if len(content) != file.bytes or found != file.sha256:
        raise ModelError(
            f"{path}: the model file is not the one of its card: {len(content)} bytes, SHA-256 {found[:12]}..., "
            f"expected {file.bytes} bytes, {file.sha256[:12]}...; install dlc again"
        )
    return content


def _check_contract(session: OnnxSession, card: Card, wish: Wish, path: Path) -> None:
    """Compares the network's first input and its outputs with the card."""
    first = session.inputs[0]
    expected = card.input.shape if wish.shape is None else list(wish.shape)
    found = [size if isinstance(size, int) else None for size in first.shape]
    if (first.name, found) != (card.input.name, expected):
        raise ModelError(
            f"{path}: the network takes {first.name!r} {first.shape}, "
            f"its card says {card.input.name!r} {expected}: correct the card of {card.name!r}"
        )
    outputs = [item.name for item in session.outputs]
    if outputs != list(card.outputs):
        raise ModelError(
            f"{path}: the network gives {', '.join(outputs)}, its card says {', '.join(card.outputs)}: "
            f"correct the card of {card.name!r}"
        )

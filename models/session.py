"""Loads networks: one ONNX Runtime session for each model, checked against its card, shared by all nodes.

Which thread counts to use is decided elsewhere and passed in. Adapters (detectors, landmarks, ...) give tensors
to a session and read its answer; nothing here knows what they mean.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

import onnxruntime as ort

from models.cards import BUNDLED, Card, load_card
from models.contract import Contract, difference
from models.store import Store
from runtime.errors import ModelError
from runtime.node import Session, Threads

DEVICE = "cpu"


class OnnxSession:
    """A network in ONNX Runtime. `run` may be called from many threads at once."""

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self._inputs = [item.name for item in session.get_inputs()]
        self._outputs = [item.name for item in session.get_outputs()]

    def run(self, *inputs: Any) -> list[Any]:
        """Runs the network on arrays given in the order of its inputs; returns its outputs in their order."""
        outputs: list[Any] = self._session.run(self._outputs, dict(zip(self._inputs, inputs, strict=True)))
        return outputs

    @property
    def inputs(self) -> list[ort.NodeArg]:
        """What the network takes."""
        return list(self._session.get_inputs())

    @property
    def device(self) -> str:
        """Where it runs."""
        return DEVICE


class ModelStore:
    """The models that are here, each loaded at its first use. `folder` is that of the bundled ones."""

    def __init__(self, threads: Threads = Threads(), folder: Path = BUNDLED) -> None:  # noqa: B008  # Threads is frozen
        self._threads = threads
        self._store = Store(bundled=folder)
        self._sessions: dict[str, OnnxSession] = {}
        self._lock = Lock()  # has sessions made one after another, and each only once; running one takes no lock

    def session(self, name: str) -> Session:
        """Returns the session of a model, loading it at first use; raises `ModelError`."""
        session = self._sessions.get(name)
        if session is None:
            with self._lock:
                session = self._sessions.get(name)
                if session is None:
                    session = self._sessions[name] = self._load(load_card(name))
        return session

    def file(self, name: str) -> tuple[Path, str]:
        """Returns where a model's file is, and its SHA-256; raises `ModelError` where it is not here."""
        file = load_card(name).file_for(DEVICE)
        path, (_, sha256) = self._store.path(file), self._store.expected(file)
        if sha256 is None or not path.exists():
            raise ModelError(f"{path}: the model {name!r} is not here; get it with: dlc.py models pull {name}")
        return path, sha256

    def _load(self, card: Card) -> OnnxSession:
        file = card.file_for(DEVICE)
        path = self._store.path(file)
        content = self._store.read(file, card.name)
        try:
            session = ort.InferenceSession(content, self._options(), providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors have no base of their own
            raise ModelError(f"{path}: ONNX Runtime {ort.__version__} cannot load the model: {error}") from error
        _check_contract(session, card, path)
        return OnnxSession(session)

    def _options(self) -> ort.SessionOptions:
        options = ort.SessionOptions()
        options.intra_op_num_threads = self._threads.inference
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3  # errors come back as exceptions; warnings would write over the screen
        return options


def _check_contract(session: ort.InferenceSession, card: Card, path: Path) -> None:
    """Compares the network's inputs and outputs with the card."""
    inputs, outputs = (
        {item.name: tuple(side or "?" for side in item.shape) for item in items}
        for items in (session.get_inputs(), session.get_outputs())
    )
    if wrong := difference(Contract(inputs, outputs), card):
        raise ModelError(f"{path}: {wrong}: correct the card of {card.name!r}")

"""Tells which model a file is: by its hash, which is certain, else by what it takes and gives.

Where several models take and give the same, the name of the file decides, if it is that of one of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from models.cards import DFM, DFM_FILE, Card, ModelFile, dfm_card
from models.contract import Contract, content_of, contract_in, difference
from runtime.errors import ModelError


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file that is known; `certain` when every byte of it is."""

    card: Card
    file: ModelFile
    certain: bool


def recognise(path: Path, cards: Sequence[Card], name: str | None = None, called: str = "") -> Recognised:
    """Returns which model a file is, or whether it can be the one of that name.

    One whose bytes are not known is loaded once, so that what ONNX Runtime cannot run is told here.

    Args:
        path: the file.
        cards: of the models that it may be.
        name: the model that it shall be.
        called: the file's name where it came from, if it is another now.

    Raises:
        ModelError: it is none, cannot be told, or does not load.
    """
    foreign = [card for card in cards if not card.bundled]
    content = content_of(path)
    sha256 = hashlib.sha256(content).hexdigest()
    for card in foreign:
        for file in card.files:
            if file.sha256 == sha256 and name in (None, card.name):
                return Recognised(card, file, certain=True)
    known = _shaped_like(path, contract_in(content, path), foreign, name, called)
    _load(content, path)
    return known


def _shaped_like(path: Path, contract: Contract, foreign: Sequence[Card], name: str | None, called: str) -> Recognised:
    if path.suffix == DFM_FILE:
        return _trained(path, contract, name)
    if name is not None:
        named = next((card for card in foreign if card.name == name), None)
        if named is None:
            raise ModelError(f"no model that can be imported is called {name!r}; see: dlc.py models list")
        if wrong := difference(contract, named):
            raise ModelError(f"{path}: cannot be {name}: {wrong}")
        return Recognised(named, named.files[0], certain=False)
    fitting = [card for card in foreign if difference(contract, card) is None]
    file_name = PurePath(called or path).name
    fitting = [card for card in fitting if card.files[0].name == file_name] or fitting
    if len(fitting) == 1:
        return Recognised(fitting[0], fitting[0].files[0], certain=False)
    if not fitting:
        raise ModelError(f"{path}: no card describes this file, which {contract}")
    names = ", ".join(card.name for card in fitting)
    raise ModelError(f"{path}: its bytes are not known, and by its shape it may be {names}: say which with --as NAME")


def _load(content: bytes, path: Path) -> None:
    from models.caches import cache_folder  # noqa: PLC0415  # ONNX Runtime takes a while to import
    from models.opening import Opening, Wish  # noqa: PLC0415

    try:
        Opening(Wish(), cache_folder()).open(content)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error


def _trained(path: Path, contract: Contract, name: str | None) -> Recognised:
    """Returns a DFM file as a model of the user's own."""
    card = dfm_card(name.removeprefix(DFM) if name else path.stem)
    if wrong := difference(contract, card):
        raise ModelError(f"{path}: is no DFM file: {wrong}")
    return Recognised(card, card.files[0], certain=False)

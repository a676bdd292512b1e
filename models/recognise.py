"""Tells which model a file is: by its hash, which is certain, else by what it takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.cards import DFM, DFM_FILE, Card, ModelFile, dfm_card
from models.contract import Contract, contract_of, difference, sha256_of
from runtime.errors import ModelError


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file that is known; `certain` when every byte of it is."""

    card: Card
    file: ModelFile
    certain: bool


def recognise(path: Path, cards: Sequence[Card], name: str | None = None) -> Recognised:
    """Returns which model a file is, or whether it can be the one of that name; raises `ModelError`."""
    foreign = [card for card in cards if not card.bundled]
    sha256 = _read(path)
    for card in foreign:
        for file in card.files:
            if file.sha256 == sha256 and name in (None, card.name):
                return Recognised(card, file, certain=True)
    contract = contract_of(path)
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
    if len(fitting) == 1:
        return Recognised(fitting[0], fitting[0].files[0], certain=False)
    if not fitting:
        raise ModelError(f"{path}: no card describes this file, which {contract}")
    names = ", ".join(card.name for card in fitting)
    raise ModelError(f"{path}: its bytes are not known, and by its shape it may be {names}: say which with --as NAME")


def _trained(path: Path, contract: Contract, name: str | None) -> Recognised:
    """Returns a DFM file as a model of the user's own."""
    card = dfm_card(name.removeprefix(DFM) if name else path.stem)
    if wrong := difference(contract, card):
        raise ModelError(f"{path}: is no DFM file: {wrong}")
    return Recognised(card, card.files[0], certain=False)


def _read(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error

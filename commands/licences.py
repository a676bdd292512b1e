"""Has the licences of models accepted before anything is fetched, each once."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import typer

from runtime.errors import ConfigurationError, ModelError

if TYPE_CHECKING:
    from models.cards import Card, Licence
    from models.store import Store


def accept_licences(cards: Iterable[Card], store: Store, *, asks: bool) -> None:
    """Notes that the licences of models are accepted.

    Raises:
        ConfigurationError: somebody has to be asked, and nobody is here.
        ModelError: one is not accepted.
    """
    for licence, users in _licences(cards, store):
        if asks:
            _ask(licence, users)
        store.accept(licence)


def _licences(cards: Iterable[Card], store: Store) -> Iterator[tuple[Licence, list[str]]]:
    """Yields the licences that are not accepted yet, each with the models that have it."""
    users: dict[str, list[Card]] = {}
    for card in cards:
        if not store.accepted(card.licence):
            users.setdefault(card.licence.name, []).append(card)
    for owners in users.values():
        yield owners[0].licence, [card.name for card in owners]


def _ask(licence: Licence, users: list[str]) -> None:
    note = f" {licence.note}" if licence.note else ""
    told = f"{', '.join(users)}: licence {licence.name}; commercial use: {licence.commercial}.{note}"
    if not sys.stdin.isatty():
        raise ConfigurationError(f"{told}\nnobody is here to accept it: pass --accept-license if you do")
    print(told)
    if not typer.confirm("Do you accept it?"):
        raise ModelError("nothing was fetched: the licence was not accepted")

"""`models`: which models there are, and having those that do not come with dlc."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from commands.common import Format
from commands.model_page import details, files, megabytes
from commands.models_inspect import convert, inspect
from commands.terminal import columns
from commands.terminal import show as print_parts
from runtime.errors import ConfigurationError, ModelError

if TYPE_CHECKING:
    from models.cards import Card, Licence, ModelFile
    from models.download import Progress
    from models.store import Store

app = typer.Typer(
    help="Lists the models, gets those that do not come with dlc, and tells where they run.", no_args_is_help=True
)


def complete_model(incomplete: str) -> list[str]:
    """Returns the models whose names begin like this."""
    from models.cards import card_names

    return [name for name in card_names() if name.startswith(incomplete)]


Name = Annotated[str, typer.Argument(metavar="NAME", help="A model.", autocompletion=complete_model)]
Names = Annotated[list[str], typer.Argument(metavar="NAME...", help="Models.", autocompletion=complete_model)]
SomeNames = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME...]", help="Models.", autocompletion=complete_model)
]


@app.command("list")
def list_(
    commercial: Annotated[
        bool, typer.Option("--commercial", help="Only those that may be used in commerce, with all that they need.")
    ] = False,
    form: Format = "text",
) -> None:
    """Lists all models: what for, whether commerce may use them, how large, whether here, whether proven."""
    from models.cards import Task, cards
    from models.store import Store

    store = Store()
    chosen = [card for card in [*cards(), *store.own()] if not commercial or _for_commerce(card)]
    chosen.sort(key=lambda card: (get_args(Task).index(card.task), card.name))
    if form == "json":
        print(json.dumps([_as_json(card, store) for card in chosen], indent=1))
        return
    table = columns("name", "task", "commercial", "size", "is here", "proven")
    for card in chosen:
        state = store.state(card)
        proven = "yes" if card.proven else "not yet"
        table.add_row(card.name, card.task, card.licence.commercial, megabytes(_bytes(card)), state, proven)
    print_parts([table])
    print(f"\nFolder of the models that do not come with dlc: {store.folder}")


@app.command()
def show(name: Name, form: Format = "text") -> None:
    """Tells all about one model."""
    from models.cards import load_card
    from models.store import Store

    store, card = Store(), load_card(name)
    if form == "json":
        print(json.dumps(_as_json(card, store), indent=1))
    else:
        print_parts(details(card, store))
        print("\n".join(files(card, store)))


@app.command()
def pull(
    names: Names,
    accept_license: Annotated[
        bool, typer.Option("--accept-license", help="Accept the licences without being asked.")
    ] = False,
) -> None:
    """Gets models, with those that they need, from where their cards say; takes up what broke off."""
    from models.store import Store

    store = Store()
    wanted = list({card.name: card for name in names for card in store.with_needs(name)}.values())
    missing = [card for card in wanted if store.state(card) in ("missing", "damaged")]
    for licence, users in _licences(missing, store):
        if not accept_license:
            _ask(licence, users)
        store.accept(licence)
    for card in missing:
        with _bars() as bars:
            said = store.pull(card, bars)
        print("\n".join([f"{card.name}: {_from(card, store)}", *said]))
    for card in wanted:
        if card not in missing:
            print(f"{card.name}: is here")


@app.command()
def verify(names: SomeNames = None) -> None:
    """Reads models whole and compares them with what they must be; all that are here without a name."""
    from models.cards import cards, load_card
    from models.store import Store

    store = Store()
    every = [*cards(), *store.own()]
    chosen = [load_card(name) for name in names] if names else [c for c in every if store.state(c) != "missing"]
    faults = {card.name: store.verify(card) for card in chosen}
    for name, found in faults.items():
        print("\n".join(found) if found else f"{name}: as it should be")
    if any(faults.values()):
        raise typer.Exit(1)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A model file.")],
    name: Annotated[
        str | None,
        typer.Option("--as", help="Which model it is, if its bytes are not known.", autocompletion=complete_model),
    ] = None,
) -> None:
    """Copies a file that you have into the folder of models: known by its bytes, else by what it takes and gives."""
    from models.cards import cards
    from models.recognise import recognise
    from models.store import Store

    known = recognise(file, cards(), name)
    record = Store().add(file, known.card, known.file)
    if known.certain:
        print(f"{known.card.name}: imported; every byte is as its card says")
    else:
        print(f"{known.card.name}: imported, known by its shape alone; pinned as it is: SHA-256 {record.sha256}")
    if known.file.own:
        print(f"Graphs name it so: {{type: swap, in: ..., model: {known.card.name}}}")


@app.command()
def where(name: Annotated[str | None, typer.Argument(autocompletion=complete_model)] = None) -> None:
    """Prints the folder of the models, or the files of one."""
    from models.cards import load_card
    from models.store import Store

    store = Store()
    print("\n".join(str(store.path(file)) for file in load_card(name).files) if name else store.folder)


@app.command()
def rm(names: Names) -> None:
    """Deletes models from the folder."""
    from models.cards import load_card
    from models.store import Store

    store = Store()
    for card in [load_card(name) for name in names]:
        print(f"{card.name}: {megabytes(store.remove(card))} freed")


for command in (inspect, convert):
    app.command()(command)


def _for_commerce(card: Card) -> bool:
    from models.store import Store

    return all(part.licence.commercial == "allowed" for part in Store().with_needs(card.name))


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


@contextmanager
def _bars() -> Iterator[Callable[[ModelFile], Progress]]:
    """Gives what draws a bar for a file, on a terminal."""
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    parts = (
        progress.TextColumn("{task.description}"), progress.BarColumn(bar_width=20), progress.DownloadColumn(),
        progress.TransferSpeedColumn(), progress.TimeRemainingColumn(),
    )  # fmt: skip
    with progress.Progress(*parts, console=console, transient=True, disable=not console.is_terminal) as bars:

        def bar(file: ModelFile) -> Progress:
            task = bars.add_task(file.name, total=file.bytes)
            return lambda have, total: bars.update(task, completed=have, total=total)

        yield bar


def _as_json(card: Card, store: Store) -> dict[str, object]:
    return {**card.model_dump(mode="json"), "state": store.state(card)}


def _from(card: Card, store: Store) -> str:
    records = [record for file in card.files if (record := store.record(file))]
    return ", ".join(f"{megabytes(record.bytes)} from {record.origin}" for record in records)


def _bytes(card: Card) -> int | None:
    sizes = [file.bytes for file in card.files]
    return None if None in sizes else sum(size or 0 for size in sizes)

"""`models`: which models there are, and having those that do not come with dlc."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from commands.common import Format
from commands.licences import accept_licences
from commands.model_page import details, files, megabytes
from commands.models_inspect import convert, inspect
from commands.terminal import columns
from commands.terminal import show as print_parts
from runtime.errors import ConfigurationError, ModelError

if TYPE_CHECKING:
    from models.cards import Card, ModelFile
    from models.download import Progress
    from models.store import Store

app = typer.Typer(
    help="Lists the models, gets those that do not come with dlc, and tells where they run.", no_args_is_help=True
)


def complete_wanted(incomplete: str) -> list[str]:
    """Returns the models and packs whose names begin like this."""
    from models.cards import cards
    from models.packs import packs_of

    known = cards()
    return [name for name in [*(card.name for card in known), *packs_of(known)] if name.startswith(incomplete)]


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
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Models, or packs of them.", autocompletion=complete_wanted)
    ],
    accept_license: Annotated[
        bool, typer.Option("--accept-license", help="Accept the licences without being asked.")
    ] = False,
) -> None:
    """Gets models, with those that they need, from where their cards say; takes up what broke off.

    A pack, such as buffalo_l, stands for those of its models that dlc has cards of. One that cannot be had does not
    keep the others from coming; exit code 1 then.
    """
    from models.store import Store

    store = Store()
    failures: list[ModelError] = []
    known: dict[str, Card] = {}
    for name in _unpacked(names):
        with _noted(failures):
            known |= {card.name: card for card in store.with_needs(name)}
    wanted = list(known.values())
    missing = [card for card in wanted if store.state(card) in ("missing", "damaged")]
    accept_licences(missing, store, asks=not accept_license)
    try:
        for card in missing:
            with _noted(failures):
                with _bars() as bars:
                    said = store.pull(card, bars)
                print("\n".join([f"{card.name}: {_from(card, store)}", *said]))
    finally:
        store.drop_packs()
    for card in wanted:
        if card not in missing:
            print(f"{card.name}: is here")
    if failures:
        raise ModelError("\n".join(map(str, failures)))


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
    file: Annotated[Path, typer.Argument(metavar="FILE|PACK", help="A model file, or a ZIP file or folder of some.")],
    name: Annotated[
        str | None,
        typer.Option("--as", help="Which model it is, if its bytes are not known.", autocompletion=complete_model),
    ] = None,
) -> None:
    """Copies files that you have into the folder of models: known by their bytes, else by what they take and give."""
    from models.cards import cards
    from models.packs import is_pack
    from models.recognise import recognise
    from models.store import Store

    if is_pack(file):
        _import_pack(file, name)
        return
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
    cards = [load_card(name) for name in names]
    absent = [card.name for card in cards if store.state(card) == "missing"]
    for card in cards:
        freed = store.remove(card)  # of one that is not here, what a broken download left
        if freed or card.name not in absent:
            print(f"{card.name}: {megabytes(freed)} freed")
    if absent:
        raise ModelError(f"not here, so nothing to delete: {', '.join(absent)}")


def _import_pack(pack: Path, name: str | None) -> None:
    from models.cards import cards
    from models.packs import take_in
    from models.store import Store

    if name is not None:
        raise ConfigurationError(f"{pack}: has several files, and --as {name} is for one: import that file alone")
    taken = 0
    for part, known, why in take_in(pack, cards(), Store()):
        taken += known is not None
        if known is None:
            print(f"{part}: left out: {why}")
        else:
            how = "every byte is as its card says" if known.certain else "known by its shape and name alone"
            print(f"{part}: imported as {known.card.name}; {how}")
    if not taken:
        raise ModelError(f"{pack}: nothing in it was imported; the models are told by: dlc.py models list")


@contextmanager
def _noted(failures: list[ModelError]) -> Iterator[None]:
    """Notes what fails, so that what comes after it is not kept from its turn."""
    try:
        yield
    except ModelError as error:
        failures.append(error)


def _unpacked(names: Iterable[str]) -> list[str]:
    """Returns the models that names stand for: their own, or those of a pack."""
    from models.cards import cards
    from models.packs import packs_of

    packs = packs_of(cards())
    return [model for name in names for model in ([card.name for card in packs[name]] if name in packs else [name])]


for command in (inspect, convert):
    app.command()(command)


def _for_commerce(card: Card) -> bool:
    from models.store import Store

    return all(part.licence.commercial == "allowed" for part in Store().with_needs(card.name))


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

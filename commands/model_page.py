"""All about one model, as `models show` prints it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from commands.terminal import columns, indented

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from models.cards import Card
    from models.store import Store


def details(card: Card, store: Store) -> Iterator[RenderableType]:
    """Yields all about a model: what it is, what it takes and gives; its files come behind it."""
    from rich.text import Text

    yield Text(card.name, "bold")
    yield from (card.about, "")
    for heading, content in {"Model": _model(card, store), "Takes and gives": _contract(card)}.items():
        yield from (Text(heading, "bold"), indented(content), "")
    if card.notes:
        yield from (Text("Notes", "bold"), *(indented(note) for note in card.notes), "")
    yield Text("Files", "bold")


def _model(card: Card, store: Store) -> Table:
    licence = card.licence
    table = columns()
    table.add_row("task", card.task)
    table.add_row("proven", "yes" if card.proven else "not yet: dlc has not been seen to run it as its makers do")
    table.add_row("is", store.state(card))
    table.add_row("licence", f"{licence.name}; commercial use: {licence.commercial}")
    table.add_row("from", licence.origin)
    if licence.note:
        table.add_row("", licence.note)
    if card.needs:
        table.add_row("needs", ", ".join(card.needs))
    return table


def _contract(card: Card) -> Table:
    table = columns()
    if picture := card.input:
        size = " x ".join(map(str, picture.size)) + (" px or other sizes" if picture.varies else " px")
        table.add_row("picture", f"{size}, {picture.layout}, {picture.color}")
        table.add_row("pixels", f"(pixel - {_triple(picture.mean)}) / {_triple(picture.std)}")
    table.add_row("alignment", card.alignment)
    for name, meaning in card.more_inputs.items():
        table.add_row(f"takes {name}", meaning)
    for name, meaning in card.optional_inputs.items():
        table.add_row(f"may take {name}", meaning)
    if card.embedding:
        table.add_row("embedding", card.embedding)
    for name, meaning in card.outputs.items():
        table.add_row(f"gives {name}", meaning)
    if card.output_range:
        low, high = card.output_range
        table.add_row("range", f"{low:g} to {high:g}")
    return table


def files(card: Card, store: Store) -> Iterator[str]:
    """Yields the lines about a model's files; addresses and hashes are not broken, so that they can be copied."""
    for file in card.files:
        yield f"  {file.name}, {megabytes(file.bytes)}"
        yield f"    SHA-256 {file.sha256}"
        record = None if file.bundled else store.record(file)
        if record and record.sha256 != file.sha256:
            yield f"    pinned  {record.sha256}"
            yield f"    {record.at} from {record.origin}"
        yield from (f"    {url}" for url in file.urls)


def megabytes(size: int | None) -> str:
    """Returns a size for people."""
    return "size unknown" if size is None else f"{size / 1e6:.1f} MB"


def _triple(values: Iterable[float]) -> str:
    distinct = dict.fromkeys(values)
    return f"{next(iter(distinct)):g}" if len(distinct) == 1 else f"[{', '.join(f'{value:g}' for value in distinct)}]"

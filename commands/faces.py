"""`faces`: people who are known by name, and the people of a video file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from runtime.errors import ConfigurationError

if TYPE_CHECKING:
    from commands.scanning import Found

app = typer.Typer(
    help="Saves people by name (embeddings and a small picture, on this machine only), and finds those of a video.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="The person's name: letters, digits, _ and -.")]


@app.command()
def add(name: Name, pictures: Annotated[list[Path], typer.Argument(help="Pictures of this person.")]) -> None:
    """Saves a person, or adds pictures to one; `people: [NAME]` of a cache then knows them.

    Embeddings are made by faceres, which comes with dlc; a cache with another `identity` takes pictures, not names.
    """
    import numpy as np

    from models.people import PeopleStore, SavedPerson
    from models.recognisers import DEFAULT, LIMITS, recogniser
    from models.session import ModelStore
    from nodes.likeness import as_jpeg, read_likeness

    store, models, limits = PeopleStore(), ModelStore(), LIMITS[DEFAULT]
    network = recogniser(DEFAULT, models)
    before = store.load(name) if store.file(name).is_file() else None
    looks = [read_likeness(picture, models, network) for picture in pictures]
    vectors = np.stack([look.identity.vector for look in looks])
    if before is not None:
        vectors = np.concatenate([before.vectors, vectors])
    for index, (picture, look) in enumerate(zip(pictures, looks, strict=True), len(vectors) - len(looks)):
        others = np.delete(vectors, index, 0) @ look.identity.vector
        if others.size and others.max() < limits.same:
            if others.max() < limits.other:
                raise ConfigurationError(f"{picture}: shows somebody else than the other pictures; nothing was saved")
            print(f"{picture}: is not much like the other pictures; is it the same person?", file=sys.stderr)
        if look.faces > 1:
            print(f"{picture}: {look.faces} faces; the largest is taken", file=sys.stderr)
    face = as_jpeg(looks[0].thumbnail) if before is None else before.thumbnail
    file = store.save(SavedPerson(name, vectors, face))
    print(f"{name}: {len(vectors)} picture{'s' * (len(vectors) > 1)} in {file}")


@app.command("list")
def list_() -> None:
    """Lists who was saved, and where."""
    from models.people import PeopleStore

    store = PeopleStore()
    for name in store.names():
        count = len(store.load(name).vectors)
        print(f"{name:<24} {count} picture{'s' * (count > 1)}")
    print(f"in {store.folder}" if store.names() else f"nobody is saved in {store.folder}")


@app.command()
def rm(name: Name) -> None:
    """Deletes a saved person: the file with all that dlc has of them."""
    from models.people import PeopleStore

    PeopleStore().remove(name)
    print(f"{name}: deleted")


@app.command()
def scan(
    video: Annotated[Path, typer.Argument(help="A video, or a picture.")],
    to: Annotated[Path | None, typer.Option("--to", help="Folder to make; by default VIDEO.people here.")] = None,
) -> None:
    """Finds the people of a video; writes a contact sheet, a picture of each, and a graph that maps them to faces.

    They are told apart by faceres, which comes with dlc.
    """
    from commands.people_folder import PeopleFolder, told

    if not video.is_file():
        raise ConfigurationError(f"{video}: there is no such file")
    folder = PeopleFolder(to or Path(f"{video.stem}.people"))
    people = _scanned(video)
    if not people:
        raise ConfigurationError(f"{video}: nobody was found in it; nothing was written")
    folder.write(video, people)
    for index, person in enumerate(people, 1):
        print(f"person_{index}: {told(person)}")
    print(f"{folder.path}/sheet.jpg shows them; write who gets which face into {folder.path}/swap.yaml")


def _scanned(video: Path) -> list[Found]:
    """Scans a file, with progress on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    import nodes
    from commands.scanning import Scan
    from models.session import ModelStore
    from runtime.cpuinfo import usable_cores
    from runtime.mainthread import MainThreadService
    from runtime.node import QUALITIES, Context
    from runtime.pool import Pool
    from runtime.threads import Threads

    threads = Threads.for_cores(usable_cores())
    nodes.limit_threads(threads)
    context = Context(
        "scan", "file", QUALITIES["balanced"], ModelStore(threads), MainThreadService(), threads, Pool(1 << 29)
    )
    scan = Scan(context, video)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(video.name, total=scan.info().frame_count)
        for count in scan.steps():
            progress.update(task, completed=count)
    return scan.people()

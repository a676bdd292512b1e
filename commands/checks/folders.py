"""Folders and what is in them: models, whether they can be written, and whether there is room."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from commands.checks.finding import Finding
from runtime.errors import ModelError

if TYPE_CHECKING:
    from models.store import Store

LITTLE, VERY_LITTLE = 2 * 10**9, 10**8
"""Bytes free on a disk: the largest swappers need half a gigabyte, a minute of video some megabytes."""


def check_bundled(store: Store) -> Iterator[Finding]:
    """Yields whether the bundled networks are what they should be; reads them whole, 12 MB."""
    from models.cards import cards

    bundled = [card for card in cards() if card.bundled]
    faults = [fault for card in bundled for fault in store.verify(card)]
    for fault in faults:
        yield Finding("models", "wrong", fault, "git checkout -- models/bundled", stops=True)
    if not faults:
        yield Finding("models", "ok", f"the bundled ones are whole: {', '.join(card.name for card in bundled)}")


def check_store(store: Store) -> Iterator[Finding]:
    """Yields which of the user's models are damaged, by their sizes."""
    from models.cards import cards

    try:
        states = {card.name: store.state(card) for card in cards()}
    except ModelError as error:
        yield Finding("models", "wrong", str(error), f"rm {store.folder / 'store.json'}")
        return
    for name in (name for name, state in states.items() if state == "damaged"):
        yield Finding("models", "wrong", f"{name} is damaged", f"dlc.py models pull {name}")
    here = [name for name, state in states.items() if state == "here"]
    yield Finding("models", "ok", f"{len(here)} of your own in {store.folder}" + (f": {', '.join(here)}" * bool(here)))


def check_folder(what: str, folder: Path, variable: str) -> Iterator[Finding]:
    """Yields whether a folder can be written, and whether its disk has room.

    Args:
        what: what it holds.
        folder: it need not be there yet.
        variable: the environment variable that names another one.
    """
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        yield Finding(
            "folder", "wrong", f"{there} cannot be written, so there is no room for {what}",
            f"export {variable}=ANOTHER_FOLDER, or: sudo chown -R $USER {there}",
        )  # fmt: skip
        return
    free = shutil.disk_usage(there).free
    text = f"{what} in {folder}, {free / 1e9:.1f} GB free"
    if free < LITTLE:
        state = "wrong" if free < VERY_LITTLE else "note"
        yield Finding("folder", state, text, f"make room, or: export {variable}=FOLDER_ON_ANOTHER_DISK")
    else:
        yield Finding("folder", "ok", text)


def look() -> Iterator[Finding]:
    """Yields all of these for this machine."""
    from models.caches import cache_folder
    from models.store import Store

    store = Store()
    yield from check_bundled(store)
    yield from check_store(store)
    yield from check_folder("models", store.folder, "DLC_MODELS")
    yield from check_folder("compiled networks", cache_folder(), "DLC_CACHE")

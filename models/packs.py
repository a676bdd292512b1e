"""Packs: several models in one ZIP file or folder, as InsightFace gives them (buffalo_l), and what is in one for dlc.

Which packs there are is read from the cards, whose addresses name them (`PACK.zip#NAME`). A pack is hostile until
proven: no name in it is ever used as a path, and sizes are bounded before and while anything is unpacked.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urldefrag, urlsplit

from models.cards import Card
from models.contract import LARGEST
from models.recognise import Recognised, recognise
from models.store import Store
from models.zips import opened
from runtime.errors import ModelError

MOST_FILES = 256
"""Networks in one ZIP file; InsightFace's packs have five."""

LARGEST_PACK = 8 << 30
"""Bytes of all networks of one ZIP file together, unpacked."""

_CHUNK = 1 << 20
_LONGEST_NAME = 160
_ZIP = b"PK\x03\x04"


class Part(NamedTuple):
    """A network of a pack: what it is called there, and where it lies until the next one is asked for."""

    name: str
    path: Path
    origin: str


class Found(NamedTuple):
    """What became of a part: which model it is now, or why it was left out."""

    part: str
    known: Recognised | None
    why: str = ""


def packs_of(cards: Iterable[Card]) -> Mapping[str, list[Card]]:
    """Returns the packs that cards name, and the models that each has."""
    packs: dict[str, list[Card]] = {}
    for card in cards:
        for url in (url for file in card.files for url in file.urls):
            address, member = urldefrag(url)
            if member:
                owners = packs.setdefault(Path(urlsplit(address).path).stem, [])
                owners += [] if card in owners else [card]
    return dict(sorted(packs.items()))


def is_pack(path: Path) -> bool:
    """Whether something is a folder or a ZIP file; raises `ModelError` where it cannot be read or never ends."""
    if path.is_dir():
        return True
    if path.exists() and not path.is_file():
        raise ModelError(f"{path}: is neither a file nor a folder")
    try:
        with path.open("rb") as stream:
            return stream.read(len(_ZIP)) == _ZIP
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error


def take_in(pack: Path, cards: Iterable[Card], store: Store) -> Iterator[Found]:
    """Copies the networks of a pack that dlc knows into the folder of models; yields what became of each.

    One that is known by its shape alone never takes the place of a model that is here.

    Raises:
        ModelError: the pack cannot be read, or is not what a pack is.
    """
    known, taken = list(cards), set[str]()
    with store.workspace() as workspace:
        for part in _parts(pack, workspace):
            found = _judged(part, known, store, taken)
            if found.known is not None:
                store.add(part.path, found.known.card, found.known.file, part.origin)
                taken.add(found.known.file.name)
            yield found


def _judged(part: Part, cards: list[Card], store: Store, taken: set[str]) -> Found:
    try:
        known = recognise(part.path, cards, called=part.name)
    except ModelError as error:
        return Found(part.name, None, str(error).replace(f"{part.path}: ", ""))
    name = known.card.name
    if known.file.name in taken:
        return Found(part.name, None, f"another file of the pack is {name} already")
    if not known.certain and store.state(known.card) == "here":
        return Found(part.name, None, f"looks like {name}, which is here; import it alone to replace that")
    return Found(part.name, known)


def _parts(pack: Path, workspace: Path) -> Iterator[Part]:
    if pack.is_dir():
        for path in sorted(pack.rglob("*.onnx")):
            if path.is_file():
                yield Part(str(path.relative_to(pack)), path, str(path.resolve()))
        return
    try:
        with opened(pack) as archive:
            for info in _networks(pack, archive):
                path, name = workspace / "part.onnx", _printable(info.filename)
                _unpack(archive, info, path)
                yield Part(name, path, f"{pack.resolve()}#{name}")
    except zipfile.BadZipFile as error:
        raise ModelError(f"{pack}: is no pack that can be opened ({error}); get it again") from error
    except OSError as error:
        raise ModelError(f"{pack}: cannot be unpacked into {workspace}: {error.strerror}") from error


def _printable(name: str) -> str:
    """Returns a name from a pack as a terminal may show it, of a very long one the end."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in name)
    return shown if len(shown) <= _LONGEST_NAME else f"...{shown[-_LONGEST_NAME:]}"


def _networks(pack: Path, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Returns the ONNX files of a ZIP file; raises `ModelError` where they are too many or too large."""
    chosen = [info for info in archive.infolist() if info.filename.lower().endswith(".onnx") and not info.is_dir()]
    total = sum(info.file_size for info in chosen)
    if len(chosen) > MOST_FILES or total > LARGEST_PACK or any(info.file_size > LARGEST for info in chosen):
        raise ModelError(
            f"{pack}: has {len(chosen)} networks of {total} bytes: more than a pack has "
            f"({MOST_FILES}, {LARGEST_PACK} bytes, {LARGEST} bytes each); unpack it, and import what you want"
        )
    return chosen


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> None:
    """Writes one file of a ZIP file to a place of ours; no more bytes than it says that it has."""
    free = shutil.disk_usage(path.parent).free
    if info.file_size > free:
        raise ModelError(f"{path.parent}: {info.file_size} bytes are to come, and {free} are free; make room")
    left = info.file_size
    with archive.open(info) as packed, path.open("wb") as stream:
        while chunk := packed.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise ModelError(f"{_printable(info.filename)}: has more bytes than the pack says; get it again")
            stream.write(chunk)

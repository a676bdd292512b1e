"""The folder of the user's models: which files are here, whether they are what they should be, and how they get there.

`DLC_MODELS` names the folder, else it lies where the system keeps a user's data. Everything works without a network
but `pull`, and on a folder that cannot be written everything but `pull`, `add` and `remove`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import platformdirs

from models.cards import BUNDLED, DFM, DFM_FILE, UNKNOWN, Card, Licence, ModelFile, card_names, dfm_card, load_card
from models.contract import contract_of, difference, sha256_of
from runtime.errors import ModelError
from runtime.whole_file import write_whole

if TYPE_CHECKING:
    from models.download import Progress

State = Literal["bundled", "here", "damaged", "missing"]

_RECORD = "store.json"


@dataclass(frozen=True, slots=True)
class Record:
    """What a file was when it came: `verify` and loading compare it with that.

    Attributes:
        bytes, sha256: of the file.
        origin: the address or path that it came from.
        at: when, ISO 8601.
    """

    bytes: int
    sha256: str
    origin: str
    at: str


@dataclass(frozen=True, slots=True)
class _Noted:
    """What is in `store.json`: files by name, and licences with the time when they were accepted."""

    files: dict[str, Record] = field(default_factory=dict)
    licences: dict[str, str] = field(default_factory=dict)


def store_folder() -> Path:
    """Returns the folder of the user's models, which may not be there yet."""
    named = os.environ.get("DLC_MODELS")
    return Path(named).expanduser() if named else platformdirs.user_data_path("dlc", appauthor=False) / "models"


class Store:
    """A folder of model files, and what is known of them."""

    def __init__(self, folder: Path | None = None, bundled: Path = BUNDLED) -> None:
        self.folder = folder or store_folder()
        self._bundled = bundled

    def path(self, file: ModelFile) -> Path:
        """Returns where a file is, or would be."""
        return (self._bundled if file.bundled else self.folder) / file.name

    def expected(self, file: ModelFile) -> tuple[int | None, str | None]:
        """Returns what a file's bytes and SHA-256 must be: as it came, else as its card says; None: not known yet."""
        record = None if file.bundled else self.record(file)
        if record:
            return record.bytes, record.sha256
        return file.bytes, None if file.sha256 == UNKNOWN else file.sha256

    def record(self, file: ModelFile) -> Record | None:
        """Returns what was noted when a file came, or None."""
        return self._noted().files.get(file.name)

    def state(self, card: Card) -> State:
        """Returns whether a model is here, by the sizes of its files."""
        if card.bundled:
            return "bundled"
        states = {self._state(file) for file in card.files}
        return next((state for state in ("missing", "damaged") if state in states), "here")

    def missing(self, name: str) -> list[str]:
        """Returns which models are not here, of one and those that it needs; raises `ModelError`."""
        return [card.name for card in self.with_needs(name) if self.state(card) == "missing"]

    def lacking(self, name: str) -> list[str]:
        """Returns the same, and nothing for a word that is no model's name."""
        return self.missing(name) if name.startswith(DFM) or name in card_names() else []

    def own(self) -> list[Card]:
        """Returns the cards of the files that are the user's own: imported DFM files."""
        names = sorted(name for name in self._noted().files if name.endswith(DFM_FILE))
        return [dfm_card(name.removesuffix(DFM_FILE)) for name in names]

    def with_needs(self, name: str) -> list[Card]:
        """Returns a model's card behind those of the models that it needs, as they are to be had."""
        card = load_card(name)
        return [*(load_card(need) for need in card.needs), card]

    def verify(self, card: Card) -> list[str]:
        """Returns what is wrong with a model's files, reading them whole; empty: nothing."""
        found = (self._judged(file) for file in card.files)
        return [fault for fault in found if isinstance(fault, str)]

    def read(self, file: ModelFile, model: str) -> bytes:
        """Returns a file's content, read once, so that what was checked is what is loaded; raises `ModelError`."""
        remedy = "install dlc again" if file.bundled else f"get it with: dlc.py models {_way_to(file, model)}"
        if not file.bundled and not self.path(file).exists():
            raise ModelError(f"the model {model!r} is not here; {remedy}")
        found = self._judged(file)
        if isinstance(found, str):
            raise ModelError(f"{found}; {remedy}")
        return found

    def pull(self, card: Card, progress: Callable[[ModelFile], Progress]) -> list[str]:
        """Gets what is not here of a model's files; returns what is to be said of them. Raises `ModelError`."""
        from models.download import fetch  # noqa: PLC0415  # TLS and all that: a run needs none of it

        said = []
        with self._writable():
            for file in card.files:
                if self._state(file) == "here":
                    continue
                if file.own:
                    raise ModelError(
                        f"{card.name} has no address; with the file: dlc.py models {_way_to(file, card.name)}"
                    )
                got = fetch(file, self.folder, progress(file), keep_pack=True)
                if file.sha256 == UNKNOWN:
                    _check_stranger(got.path, card)
                    said.append(f"{file.name}: nobody vouches for its SHA-256; pinned as it came: {got.sha256}")
                got.path.replace(self.path(file))
                self._note(file, Record(got.bytes, got.sha256, got.origin, _now()))
        return said

    def drop_packs(self) -> None:
        """Deletes the packs that `pull` took files from: they stay until the last of these is here."""
        for pack in self.folder.glob(".*.pack"):
            pack.unlink(missing_ok=True)

    def add(self, source: Path, card: Card, file: ModelFile, origin: str = "") -> Record:
        """Copies a file into the folder as one of a model's, and pins it; raises `ModelError`."""
        with self._writable():
            partial = self.folder / f".{file.name}.{os.getpid()}.partial"
            try:
                shutil.copyfile(source, partial)
                record = Record(partial.stat().st_size, sha256_of(partial), origin or str(source.resolve()), _now())
                if record.sha256 != file.sha256:
                    _check_stranger(partial, card)
                partial.replace(self.path(file))
            finally:
                partial.unlink(missing_ok=True)
            self._note(file, record)
        return record

    def remove(self, card: Card) -> int:
        """Deletes a model's files, and what is known of them; returns how many bytes that freed."""
        if card.bundled:
            raise ModelError(f"{card.name} comes with dlc and stays")
        freed = 0
        with self._writable():
            for file in card.files:
                path = self.path(file)
                freed += path.stat().st_size if path.exists() else 0
                path.unlink(missing_ok=True)
                for beside in (f".{file.name}*.partial", f"{path.stem}.*.emap.npy"):
                    for rest in self.folder.glob(beside):
                        rest.unlink(missing_ok=True)
                self._note(file, None)
        return freed

    def accepted(self, licence: Licence) -> bool:
        """Returns whether the user has accepted a licence."""
        return licence.name in self._noted().licences

    def accept(self, licence: Licence) -> None:
        """Notes that the user has accepted a licence."""
        with self._writable():
            noted = self._noted()
            noted.licences[licence.name] = _now()
            self._write(noted)

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """Gives a folder beside the models for what is unpacked, and deletes it; raises `ModelError`."""
        with self._writable():
            folder = tempfile.TemporaryDirectory(prefix=".unpacked-", dir=self.folder)
        with folder as path:
            yield Path(path)

    def _state(self, file: ModelFile) -> State:
        path = self.path(file)
        if not path.exists():
            return "missing"
        size, sha256 = self.expected(file)
        whole = path.is_file() and sha256 is not None and size in (None, path.stat().st_size)
        return "here" if whole else "damaged"

    def _judged(self, file: ModelFile) -> bytes | str:
        """Returns a file's content, or what is wrong with it."""
        path = self.path(file)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return f"{path}: the model file is not here"
        except OSError as error:
            return f"{path}: the model file cannot be read ({error.strerror})"
        size, wanted = self.expected(file)
        if wanted is None:
            return f"{path}: the model file came neither by `models pull` nor by `models import`: nobody vouches for it"
        found = hashlib.sha256(content).hexdigest()
        if found == wanted:
            return content
        return (
            f"{path}: the model file is not the one of its card: {len(content)} bytes, SHA-256 {found[:12]}..., "
            f"expected {size} bytes, {wanted[:12]}..."
        )

    def _noted(self) -> _Noted:
        path = self.folder / _RECORD
        try:
            return _noted_in(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return _Noted()
        except (OSError, ValueError, RecursionError) as error:
            raise ModelError(f"{path}: cannot be read ({error}); delete it, and pull or import models again") from error

    def _note(self, file: ModelFile, record: Record | None) -> None:
        noted = self._noted()
        noted.files.pop(file.name, None)
        if record:
            noted.files[file.name] = record
        self._write(noted)

    def _write(self, noted: _Noted) -> None:
        write_whole(self.folder / _RECORD, json.dumps(asdict(noted), indent=1) + "\n")

    @contextmanager
    def _writable(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            yield
        except OSError as error:
            raise ModelError(
                f"{self.folder}: cannot be written ({error.strerror}); DLC_MODELS names another"
            ) from error


def _noted_in(data: object) -> _Noted:
    """Returns what is in a record; what one entry lacks is missing there alone. Raises `ValueError`."""
    match data:
        case {"files": dict(files), "licences": dict(licences)}:
            records = {name: record for name, entry in files.items() if (record := _record_in(entry))}
            return _Noted(records, dict(licences))
    raise ValueError("it is no record of models")


def _record_in(entry: object) -> Record | None:
    match entry:
        case {"bytes": int(size), "sha256": str(sha256), "origin": str(origin), "at": str(at)}:
            return Record(size, sha256, origin, at)
    return None


def _way_to(file: ModelFile, model: str) -> str:
    """Returns the subcommand that gets a file."""
    return f"import {file.name}" if file.own else f"pull {model}"


def _check_stranger(path: Path, card: Card) -> None:
    """Deletes a file whose hash nobody knows, and raises `ModelError`, where it is not even shaped like the model."""
    try:
        wrong = difference(contract_of(path), card)
    except ModelError as error:
        wrong = str(error).removeprefix(f"{path}: ")  # a name that nobody has given
    if wrong:
        path.unlink()
        raise ModelError(f"what came is not {card.name}: {wrong}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

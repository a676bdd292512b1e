"""People who were saved by name: for each a private file with embeddings and a small picture of the face.

These are biometric data. They lie in the user's own data folder, or where `DLC_FACES` says, readable for nobody else,
and a file that is deleted is forgotten.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from platformdirs import user_data_path

from models.vault import VaultError, read_private, write_private
from runtime.errors import StreamError
from runtime.kinds import Floats

SUFFIX = ".face"
_KIND = "person-"
_NAME = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class SavedPerson:
    """Somebody who was saved.

    Attributes:
        name: letters, digits, _ and -.
        vectors: float32 [N, D], an embedding of each picture.
        thumbnail: JPEG bytes of the face, uint8 [B].
    """

    name: str
    vectors: Floats
    thumbnail: npt.NDArray[np.uint8]


class PeopleStore:
    """The folder of saved people; `model` made their embeddings, and those of another model cannot be compared."""

    def __init__(self, folder: Path | None = None, model: str = "faceres") -> None:
        chosen = os.environ.get("DLC_FACES")
        self.folder = folder or (Path(chosen) if chosen else user_data_path("dlc") / "faces")
        self._model = model
        self._kind = f"{_KIND}{model}"

    def names(self) -> list[str]:
        """Returns who was saved."""
        return sorted(file.stem for file in self.folder.glob(f"*{SUFFIX}")) if self.folder.is_dir() else []

    def file(self, name: str) -> Path:
        """Returns the file of a name; raises `StreamError` for what cannot be one."""
        if not _NAME.fullmatch(name):
            raise StreamError(f"{name!r} is no name for a person: use letters, digits, _ and -")
        return self.folder / f"{name}{SUFFIX}"

    def load(self, name: str) -> SavedPerson:
        """Returns somebody; raises `StreamError` when there is nobody of that name, or the file cannot be used."""
        file = self.file(name)
        try:
            arrays = read_private(file, self._kind)
            return SavedPerson(name, arrays["vectors"], arrays["thumbnail"])
        except FileNotFoundError:
            known = f"there are {', '.join(self.names())}" if self.names() else "nobody is"
            raise StreamError(
                f"nobody is saved as {name!r}, {known}; `dlc.py faces add {name} PICTURE` saves somebody"
            ) from None
        except VaultError as error:
            maker = error.kind.removeprefix(_KIND)
            if maker not in ("", error.kind):
                raise StreamError(
                    f"{name} was saved with embeddings of {maker}, which cannot be compared with those of "
                    f"{self._model}: use `identity: {maker}`, or pictures instead of the name"
                ) from error
            raise StreamError(f"{file}: {error}; delete it, and save {name} again") from error
        except KeyError as error:
            raise StreamError(f"{file}: holds no {error}; delete it, and save {name} again") from error
        except OSError as error:
            raise StreamError(f"{file}: cannot be read: {error.strerror}") from error

    def save(self, person: SavedPerson) -> Path:
        """Writes somebody's file, in place of an earlier one, and returns it; raises `StreamError`."""
        file = self.file(person.name)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(file, self._kind, {"vectors": person.vectors, "thumbnail": person.thumbnail})
        except OSError as error:
            raise StreamError(f"{file}: cannot be written: {error.strerror}; DLC_FACES names another folder") from error
        return file

    def remove(self, name: str) -> None:
        """Deletes somebody's file; raises `StreamError` when there is none."""
        try:
            self.file(name).unlink()
        except FileNotFoundError:
            raise StreamError(f"nobody is saved as {name!r}; there are {', '.join(self.names()) or 'none'}") from None
        except OSError as error:
            raise StreamError(f"{self.file(name)}: cannot be deleted: {error.strerror}") from error

"""An output file that appears under its name only when it is whole.

The process's number is part of the temporary name, so that two runs that write to one name do not mix.
"""

from __future__ import annotations

import os
from pathlib import Path

from runtime.errors import StreamError


class OutputFile:
    """Checks that a file can be written, before any work, and gives a temporary name beside it to write to.

    Raises:
        StreamError: the folder is missing or cannot be written to, or the file is the input.
    """

    def __init__(self, path: Path, origin: Path | None) -> None:
        self.path = path
        self.temporary = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
        self._partial = path.with_name(f"{path.stem}.partial{path.suffix}")
        try:
            _refuse_folders(path)
            if origin is not None and path.exists() and origin.exists() and path.samefile(origin):
                raise StreamError(f"{path}: is the input itself ({origin}); write to another name")
            self.temporary.open("wb").close()
        except OSError as error:
            raise StreamError(
                f"{path}: cannot be written: {error.strerror}; choose a folder that you may write to"
            ) from error

    def keep(self) -> Path:
        """Gives the finished file its name, replacing what was there."""
        return self._rename(self.path)

    def keep_partial(self) -> Path:
        """Gives an unfinished file the name `NAME.partial.EXT` and returns it."""
        return self._rename(self._partial)

    def discard(self) -> None:
        """Removes the temporary file."""
        self.temporary.unlink(missing_ok=True)

    def _rename(self, name: Path) -> Path:
        try:
            os.replace(self.temporary, name)  # noqa: PTH105  # says that it replaces
        except OSError as error:
            raise StreamError(
                f"{name}: cannot be given its name: {error.strerror}; the output is whole in {self.temporary}"
            ) from error
        return name


def _refuse_folders(path: Path) -> None:
    if path.is_dir():
        raise StreamError(f"{path}: is a folder; add a file name")
    if not path.parent.is_dir():
        raise StreamError(f"{path}: there is no folder {path.parent}; make it first, or choose another")

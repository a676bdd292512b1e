"""Private files: arrays in a file that only its owner may read, checked when it is read, and never half-written.

The first line says what it is: `dlc KIND VERSION SHA-256`; behind it comes a NumPy archive without pickled objects.
What is kept this way are embeddings of faces, which are biometric data: deleting the file forgets them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from runtime.whole_file import write_whole

VERSION = 1

Arrays = Mapping[str, npt.NDArray[Any]]


class VaultError(ValueError):
    """A file is not what it should be.

    Attributes:
        ours: whether it is one of ours that was damaged or is of another age.
        kind: what it says that it is, where that is another kind of ours.
    """

    def __init__(self, message: str, *, ours: bool, kind: str = "") -> None:
        self.ours, self.kind = ours, kind
        super().__init__(message)


def read_private(path: Path, kind: str) -> Arrays:
    """Returns the arrays of a file.

    Raises:
        VaultError: it holds something else, is of another version, or is damaged.
        OSError: it cannot be read.
    """
    head, _, body = path.read_bytes().partition(b"\n")
    words = head.decode("ascii", "replace").split(" ")
    if words[:2] != ["dlc", kind] or len(words) != 4:
        found = words[1] if words[0] == "dlc" and len(words) == 4 else ""
        raise VaultError(f"is no file of {kind}", ours=False, kind=found)
    if words[2] != str(VERSION):
        raise VaultError(f"is of version {words[2]}, and this dlc reads {VERSION}", ours=True)
    if words[3] != hashlib.sha256(body).hexdigest():
        raise VaultError("is damaged", ours=True)
    try:
        with np.load(BytesIO(body), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (ValueError, OSError, KeyError, EOFError, BadZipFile) as error:
        raise VaultError("is damaged", ours=True) from error


def write_private(path: Path, kind: str, arrays: Arrays) -> None:
    """Writes a file that only its owner may read.

    Raises:
        OSError: it cannot be written; what was there is as it was.
    """
    body = BytesIO()
    np.savez(body, **arrays)  # type: ignore[arg-type]  # its first parameters are not among our names
    head = f"dlc {kind} {VERSION} {hashlib.sha256(body.getvalue()).hexdigest()}\n"
    write_whole(path, head.encode("ascii") + body.getvalue(), mode=0o600)

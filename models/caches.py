"""Where dlc keeps what it can make again: rewritten networks, and what providers compile from them.

How much that may be is `models/cache_limit.py`'s concern.
"""

from __future__ import annotations

import hashlib
import os
import platform
import secrets
import shutil
import time
from pathlib import Path

import onnxruntime as ort
import platformdirs

from models.cache_limit import LEFT_OVER_S, touch, trim
from runtime.errors import ModelError
from runtime.whole_file import write_whole


def cache_folder() -> Path:
    """Returns the folder of the cache: `DLC_CACHE`, else the user's own."""
    chosen = os.environ.get("DLC_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("dlc")


def key_of(*parts: object) -> str:
    """Returns a short name that stands for parts which decide a result, versions of system and runtime included."""
    where = (ort.__version__, platform.system(), platform.release(), platform.machine())
    return hashlib.sha256(repr((*parts, *where)).encode()).hexdigest()[:24]


class CompiledFolder:
    """A folder in which a provider keeps what it compiles for one session.

    Each session that compiles gets a folder of its own, and a note names the first one that was finished: what was
    cut off is never read, and two processes do not write into one folder.

    Attributes:
        path: the folder.
        ready: whether an earlier session has compiled all.
    """

    def __init__(self, root: Path, key: str) -> None:
        self._root = root
        self._note = root / "compiled" / f"{key}.txt"
        finished = self._finished()
        self.ready = finished is not None
        self.path = finished or self._note.with_name(f"{key}-{secrets.token_hex(4)}")

    def begin(self) -> None:
        """Makes the folder, and clears away what was cut off long ago; raises `ModelError`."""
        if self.ready:
            touch(self._note)
            return
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ModelError(
                f"{self.path}: cannot be made ({error.strerror}): set DLC_CACHE to another folder"
            ) from error
        for old in self._note.parent.glob(f"{self._note.stem}-*"):
            if time.time() - old.stat().st_mtime > LEFT_OVER_S:
                shutil.rmtree(old, ignore_errors=True)

    def finish(self) -> None:
        """Notes that the provider is done, and makes room for it."""
        if not self.ready:
            write_whole(self._note, self.path.name)
            self.ready = True
            trim(self._root)

    def _finished(self) -> Path | None:
        try:
            folder = self._note.with_name(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return folder if folder.name.startswith(f"{self._note.stem}-") and folder.is_dir() else None

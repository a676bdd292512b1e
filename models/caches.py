"""Where dlc keeps what it can make again: rewritten networks, and what providers compile from them."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from pathlib import Path

import onnxruntime as ort
import platformdirs

from runtime.errors import ModelError


def cache_folder() -> Path:
    """Returns the folder of the cache: `DLC_CACHE`, else the user's own."""
    chosen = os.environ.get("DLC_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("dlc")


def key_of(*parts: object) -> str:
    """Returns a short name that stands for parts which decide a result, versions of system and runtime included."""
    where = (ort.__version__, platform.system(), platform.release(), platform.machine())
    return hashlib.sha256(repr((*parts, *where)).encode()).hexdigest()[:24]


class CompiledFolder:
    """A folder in which a provider keeps what it compiles for one session; whole only once `finish` was called."""

    def __init__(self, root: Path, key: str) -> None:
        self.path = root / "compiled" / key
        self._mark = self.path / "finished"

    @property
    def ready(self) -> bool:
        """Whether an earlier session has compiled all."""
        return self._mark.exists()

    def begin(self) -> None:
        """Makes the folder; what a run that was cut off has left in it goes away. Raises `ModelError`."""
        if self.ready:
            return
        shutil.rmtree(self.path, ignore_errors=True)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ModelError(
                f"{self.path}: cannot be made ({error.strerror}): set DLC_CACHE to another folder"
            ) from error

    def finish(self) -> None:
        """Notes that the provider is done."""
        self._mark.touch()

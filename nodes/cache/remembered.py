"""Keeps the people of a cache from one run to the next, in one private file that may be deleted at any time."""

from __future__ import annotations

from logging import Logger
from pathlib import Path

from models.vault import VaultError, read_private, write_private
from nodes.cache.gallery import Gallery

_KIND = "identities-"


class Remembered:
    """A file of embeddings. One that is damaged is a warning and a cold start; one that is not ours stays as it is."""

    def __init__(self, path: Path, model: str, log: Logger) -> None:
        self._path, self._model, self._log = path, model, log
        self._kind = f"{_KIND}{model}"
        self._is_ours = True

    def load(self, gallery: Gallery) -> None:
        """Fills a gallery with the people of earlier runs."""
        try:
            gallery.load(read_private(self._path, self._kind))
        except FileNotFoundError:
            return
        except (VaultError, ValueError, OSError) as error:
            self._is_ours = not isinstance(error, OSError) and getattr(error, "ours", True)
            what = (error.strerror if isinstance(error, OSError) else str(error)) or "cannot be read"
            maker = getattr(error, "kind", "").removeprefix(_KIND)
            if maker and maker != getattr(error, "kind", ""):
                what = f"holds identities of {maker}, which cannot be compared with those of {self._model}"
            then = "it will be written anew" if self._is_ours else "it stays as it is, and nothing is remembered"
            self._log.warning("%s: %s; nobody is known from earlier runs, and %s", self._path, what, then)

    def save(self, gallery: Gallery) -> None:
        """Writes what a gallery holds."""
        if not self._is_ours:
            return
        try:
            write_private(self._path, self._kind, gallery.as_arrays())
        except OSError as error:
            self._log.warning("%s: cannot be written: %s; nobody is remembered", self._path, error.strerror)

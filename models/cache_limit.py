"""Holds the cache within a size: what was used longest ago goes first, and what this process uses never does.

When something was last used is the time of its note (`KEY.json` of a rewritten network, `KEY.txt` of a compiled one),
which is set anew with each use, so the disk need not record when files are read.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LIMIT = 4 << 30
"""Bytes that the cache may have: inswapper_128, rewritten and compiled, takes about 1.1 GB of it."""

LEFT_OVER_S = 24 * 3600
"""Age of a folder that nobody is still compiling into."""

STARTED = time.time()
"""When this process began to use caches; whatever has been used since stays."""

_COARSE_S = 2.0
"""How far the time of a file may be off on the disk (FAT)."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is removed as a whole: the note that makes it valid first, then the rest; and when it was last used."""

    parts: tuple[Path, ...]
    used: float

    @property
    def bytes(self) -> int:
        return sum(_bytes(part) for part in self.parts)

    def remove(self) -> None:
        for part in self.parts:
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            else:
                with suppress(OSError):  # Windows keeps a file that somebody reads
                    part.unlink(missing_ok=True)


def touch(note: Path) -> None:
    """Marks something as used now; on a disk that cannot be written it stays as old as it is."""
    now = max(time.time(), STARTED)  # a clock that was set back makes nothing older than this process
    with suppress(OSError):
        os.utime(note, (now, now))


def trim(root: Path, limit: int = LIMIT, since: float = STARTED) -> int:
    """Removes what was used longest ago until the cache keeps to a limit; returns how many bytes that freed.

    Args:
        root: the cache's folder.
        limit: bytes that may stay; more do, where all of them were used in this process.
        since: what was used from then on, s since 1970, stays in any case.
    """
    entries = sorted((*_rewritten(root / "rewritten"), *_compiled(root / "compiled")), key=lambda entry: entry.used)
    sizes = [entry.bytes for entry in entries]
    excess, freed = sum(sizes) - limit, 0
    for entry, size in zip(entries, sizes, strict=True):
        if freed >= excess or entry.used >= since - _COARSE_S:
            break
        entry.remove()
        freed += size
    return freed


def _rewritten(folder: Path) -> Iterator[_Entry]:
    for note in folder.glob("*.json"):
        yield _Entry((note, note.with_suffix(".onnx")), _time(note))


def _compiled(folder: Path) -> Iterator[_Entry]:
    """Yields what was finished; what was cut off counts as not used since it was begun, once nobody works on it."""
    finished = set()
    for note in folder.glob("*.txt"):
        name = _text(note)
        if name.startswith(f"{note.stem}-"):
            finished.add(name)
            yield _Entry((note, folder / name), _time(note))
    for path in folder.glob("*-*"):
        begun = _time(path)
        if path.is_dir() and path.name not in finished and time.time() - begun > LEFT_OVER_S:
            yield _Entry((path,), begun)


def _text(note: Path) -> str:
    try:
        name = note.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
    return name if Path(name).name == name else ""


def _time(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process has removed it
        return 0.0


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else (path,)
    total = 0
    for file in files:
        with suppress(OSError):
            total += file.lstat().st_size if not file.is_dir() else 0
    return total

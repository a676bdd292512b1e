"""Files that are there whole or not at all. Knows nothing of what is in them; all packages write theirs with it."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path


def write_whole(file: Path, content: str | bytes, *, mode: int | None = None) -> None:
    """Writes a file beside its place and renames it; raises `OSError`, and then what was there is as it was.

    Args:
        file: where it shall be; its folder exists.
        content: all of it; text is written as UTF-8, with its own line ends.
        mode: who may read and write it, from its first byte on; by default as for every new file.
    """
    beside = file.with_name(f".{file.name}.{os.getpid()}.partial")
    data = content.encode() if isinstance(content, str) else content
    opener = None if mode is None else partial(os.open, mode=mode)
    try:
        with open(beside, "wb", opener=opener) as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())  # else a name may outlive a power cut that its content does not
        if mode is not None:
            beside.chmod(mode)  # whatever the umask took away
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)

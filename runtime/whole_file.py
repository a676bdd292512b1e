"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(file: Path, content: str | bytes) -> None:
    """Writes a file beside its place and renames it; raises `OSError`, and then what was there is as it was."""
    beside = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        beside.write_bytes(content.encode() if isinstance(content, str) else content)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)

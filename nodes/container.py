"""Opens media files for reading, in the same way with every PyAV that dlc supports."""

from __future__ import annotations

from pathlib import Path

import av

_LENIENT: dict[str, str] = {} if int(av.__version__.split(".")[0]) >= 19 else {"metadata_errors": "replace"}
"""Titles that are not UTF-8 must not stop a video; PyAV 19 took the option away and replaces by itself."""


def open_input(path: Path) -> av.container.InputContainer:
    """Opens a file; raises `av.error.FFmpegError`."""
    return av.open(str(path), **_LENIENT)

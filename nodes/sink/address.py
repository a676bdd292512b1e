"""What `to` may say: judged by its letters alone, so that `check` finds a slip before anything is opened."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from runtime.settings import Address

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv")
PATTERN = re.compile(r"%0?\d*d")
"""Where the number of an image stands in the name of a series."""


def fault_of(to: str) -> str | None:
    """Returns what is wrong with an address, or None; whether its folder is there is judged elsewhere."""
    if to in ("auto", "window", "null:"):
        return None
    suffix = Path(to).suffix.lower()
    if suffix in VIDEO_SUFFIXES and PATTERN.search(Path(to).name):
        return f"has a number in its name, which is for series of images; write {PATTERN.sub('', to)}"
    if suffix in (*VIDEO_SUFFIXES, *IMAGE_SUFFIXES):
        return None
    if to.lower() in ("screen", "display", "show", "preview"):
        return "is no file name; a window is called window"
    ways = " ".join((*VIDEO_SUFFIXES, *IMAGE_SUFFIXES))
    return f"is nothing that dlc writes; use auto, window, null:, or a file name in {ways}"


def _checked(to: object) -> object:
    fault = fault_of(to) if isinstance(to, str) and to else None
    if fault:
        raise PydanticCustomError("address", "{fault}", {"fault": fault})
    return to


To = Annotated[Address, BeforeValidator(_checked)]
"""A sink's address."""

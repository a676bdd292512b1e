"""What `uri` may say: judged by its letters alone, so that `check` finds a slip before anything is opened."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from runtime.settings import Address, is_address

MOST_DIGITS = 4
"""Of a camera's number; OpenCV takes no number beyond 32 bits."""

WAYS = "auto, demo:, camera:0, a video file or an image file"


def fault_of(uri: str) -> str | None:
    """Returns what is wrong with an address, or None; whether its file is there is judged elsewhere."""
    scheme, colon, rest = uri.partition(":")
    if uri.isdecimal():
        return f"is a number alone; the camera of that number is camera:{uri}"
    if uri.lower() in ("camera", "webcam", "cam") or uri.startswith("/dev/video"):
        return "is no file and no address; the first camera is camera:0, the next camera:1"
    if scheme == "camera" and colon and not (rest.isdecimal() and len(rest) <= MOST_DIGITS):
        return "ends with a camera's number; the first camera is camera:0"
    if uri == "window" or (is_address(uri) and scheme not in ("auto", "demo", "camera")) or (scheme == "demo" and rest):
        return f"is no address that dlc reads; use {WAYS}"
    return None


def _checked(uri: object) -> object:
    if isinstance(uri, int) and not isinstance(uri, bool):
        uri = str(uri)
    fault = fault_of(uri) if isinstance(uri, str) else None
    if fault:
        raise PydanticCustomError("address", "{fault}", {"fault": fault})
    return uri


Uri = Annotated[Address, BeforeValidator(_checked)]
"""A source's address."""

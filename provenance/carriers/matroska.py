"""XMP in Matroska files: the tag `XMP`, beside title and encoder.

A tag that were put in afterwards would move the index, so the tag is there from the start, with room (`padded`), and is
filled when the file is whole.
"""

from __future__ import annotations

from pathlib import Path

from provenance.xmp import BEGIN, END, padded

TAG = "XMP"
ROOM = 8192
_HEAD = 1 << 20
"""Tags that are written from the start stand before the first picture."""


def is_matroska(head: bytes) -> bool:
    """Returns whether these are the first bytes of a Matroska or WebM file."""
    return head.startswith(b"\x1a\x45\xdf\xa3")


def embed(file: Path, packet: bytes) -> None:
    """Writes a packet over the one that holds its place; raises `ValueError` when there is none, or too little room."""
    with file.open("r+b") as stream:
        found = _span(stream.read(_HEAD))
        if found is None:
            raise ValueError("there is no tag that could take the XMP")
        start, end = found
        stream.seek(start)
        stream.write(padded(packet, end - start))


def find(file: Path) -> bytes | None:
    """Returns the packet."""
    with file.open("rb") as stream:
        head = stream.read(_HEAD)
    found = _span(head)
    return head[found[0] : found[1]] if found else None


def _span(head: bytes) -> tuple[int, int] | None:
    start = head.find(BEGIN)
    end = head.find(END, start)
    return (start, end + len(END)) if 0 <= start < end else None

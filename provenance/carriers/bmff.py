"""XMP in MP4 and QuickTime files: a `uuid` box at the top level, as part 3 of the XMP specification has it.

It goes to the end of the file, where no chunk's offset changes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import UUID

XMP_UUID = UUID("BE7ACFCB-97A9-42E8-9C71-999491E3AFAC").bytes
C2PA_UUID = UUID("D8FEC3D6-1B0E-483C-9297-5828877EC481").bytes
LARGEST_PACKET = 16 << 20
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_PICTURES = (b"heic", b"heix", b"heif", b"mif1", b"msf1", b"avif", b"avis", b"crx ")
"""Brands of pictures that share the format."""


class _Box(NamedTuple):
    kind: bytes
    body: int
    end: int


def is_bmff(head: bytes) -> bool:
    """Returns whether these are the first bytes of an MP4 or QuickTime file."""
    return head[4:8] in _FIRST_BOXES and not (head[4:8] == b"ftyp" and head[8:12] in _PICTURES)


def is_quicktime(head: bytes) -> bool:
    """Returns whether these are the first bytes of a QuickTime file."""
    return is_bmff(head) and (head[4:8] != b"ftyp" or head[8:12] == b"qt  ")


def embed(file: Path, packet: bytes) -> None:
    """Appends a packet to a whole file."""
    body = XMP_UUID + packet
    with file.open("ab") as stream:
        stream.write(struct.pack(">I4s", 8 + len(body), b"uuid") + body)


def find(file: Path) -> bytes | None:
    """Returns the packet: of a `uuid` box, or from `moov/udta/XMP_`, where QuickTime programs put it."""
    packet = _uuid_box(file, XMP_UUID)
    if packet is not None:
        return packet
    with file.open("rb") as stream:
        outer = _Box(b"", 0, file.stat().st_size)
        for kind in (b"moov", b"udta", b"XMP_"):
            inner = next((box for box in _boxes(stream, outer) if box.kind == kind), None)
            if inner is None:
                return None
            outer = inner
        stream.seek(outer.body)
        return stream.read(min(outer.end - outer.body, LARGEST_PACKET))


def is_signed(file: Path) -> bool:
    """Returns whether there is a C2PA manifest."""
    return _uuid_box(file, C2PA_UUID) is not None


def _uuid_box(file: Path, uuid: bytes) -> bytes | None:
    with file.open("rb") as stream:
        for box in _boxes(stream, _Box(b"", 0, file.stat().st_size)):
            if box.kind == b"uuid":
                stream.seek(box.body)
                if stream.read(16) == uuid:
                    return stream.read(min(box.end - box.body - 16, LARGEST_PACKET))
    return None


def _boxes(stream: BinaryIO, outer: _Box) -> Iterator[_Box]:
    """Yields the boxes directly inside a box (or file), as far as it goes."""
    start = outer.body
    while start + 8 <= outer.end:
        stream.seek(start)
        length, kind = struct.unpack(">I4s", stream.read(8))
        body = start + 8
        if length == 1 and body + 8 <= outer.end:
            (length,) = struct.unpack(">Q", stream.read(8))
            body += 8
        end = outer.end if length == 0 else start + length
        if end < body or end > outer.end:
            return
        yield _Box(kind, body, end)
        start = end

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


class _Box(NamedTuple):
    kind: bytes
    start: int
    body: int
    end: int


def is_bmff(head: bytes) -> bool:
    """Returns whether these are the first bytes of an MP4 or QuickTime file."""
    return head[4:8] in _FIRST_BOXES


def is_quicktime(head: bytes) -> bool:
    """Returns whether these are the first bytes of a QuickTime file."""
    return is_bmff(head) and (head[4:8] != b"ftyp" or head[8:12] == b"qt  ")


def embed(file: Path, packet: bytes) -> None:
    """Appends a packet to a whole file."""
    body = XMP_UUID + packet
    with file.open("ab") as stream:
        stream.write(struct.pack(">I4s", 8 + len(body), b"uuid") + body)


def find(file: Path) -> bytes | None:
    """Returns the packet."""
    return _uuid_box(file, XMP_UUID)


def is_signed(file: Path) -> bool:
    """Returns whether there is a C2PA manifest."""
    return _uuid_box(file, C2PA_UUID) is not None


def _uuid_box(file: Path, uuid: bytes) -> bytes | None:
    with file.open("rb") as stream:
        for box in _boxes(stream, file.stat().st_size):
            if box.kind == b"uuid":
                stream.seek(box.body)
                if stream.read(16) == uuid:
                    return stream.read(min(box.end - box.body - 16, LARGEST_PACKET))
    return None


def _boxes(stream: BinaryIO, size: int) -> Iterator[_Box]:
    """Yields the boxes at the top level, as far as the file goes."""
    start = 0
    while start + 8 <= size:
        stream.seek(start)
        length, kind = struct.unpack(">I4s", stream.read(8))
        body = start + 8
        if length == 1 and body + 8 <= size:
            (length,) = struct.unpack(">Q", stream.read(8))
            body += 8
        end = size if length == 0 else start + length
        if end < body or end > size:
            return
        yield _Box(kind, start, body, end)
        start = end

"""XMP in WebP files: a chunk of the extended format, which a simple file is turned into."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

_HAS_XMP = 0x04
_HAS_ALPHA = 0x10


def is_webp(head: bytes) -> bool:
    """Returns whether these are the first bytes of a WebP file."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def embed(file: Path, packet: bytes) -> None:
    """Puts a packet behind the picture; raises `ValueError` for what is no whole WebP file."""
    chunks = list(_chunks(file.read_bytes()))
    if not chunks:
        raise ValueError("there is no picture in it")
    if chunks[0][0] != b"VP8X":
        chunks.insert(0, (b"VP8X", _extended(*chunks[0])))
    flags = chunks[0][1]
    chunks[0] = (b"VP8X", bytes([flags[0] | _HAS_XMP]) + flags[1:])
    chunks.append((b"XMP ", packet))
    body = b"WEBP" + b"".join(_packed(*chunk) for chunk in chunks)
    file.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)


def find(file: Path) -> bytes | None:
    """Returns the packet."""
    return next((body for kind, body in _chunks(file.read_bytes()) if kind == b"XMP "), None)


def _extended(kind: bytes, body: bytes) -> bytes:
    """Returns the contents of the header that a simple file lacks: flags and size."""
    if kind == b"VP8 " and len(body) >= 10:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", body, 6))
        flags = 0
    elif kind == b"VP8L" and len(body) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        flags = _HAS_ALPHA if bits >> 28 & 1 else 0
    else:
        raise ValueError(f"its first chunk is {kind!r}, not a picture")
    return struct.pack("<I", flags) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


def _packed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields the chunks, as far as the file goes."""
    place = 12
    while place + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, place)
        if place + 8 + length > len(data):
            return
        yield kind, data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2

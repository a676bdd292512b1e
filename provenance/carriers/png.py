"""XMP in PNG files: an iTXt chunk before the picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_END = 8 + 12 + 13
_NAME = b"XML:com.adobe.xmp\0"
_PLAIN = b"\0\0\0\0"
"""Not compressed, no language, no translated name."""


def is_png(head: bytes) -> bool:
    """Returns whether these are the first bytes of a PNG file."""
    return head.startswith(_SIGNATURE)


def embed(file: Path, packet: bytes) -> None:
    """Puts a packet behind the header."""
    body = b"iTXt" + _NAME + _PLAIN + packet
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    data = file.read_bytes()
    file.write_bytes(data[:_HEADER_END] + chunk + data[_HEADER_END:])


def find(file: Path) -> bytes | None:
    """Returns the packet; raises `ValueError` when its checksum is wrong."""
    for kind, body, checksum in _chunks(file.read_bytes()):
        if kind == b"iTXt" and body.startswith(_NAME):
            if zlib.crc32(kind + body) != checksum:
                raise ValueError("the checksum of its XMP is wrong")
            return _text(body[len(_NAME) :])
    return None


def _text(rest: bytes) -> bytes:
    compressed, rest = rest[:1], rest[2:]
    _, _, rest = rest.partition(b"\0")
    _, _, text = rest.partition(b"\0")
    if compressed != b"\1":
        return text
    try:
        return zlib.decompressobj().decompress(text, 1 << 24)
    except zlib.error as error:
        raise ValueError(f"its XMP cannot be unpacked: {error}") from error


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, int]]:
    """Yields kind, contents and checksum, as far as the file goes."""
    place = 8
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 8 + length
        if end + 4 > len(data):
            return
        yield kind, data[place + 8 : end], int.from_bytes(data[end : end + 4])
        place = end + 4

"""XMP in JPEG files: an APP1 segment before the picture."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

_NAME = b"http://ns.adobe.com/xap/1.0/\0"
_LARGEST = 65533
_APP0, _APP1 = 0xE0, 0xE1
_START_OF_SCAN, _END = 0xDA, 0xD9


def is_jpeg(head: bytes) -> bool:
    """Returns whether these are the first bytes of a JPEG file."""
    return head.startswith(b"\xff\xd8\xff")


def embed(file: Path, packet: bytes) -> None:
    """Puts a packet behind the JFIF header; raises `ValueError` for a packet that is too long."""
    body = _NAME + packet
    if len(body) > _LARGEST:
        raise ValueError(f"a JPEG segment holds {_LARGEST} bytes, the XMP has {len(body)}")
    data = file.read_bytes()
    place = max((end for marker, _, end in _segments(data) if marker == _APP0), default=2)
    segment = struct.pack(">BBH", 0xFF, _APP1, len(body) + 2) + body
    file.write_bytes(data[:place] + segment + data[place:])


def find(file: Path) -> bytes | None:
    """Returns the packet."""
    data = file.read_bytes()
    for marker, start, end in _segments(data):
        if marker == _APP1 and data.startswith(_NAME, start):
            return data[start + len(_NAME) : end]
    return None


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yields marker, start and end of the contents of each segment before the picture, as far as the file goes."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4])
        if marker in (_START_OF_SCAN, _END) or place + 2 + length > len(data):
            return
        yield marker, place + 4, place + 2 + length
        place += 2 + length

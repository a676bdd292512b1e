"""XMP in TIFF files: tag 700 of the first directory. The picture stays where it is; a longer directory is appended."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

_XMP_TAG = 700
_BYTES = 1
_ENTRY = 12


class _Directory(NamedTuple):
    order: str
    entries: list[bytes]
    following: bytes


def is_tiff(head: bytes) -> bool:
    """Returns whether these are the first bytes of a TIFF file (not of BigTIFF, which dlc does not write)."""
    return head[:4] in (b"II*\0", b"MM\0*")


def embed(file: Path, packet: bytes) -> None:
    """Appends a packet and the directory that names it; raises `ValueError` for what is no whole TIFF file."""
    data = file.read_bytes()
    order, entries, following = _first_directory(data)
    data += b"\0" * (len(data) % 2)
    directory_at = len(data) + len(packet) + len(packet) % 2
    entries.append(struct.pack(order + "HHII", _XMP_TAG, _BYTES, len(packet), len(data)))
    entries.sort(key=lambda entry: struct.unpack_from(order + "H", entry))
    data = data[:4] + struct.pack(order + "I", directory_at) + data[8:] + packet + b"\0" * (len(packet) % 2)
    file.write_bytes(data + struct.pack(order + "H", len(entries)) + b"".join(entries) + following)


def find(file: Path) -> bytes | None:
    """Returns the packet; raises `ValueError` when the file ends before it."""
    data = file.read_bytes()
    order, entries, _ = _first_directory(data)
    for entry in entries:
        tag, _, length, start = struct.unpack(order + "HHII", entry)
        if tag == _XMP_TAG:
            if start + length > len(data):
                raise ValueError("it ends before its XMP")
            return data[start : start + length]
    return None


def _first_directory(data: bytes) -> _Directory:
    order = "<" if data[:2] == b"II" else ">"
    try:
        (start,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, start)
    except struct.error as error:
        raise ValueError("it ends before its directory") from error
    end = start + 2 + count * _ENTRY
    if end + 4 > len(data):
        raise ValueError("it ends within its directory")
    entries = [data[place : place + _ENTRY] for place in range(start + 2, end, _ENTRY)]
    return _Directory(order, entries, data[end : end + 4])

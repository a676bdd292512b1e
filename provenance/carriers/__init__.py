"""Where each kind of file keeps its XMP packet. Touches neither pixels, nor sound, nor times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from provenance.carriers import bmff, jpeg, matroska, png, tiff, webp


@dataclass(frozen=True, slots=True)
class Carrier:
    """A kind of file.

    Attributes:
        name: for people.
        mime: its MIME type; empty where C2PA has no place in it.
        suffixes: of file names that dlc writes.
        opens: whether these first bytes are of such a file.
        embed: puts a packet into a file that has none.
        find: returns the packet; raises `ValueError` when the file is damaged before it.
    """

    name: str
    mime: str
    suffixes: tuple[str, ...]
    opens: Callable[[bytes], bool]
    embed: Callable[[Path, bytes], None]
    find: Callable[[Path], bytes | None]


CARRIERS = (
    Carrier("QuickTime video", "video/quicktime", (".mov",), bmff.is_quicktime, bmff.embed, bmff.find),
    Carrier("MP4 video", "video/mp4", (".mp4", ".m4v"), bmff.is_bmff, bmff.embed, bmff.find),
    Carrier("Matroska video", "", (".mkv",), matroska.is_matroska, matroska.embed, matroska.find),
    Carrier("JPEG picture", "image/jpeg", (".jpg", ".jpeg"), jpeg.is_jpeg, jpeg.embed, jpeg.find),
    Carrier("PNG picture", "image/png", (".png",), png.is_png, png.embed, png.find),
    Carrier("WebP picture", "image/webp", (".webp",), webp.is_webp, webp.embed, webp.find),
    Carrier("TIFF picture", "image/tiff", (".tif", ".tiff"), tiff.is_tiff, tiff.embed, tiff.find),
)


def carrier_for(name: Path) -> Carrier | None:
    """Returns what a file of this name will be, or None for one that holds no XMP."""
    return next((carrier for carrier in CARRIERS if name.suffix.lower() in carrier.suffixes), None)


def carrier_of(file: Path) -> Carrier | None:
    """Returns what a file is by its first bytes, or None; raises `OSError`."""
    with file.open("rb") as stream:
        head = stream.read(64)
    return next((carrier for carrier in CARRIERS if carrier.opens(head)), None)

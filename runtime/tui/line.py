"""Lines of toned text that panels show. Knows no widgets: what a screen says can be read and tested without one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Literal, get_args

from rich.cells import cell_len, chop_cells, set_cell_size

from runtime.captions import printable

Tone = Literal["plain", "quiet", "strong", "good", "warning", "error", "accent"]
"""What a piece of text is like; a theme gives it a colour, and the words say the same without one."""

TONES: tuple[Tone, ...] = get_args(Tone)

Piece = tuple[str, Tone]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a panel; `chosen` when the cursor is on it."""

    pieces: tuple[Piece, ...] = ()
    chosen: bool = False

    @property
    def text(self) -> str:
        """The line without tones."""
        return "".join(text for text, _ in self.pieces)


@dataclass(frozen=True, slots=True)
class Part:
    """Words that are shown whole or not at all; those with the lowest rank go last, rank 0 never."""

    pieces: tuple[Piece, ...]
    rank: int = 0

    @property
    def width(self) -> int:
        """In columns."""
        return sum(cell_len(text) for text, _ in self.pieces)


def part(*words: str | Piece, rank: int = 0) -> Part:
    """Returns a part of plain words and toned pieces."""
    return Part(tuple((word, "plain") if isinstance(word, str) else word for word in words), rank)


def packed(parts: Iterable[Part], width: int, gap: str = "  ") -> Line:
    """Returns the parts that have room in one line; of those without room the highest ranks give way first."""
    kept = [part for part in parts if part.width]
    while _width(kept, gap) > width and any(part.rank for part in kept):
        kept.remove(max(reversed(kept), key=lambda part: part.rank))
    pieces: list[Piece] = []
    for item in kept:
        pieces += [(gap, "plain"), *item.pieces] if pieces else item.pieces
    return cropped(Line(tuple(pieces)), width)


def cropped(line: Line, width: int) -> Line:
    """Returns the line, its end replaced by an ellipsis where it is wider."""
    if columns_of(line) <= width:
        return line
    pieces, left = [], width
    for text, tone in line.pieces:
        pieces.append((fit(text, left) if cell_len(text) > left else text, tone))
        left -= cell_len(text)
        if left <= 0:
            break
    return Line(tuple(pieces), line.chosen)


def difference(old: Line, new: Line, width: int) -> tuple[int, int]:
    """Returns from which to which column two lines differ, the end of the terminal where they differ in width."""
    if old.chosen != new.chosen:
        return 0, width
    start, end = _common(old.pieces, new.pieces), width
    if columns_of(old) == columns_of(new):
        end = columns_of(new) - _common(old.pieces[::-1], new.pieces[::-1])
    return min(start, width - 1), min(max(start + 1, end), width)


def columns_of(line: Line) -> int:
    """Returns how wide a line is."""
    return sum(cell_len(text) for text, _ in line.pieces)


def clean(text: str) -> str:
    """Returns text from outside in one line, without characters that would steer a terminal."""
    return printable(text)


def fit(text: str, width: int) -> str:
    """Returns text of at most that many columns, with an ellipsis where some of it is missing."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Returns text of exactly that many columns, at the left or at the right of them."""
    text = fit(text, width)
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yields lines of whole words; only a word that is wider than a line is cut. A line feed ends a line.

    Spaces at the start of a line stay, so that a caret stands below what it means.
    """
    for paragraph in text.split("\n"):
        line: str | None = None
        for word in clean(paragraph).split(" "):
            joined = word if line is None else f"{line} {word}"
            if cell_len(joined) <= width:
                line = joined
                continue
            if line is not None and line.strip():
                yield line
            *full, line = chop_cells(word, max(1, width)) or [""]
            yield from full
        yield line or ""


def shortened(lines: Iterable[Line], most: int, width: int) -> list[Line]:
    """Returns the first lines; the last of them ends with an ellipsis where others are left out."""
    kept = list(islice(lines, most + 1))
    if len(kept) <= most:
        return kept
    *kept, last = kept[:most]
    *pieces, (text, tone) = cropped(last, width - 2).pieces or (("", "plain"),)
    return [*kept, Line((*pieces, (f"{text.removesuffix('…').rstrip()} …", tone)), last.chosen)]


def _common(old: Sequence[Piece], new: Sequence[Piece]) -> int:
    """Returns the columns of the pieces that both begin with."""
    pairs = zip(old, new, strict=False)
    return sum(cell_len(one[0]) for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _width(parts: Sequence[Part], gap: str) -> int:
    return sum(part.width for part in parts) + len(gap) * max(0, len(parts) - 1)

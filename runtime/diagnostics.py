"""What is wrong with a graph, and where: one record for every phase that looks at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text file, line and column counted from 1; or, with a label, an argument of the command line."""

    file: Path | None
    line: int = 1
    column: int = 1
    label: str | None = None

    def __str__(self) -> str:
        return self.label or f"{_shown(self.file)}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong: a stable code, a sentence, and the place where the user mends it."""

    code: str
    message: str
    mark: Mark | None = None

    def __str__(self) -> str:
        place = f"{self.mark}: " if self.mark else ""
        return f"{place}error[{self.code}]: {self.message}"


def suggestion(word: str, known: Iterable[str]) -> str:
    """Returns the end of a sentence about an unknown word: the known one that is close to it, or all of them."""
    names = list(known)
    close = get_close_matches(word, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(names)}" if names else ""


def _shown(file: Path | None) -> str:
    """Returns the shorter of the path as it is and the path from the working directory."""
    if file is None:
        return "<graph>"
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(file)

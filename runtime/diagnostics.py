"""What is wrong with a graph, and where: one record for every phase that looks at it. Does not print anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from runtime.codes import Code, Severity


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text: in a file, or, with a label, in an argument of the command line.

    Attributes:
        file: the file, or None.
        line, column: where it begins, from 1.
        length: characters, on that line only.
        text: the whole line.
        label: the option that the text was given to, for example `--set`.
    """

    file: Path | None
    line: int = 1
    column: int = 1
    length: int = 1
    text: str = ""
    label: str | None = None

    def __str__(self) -> str:
        return self.label or f"{_shown(self.file)}:{self.line}:{self.column}"

    @property
    def short(self) -> str:
        """The place for a note within a message about the same file."""
        return self.label or f"line {self.line}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong.

    Attributes:
        code: stable name of the kind of mistake; `dlc.py explain CODE` tells more.
        message: one sentence, what is wrong.
        mark: where the user mends it, or None when that is nowhere in a text.
        help: what to write instead, or nothing.
        notes: other facts and places that belong to it.
    """

    code: Code
    message: str
    mark: Mark | None = None
    help: str = ""
    notes: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        """Whether it keeps the graph from running."""
        return self.code.severity

    def __str__(self) -> str:
        place = f"{self.mark}: " if self.mark else ""
        return f"{place}{self.severity}[{self.code}]: {self.message}"


def position(diagnostic: Diagnostic) -> tuple[str, int, int]:
    """Returns a key by which diagnostics stand in the order of the text; the command line's come last."""
    mark = diagnostic.mark
    return (mark.label or "", mark.line, mark.column) if mark else ("", 0, 0)


def closest(word: str, known: Iterable[str]) -> str | None:
    """Returns the known word that is spelled most like another one, or None when none is near."""
    by_lower = {name.lower(): str(name) for name in known}
    found = get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def near(word: str, known: Iterable[str]) -> str:
    """Returns help for an unknown word where the message lists the known ones: the one that is close, or nothing."""
    close = closest(word, known)
    return f"did you mean {close!r}?" if close else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Returns help for an unknown word: the known one that is close to it, or all of them."""
    names = list(known)
    return near(word, names) or (f"there are {', '.join(names)}" if names else "")


def suggestion(word: str, known: Iterable[str]) -> str:
    """Returns `did_you_mean` as the end of a sentence."""
    text = did_you_mean(word, known)
    return f"; {text}" if text else ""


def shortened(text: object, most: int = 160) -> str:
    """Returns a text for a message, its middle left out if it is very long."""
    words = str(text)
    return words if len(words) <= most else f"{words[: most // 2]}…{words[-most // 2 :]}"


def _shown(file: Path | None) -> str:
    """Returns the shorter of the path as it is and the path from the working directory."""
    if file is None:
        return "<graph>"
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(file)

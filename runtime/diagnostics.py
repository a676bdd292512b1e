"""What is wrong with a graph, and where: one record for every phase that looks at it. Does not print anything."""

from __future__ import annotations

from dataclasses import dataclass
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
    def brief(self) -> str:
        """The place with the file's name alone, where a path would take the room of what is wrong."""
        return self.label or f"{self.file.name if self.file else _shown(None)}:{self.line}:{self.column}"

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

"""Collects what the phases of a check find, so that all of it can be shown at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from runtime.codes import Code
from runtime.diagnostics import Diagnostic, position
from runtime.document import Document, Place


@dataclass(slots=True)
class Findings:
    """The diagnostics of one document so far, each said at a place of it."""

    document: Document
    found: list[Diagnostic] = field(default_factory=list)

    def say(
        self, code: Code, message: str, place: Place = (), *, key: bool = False, help: str = "",  # noqa: A002
        notes: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """Adds a diagnostic at a value of the document, or at its key."""
        mark = self.document.mark(place, key=key)
        self.found.append(Diagnostic(code, message, mark, help, tuple(notes)))

    def add(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Adds diagnostics that have their places already."""
        self.found.extend(diagnostics)

    def line(self, place: Place) -> str:
        """Returns how a note names the place of a key."""
        mark = self.document.mark(place, key=True)
        return mark.short if mark else "the graph"

    def sorted(self) -> tuple[Diagnostic, ...]:
        """Returns all of them in the order of the text."""
        return tuple(sorted(self.found, key=position))

    def failed(self) -> bool:
        """Whether one of them keeps the graph from running."""
        return any(item.severity == "error" for item in self.found)

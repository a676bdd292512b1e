"""Reads a graph file's text into plain data and remembers where each part stands. Knows nothing of graphs."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from runtime import yaml_text
from runtime.codes import Code
from runtime.diagnostics import Diagnostic, Mark
from runtime.errors import GraphError

Place = tuple[str | int, ...]
"""Where a value stands: keys and list indices from the top."""

MAX_BYTES = 1 << 20
"""A graph file that is larger than this is refused."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed text: its data, and the marks of its keys and values."""

    data: Any
    file: Path | None
    keys: Mapping[Place, Mark] = field(default_factory=dict)
    values: Mapping[Place, Mark] = field(default_factory=dict)

    def mark(self, place: Place, *, key: bool = False) -> Mark | None:
        """Returns where a value (or its key) stands, or the nearest enclosing value that is in the text."""
        while place:
            found = (self.keys if key else self.values).get(place) or self.values.get(place)
            if found:
                return found
            place = place[:-1]
        return self.values.get(())


def read_document(file: Path) -> Document:
    """Reads a file; raises `GraphError` when it cannot be read or is no proper YAML."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise GraphError([Diagnostic(Code.UNREADABLE, f"cannot read {file}: {error.strerror or error}")]) from error
    if len(raw) > MAX_BYTES:
        message = f"{file} is larger than {MAX_BYTES >> 20} MiB; is it a graph?"
        raise GraphError([Diagnostic(Code.TOO_LARGE, message)])
    return parse_document(decoded(raw, file), file)


def parse_document(text: str, file: Path | None = None) -> Document:
    """Parses a text; raises `GraphError` with all that is wrong with its keys, or with its first error of syntax."""
    lines = text.splitlines()
    try:
        data, root = yaml_text.load(text)
    except yaml_text.FaultyTextError as error:
        raise GraphError([_diagnostic(fault, file, lines) for fault in error.faults]) from error
    keys: dict[Place, Mark] = {}
    values: dict[Place, Mark] = {}
    _index(root, (), _Marks(file, lines), keys, values)
    return Document(data, file, keys, values)


def parse_value(text: str) -> Any:
    """Returns the value of one argument: a list, mapping or quoted text as in YAML, anything else as one plain scalar.

    So `null:` is text, although YAML would make a mapping of it. Raises `GraphError`.
    """
    return parse_document(text).data if text[:1] in ("[", "{", '"', "'") else yaml_text.scalar(text)


@dataclass(frozen=True, slots=True)
class _Marks:
    """Makes our marks of yaml's."""

    file: Path | None
    lines: Sequence[str]

    def of(self, node: yaml.Node) -> Mark:
        start, end = node.start_mark, node.end_mark
        text = self.lines[start.line] if start.line < len(self.lines) else ""
        stop = end.column if end.line == start.line else len(text.rstrip())
        return Mark(self.file, start.line + 1, start.column + 1, max(1, stop - start.column), text)

    def at(self, mark: yaml.Mark) -> Mark:
        text = self.lines[mark.line] if mark.line < len(self.lines) else ""
        return Mark(self.file, mark.line + 1, mark.column + 1, 1, text)


def decoded(raw: bytes, file: Path) -> str:
    """Returns the text of a file; raises `GraphError` when it is not written in UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            help_text = "save the file again with the encoding UTF-8"
            diagnostic = Diagnostic(Code.ENCODING, f"{file} is written in UTF-16", help=help_text)
        elif b"\0" in raw[:64]:
            diagnostic = Diagnostic(Code.ENCODING, f"{file} is no text; is it a graph?")
        else:
            line = raw[: error.start].count(b"\n") + 1
            help_text = "save the file again with the encoding UTF-8"
            diagnostic = Diagnostic(Code.ENCODING, "this is not written in UTF-8", Mark(file, line), help_text)
        raise GraphError([diagnostic]) from error


def _diagnostic(fault: yaml_text.Fault, file: Path | None, lines: Sequence[str]) -> Diagnostic:
    marks = _Marks(file, lines)
    match fault.at:
        case None:
            mark = Mark(file)
        case yaml.Node():
            mark = marks.of(fault.at)
        case _:
            mark = marks.at(fault.at)
    return Diagnostic(fault.code, fault.message, mark, fault.help, fault.notes)


def _index(node: yaml.Node, place: Place, marks: _Marks, keys: dict[Place, Mark], values: dict[Place, Mark]) -> None:
    values[place] = marks.of(node)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            keys[*place, key.value] = marks.of(key)
            _index(value, (*place, key.value), marks, keys, values)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _index(item, (*place, index), marks, keys, values)

"""Values from the command line that replace values of a graph file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runtime.codes import Code
from runtime.diagnostics import Diagnostic, Mark
from runtime.document import Document, Place, parse_value
from runtime.errors import GraphError
from runtime.schema import ENGINE_KEYS, GraphText
from runtime.spelling import did_you_mean


@dataclass(frozen=True, slots=True)
class Override:
    """A value for a path of the graph.

    Attributes:
        path: dotted; begins with a node's name or a top-level key.
        value: what to put there.
        option: the option of the command line, for example `--set`.
        text: what was given to it.
    """

    path: str
    value: Any
    option: str = "--set"
    text: str = ""

    @staticmethod
    def parse(text: str) -> Override:
        """Reads `path.to.key=value`, the value as YAML; raises `GraphError`."""
        path, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not path:
            mark = Mark(None, length=max(1, len(text)), text=text, label="--set")
            message = "this is no `path=value`"
            key, colon, meant = text.partition(":")
            help_text = f"write {key}={meant.strip()}" if colon and key else "write node.setting=value, or key=value"
            raise GraphError([Diagnostic(Code.BAD_SET, message, mark, help_text)])
        text = f"{path}={value}"
        try:
            return Override(path, parse_value(value), text=text)
        except GraphError as error:
            shift = len(path) + 1
            raise GraphError([_within(item, text, shift) for item in error.diagnostics]) from error

    def mark(self, part: int | None = None) -> Mark:
        """Returns the place of a part of the path, or of the value."""
        parts = self.path.split(".")
        if not self.text.startswith(f"{self.path}="):  # a shortcut: all of its text is the value
            return Mark(None, 1, 1, max(1, len(self.text)), self.text, self.option)
        if part is None:
            start = len(self.path) + 2
            return Mark(None, 1, start, max(1, len(self.text) - start + 1), self.text, self.option)
        start = sum(len(before) + 1 for before in parts[:part]) + 1
        return Mark(None, 1, start, len(parts[part]), self.text, self.option)


def parse_overrides(texts: Sequence[str]) -> list[Override]:
    """Reads several `path=value`; raises `GraphError` with all that are wrong."""
    overrides: list[Override] = []
    found: list[Diagnostic] = []
    for text in texts:
        try:
            overrides.append(Override.parse(text))
        except GraphError as error:
            found += error.diagnostics
    if found:
        raise GraphError(found)
    return overrides


def replaced(document: Document, overrides: Sequence[Override]) -> tuple[Document, list[Diagnostic]]:
    """Returns the document with values replaced, and what is wrong with the paths of those that could not be."""
    if not isinstance(document.data, dict) or not overrides:
        return document, []
    changed = Document(_copied(document.data), document.file, dict(document.keys), dict(document.values))
    found = [fault for override in overrides if (fault := _put(changed, override))]
    return changed, found


def clashes(overrides: Sequence[Override]) -> list[Diagnostic]:
    """Returns which values are given twice, by different options, and differ; of one option the last holds."""
    found: list[Diagnostic] = []
    last: dict[str, Override] = {}
    for override in overrides:
        path = override.path.removeprefix("nodes.")
        other = last.get(path, override)
        last[path] = override
        if other.option != override.option and str(other.value) != str(override.value):
            message = f"{override.option} and {other.option} give {path} two values"
            help_text = f"leave one out: {override.option} {override.text}, or {other.option} {other.text}"
            found.append(Diagnostic(Code.SET_TWICE, message, override.mark(), help_text))
    return found


def _put(document: Document, override: Override) -> Diagnostic | None:
    parts = override.path.split(".")
    nodes = document.data.get("nodes")
    names = nodes if isinstance(nodes, dict) else {}
    if fault := _misnamed(override, parts, document.data, names):
        return fault
    lead = 1 if parts[0] in names else 0
    place: Place = ("nodes", *parts) if lead else tuple(parts)
    at: Any = document.data
    for index, part in enumerate(place[:-1]):
        if not isinstance(at.get(part), dict | None):
            message = f"{part!r} is a value and has no parts"
            return Diagnostic(Code.NO_PARTS, message, override.mark(max(0, index - lead)))
        at = at.setdefault(part, {})
    at[place[-1]] = override.value
    _set_marks(document, place, override, len(parts) - 1)
    return None


def _misnamed(
    override: Override, parts: Sequence[str], data: Mapping[str, Any], names: Mapping[str, Any]
) -> Diagnostic | None:
    first = parts[0]
    if first in names or first in data or first in GraphText.model_fields or "" in parts:
        if "" in parts:
            message = "a part of the path is empty"
            return Diagnostic(Code.BAD_SET, message, override.mark(0), "write node.setting=value, or key=value")
        return None
    if len(parts) > 1:
        return Diagnostic(
            Code.UNKNOWN_NODE, f"there is no node {first!r}", override.mark(0), did_you_mean(first, names)
        )
    owners = [name for name, node in names.items() if isinstance(node, dict) and first in node]
    if first in ENGINE_KEYS or owners:
        help_text = f"write {owners[0] if owners else 'NODE'}.{first}={override.text.partition('=')[2]}"
        return Diagnostic(Code.UNKNOWN_KEY, f"a graph has no key {first!r}", override.mark(0), help_text)
    help_text = did_you_mean(first, [*GraphText.model_fields, *names])
    return Diagnostic(Code.UNKNOWN_KEY, f"a graph has no key {first!r}", override.mark(0), help_text)


def _set_marks(document: Document, place: Place, override: Override, last: int) -> None:
    """Has the place, and all that was below it, point at the command line."""
    keys, values = document.keys, document.values
    assert isinstance(keys, dict)  # noqa: S101  # our own copies
    assert isinstance(values, dict)  # noqa: S101
    for marks in (keys, values):
        for below in [known for known in marks if known[: len(place)] == place]:
            del marks[below]
    keys[place], values[place] = override.mark(last), override.mark()


def _within(diagnostic: Diagnostic, text: str, shift: int) -> Diagnostic:
    """Returns a diagnostic about a value as one about the argument that holds it."""
    mark = diagnostic.mark
    if mark is None or mark.line > 1:
        return replace(diagnostic, mark=Mark(None, 1, shift + 1, max(1, len(text) - shift), text, "--set"))
    return replace(diagnostic, mark=replace(mark, column=mark.column + shift, text=text, label="--set"))


def _copied(value: Any) -> Any:
    """Returns a copy in which aliases no longer share their mappings."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value

"""Values from the command line that replace values of a graph file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runtime.diagnostics import Mark, suggestion
from runtime.document import Document, Place, parse_value
from runtime.errors import ConfigurationError, GraphError


@dataclass(frozen=True, slots=True)
class Override:
    """A value from the command line: the dotted path that it replaces, and how messages name it."""

    path: str
    value: Any
    label: str

    @staticmethod
    def parse(text: str) -> Override:
        """Reads `path.to.key=value`, the value as YAML; raises `ConfigurationError`."""
        path, equals, value = text.partition("=")
        label = f"--set {text}"
        if not equals or not path:
            raise ConfigurationError(f"{label}: write it as node.setting=value or key=value")
        try:
            return Override(path, parse_value(value), label)
        except GraphError as error:
            mark = Mark(None, label=label)
            raise GraphError([replace(item, mark=mark) for item in error.diagnostics]) from error


def with_overrides(document: Document, overrides: Sequence[Override]) -> Document:
    """Returns the document with values replaced; a path starts with a node's name or a top-level key."""
    if not isinstance(document.data, dict):
        return document
    data = _copied(document.data)
    values = dict(document.values)
    keys = dict(document.keys)
    for override in overrides:
        place = _place(override, data)
        _put(data, place, override)
        values[place] = keys[place] = Mark(None, label=override.label)
    return Document(data, document.file, keys, values)


def _place(override: Override, data: Mapping[str, Any]) -> Place:
    first, *rest = override.path.split(".")
    nodes = data.get("nodes")
    known = nodes if isinstance(nodes, dict) else {}
    if rest and first not in known and first != "nodes":
        raise ConfigurationError(f"{override.label}: there is no node {first!r}{suggestion(first, known)}")
    return ("nodes", first, *rest) if first in known else (first, *rest)


def _put(data: dict[str, Any], place: Place, override: Override) -> None:
    at: Any = data
    for part in place[:-1]:
        at = at.setdefault(part, {})
        if not isinstance(at, dict):
            raise ConfigurationError(f"{override.label}: {part!r} is a value and has no parts")
    at[place[-1]] = override.value


def _copied(value: Any) -> Any:
    """Returns a copy in which aliases no longer share their mappings."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value

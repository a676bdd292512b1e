"""Values from the command line that replace values of a graph file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from runtime.diagnostics import Mark
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
        place = _place(override.path, data)
        _put(data, place, override.value)
        values[place] = keys[place] = Mark(None, label=override.label)
    return Document(data, document.file, keys, values)


def _place(path: str, data: Mapping[str, Any]) -> Place:
    parts = tuple(path.split("."))
    nodes = data.get("nodes")
    return ("nodes", *parts) if isinstance(nodes, dict) and parts[0] in nodes else parts


def _put(data: dict[str, Any], place: Place, value: Any) -> None:
    at: Any = data
    for part in place[:-1]:
        at = at.setdefault(part, {}) if isinstance(at, dict) else {}
    if isinstance(at, dict):
        at[place[-1]] = value


def _copied(value: Any) -> Any:
    """Returns a copy in which aliases no longer share their mappings."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value

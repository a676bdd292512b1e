"""Reads a YAML text into plain data and remembers where each part stands. Knows nothing of graphs.

Only what a graph needs: mappings with text keys, lists, text, numbers, true and false. The traps of YAML 1.1 are off:
`16:9`, `on` and `yes` are text, `010` is 10, `1e5` is a number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

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
        raw = file.read_bytes()
    except OSError as error:
        raise GraphError([Diagnostic("unreadable", f"cannot read {file}: {error.strerror or error}")]) from error
    if len(raw) > MAX_BYTES:
        raise GraphError(
            [Diagnostic("too-large", f"{file} has {len(raw)} bytes; a graph file has at most {MAX_BYTES}")]
        )
    return parse_document(raw.decode("utf-8", errors="replace"), file)


def parse_document(text: str, file: Path | None = None) -> Document:
    """Parses a text; raises `GraphError` with all that is wrong with its keys, or with its first error of syntax."""
    try:
        loader = _Loader(text)
    except ReaderError as error:
        raise GraphError([Diagnostic("syntax", f"this is no YAML text: {error.reason}", Mark(file))]) from error
    try:
        root = loader.get_single_node()
        if root is None:
            raise GraphError([Diagnostic("empty", "the graph file is empty", Mark(file, 1, 1))])
        duplicates = _bad_keys(root, file)
        if duplicates:
            raise GraphError(duplicates)
        data = loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = Mark(file, at.line + 1, at.column + 1) if at else None
        raise GraphError([Diagnostic("syntax", str(error.problem or error.context or error), mark)]) from error
    except yaml.YAMLError as error:
        raise GraphError([Diagnostic("syntax", str(error), Mark(file, 1, 1))]) from error
    finally:
        loader.dispose()
    keys: dict[Place, Mark] = {}
    values: dict[Place, Mark] = {}
    _index(root, (), file, keys, values)
    return Document(data, file, keys, values)


def parse_value(text: str) -> Any:
    """Returns the value of one argument: a list, mapping or quoted text as in YAML, anything else as one plain scalar.

    So `null:` is text, although YAML would make a mapping of it. Raises `GraphError`.
    """
    if text[:1] in ("[", "{", '"', "'"):
        return parse_document(text).data
    loader = _Loader("")
    tag = loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return loader.construct_object(yaml.ScalarNode(tag, text)) if text else ""


class _Loader(yaml.SafeLoader):
    """The safe loader with resolvers of our own."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - yaml's own shape

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        return int(str(self.construct_scalar(node)).replace("_", ""))

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        return float(str(self.construct_scalar(node)).replace("_", ""))


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_yaml_float)
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"[-+]?[0-9][0-9_]*", "-+0123456789"),
    ("float", r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9]+|[0-9][0-9_]*(?=[eE]))(?:[eE][-+]?[0-9]+)?", "-+0123456789."),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))


def _mark(node: yaml.Node, file: Path | None) -> Mark:
    return Mark(file, node.start_mark.line + 1, node.start_mark.column + 1)


def _bad_keys(node: yaml.Node, file: Path | None) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag not in (_TEXT, _MERGE):
                found.append(Diagnostic("key", "a key must be text; put it in quotes", _mark(key, file)))
            elif key.value in seen and key.tag == _TEXT:
                first = seen[key.value].start_mark.line + 1
                message = f"key {key.value!r} stands here again; it is first on line {first}"
                found.append(Diagnostic("duplicate-key", message, _mark(key, file)))
            else:
                seen[key.value] = key
            found += _bad_keys(value, file)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            found += _bad_keys(item, file)
    return found


_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"


def _index(
    node: yaml.Node, place: Place, file: Path | None, keys: dict[Place, Mark], values: dict[Place, Mark]
) -> None:
    values[place] = _mark(node, file)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            keys[*place, key.value] = _mark(key, file)
            _index(value, (*place, key.value), file, keys, values)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _index(item, (*place, index), file, keys, values)

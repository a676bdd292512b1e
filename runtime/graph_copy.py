"""Copies a graph file to another place: its text as it is, but with its paths and its name made right there."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from runtime.codes import Code
from runtime.document import Document, Place, decoded, parse_document
from runtime.errors import ConfigurationError, GraphError
from runtime.loading import check_document
from runtime.node import NodeSpec
from runtime.setting_schema import setting_schemas
from runtime.settings import Folders, checked
from runtime.table import NodeTable
from runtime.words import value_text

_OF_FILES = (Code.MISSING_FILE, Code.MISSING_FOLDER, Code.OVERWRITE)
"""What may be wrong with a graph that is copied: it is a pattern, and its files may be yet to come."""


def copy_text(file: Path, target: Path, table: NodeTable) -> str:
    """Returns the text that stands for a graph at another place; raises `GraphError` when the graph does not check."""
    text = decoded(file.read_bytes(), file)
    document = parse_document(text, file)
    faults = [item for item in check_document(document, table).diagnostics if item.severity == "error"]
    if any(fault.code not in _OF_FILES for fault in faults):
        raise GraphError(faults)
    folder, there = file.resolve().parent, target.absolute().parent
    values: dict[Place, str] = {place: moved(path, folder, there) for place, path in _paths(document, folder, table)}
    if "name" in document.data:
        values["name",] = target.stem
    return _with_schema(_edited(text, document, values), folder, there)


def moved(path: str, folder: Path, there: Path) -> str:
    """Returns a path that started at one folder as one that starts at another: relative, or absolute if shorter."""
    whole = (folder / Path(path).expanduser()).resolve()
    try:
        relative = Path(os.path.relpath(whole, there.resolve()))
    except ValueError:  # another drive
        return whole.as_posix()
    return min(relative.as_posix(), whole.as_posix(), key=len)


def _paths(document: Document, folder: Path, table: NodeTable) -> Iterator[tuple[Place, str]]:
    """Yields the relative paths of a checked document, except those that it writes: a copy writes beside itself."""
    plugins = document.data.get("plugins", [])
    types = table.with_files(folder / plugin for plugin in plugins)
    for index, plugin in enumerate(plugins):
        yield from _relative(plugin, str(folder / plugin), ("plugins", index), folder)
    for name, node in document.data["nodes"].items():
        spec = types[node["type"]]
        for setting, path in _resolved(spec, node, folder).items():
            yield from _relative(node[setting], path, ("nodes", name, setting), folder)


def _resolved(spec: NodeSpec, node: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Returns the settings that a node's text gives, with their paths resolved."""
    settings: dict[str, Any] = {}
    for model in (spec.fixed, spec.live):
        given = {name: node[name] for name in model.model_fields if name in node}
        values = checked(model, given, Folders(folder)).model_dump(mode="json", include=set(given))
        settings.update(values)
    fields = setting_schemas(spec).fields
    written = {name for name in settings if spec.role == "sink" and fields[name].get("format") == "address"}
    return {name: value for name, value in settings.items() if name not in written}


def _relative(given: Any, resolved: Any, place: Place, folder: Path) -> Iterator[tuple[Place, str]]:
    """Yields the texts in a setting that were resolved against the folder."""
    if isinstance(given, str) and isinstance(resolved, list) and len(resolved) == 1:
        resolved = resolved[0]  # one file where several may stand
    if isinstance(given, str) and not Path(given).expanduser().is_absolute() and resolved == str(folder / given):
        yield place, given
    elif isinstance(given, dict) and isinstance(resolved, dict):
        for key in given.keys() & resolved.keys():
            yield from _relative(given[key], resolved[key], (*place, key), folder)
    elif isinstance(given, list) and isinstance(resolved, list):
        for index, (item, path) in enumerate(zip(given, resolved, strict=False)):
            yield from _relative(item, path, (*place, index), folder)


def _edited(text: str, document: Document, values: Mapping[Place, str]) -> str:
    """Returns the text with scalars replaced where they stand; one that several places share is replaced once."""
    scalars = [token for token in yaml.scan(text) if isinstance(token, yaml.ScalarToken)]
    starts = [(token.start_mark.line + 1, token.start_mark.column + 1) for token in scalars]
    edits: dict[int, tuple[int, str]] = {}
    for place, value in values.items():
        if (mark := document.values.get(place)) is None:
            dotted = ".".join(map(str, place))
            raise ConfigurationError(
                f"{document.file}: {dotted} is merged from elsewhere; write it out to copy the graph"
            )
        scalar = scalars[bisect_left(starts, (mark.line, mark.column))]  # an anchor may stand before it
        edits[scalar.start_mark.index] = scalar.end_mark.index, value_text(value)
    for start, (end, value) in sorted(edits.items(), reverse=True):
        text = text[:start] + value + text[end:]
    return text


_SCHEMA_COMMENT = re.compile(r"^(#\s+yaml-language-server\s*:.*\$schema=)(\S+)", re.MULTILINE)


def _with_schema(text: str, folder: Path, there: Path) -> str:
    """Returns the text with the editor's comment naming the same schema; there a path with spaces has to be a URI."""

    def renamed(match: re.Match[str]) -> str:
        start, path = match.groups()
        if "://" in path or Path(path).is_absolute():
            return match[0]
        new = moved(path, folder, there)
        return start + (new if len(new.split()) == 1 else (folder / path).resolve().as_uri())

    return _SCHEMA_COMMENT.sub(renamed, text)

"""Puts changed settings back into a graph file's text: only the values change, comments and layout stay.

The text that comes out is read again and compared; where it would say anything else, nothing is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from runtime.document import decoded, parse_document
from runtime.errors import GraphError
from runtime.view import Refused
from runtime.whole_file import write_whole
from runtime.words import value_text

Setting = tuple[str, str]
"""A node's name and a setting's name."""


def save_settings(file: Path, values: Mapping[Setting, Any]) -> None:
    """Writes settings into a graph file, beside its place and renamed.

    Args:
        file: the graph file.
        values: by node and setting, as JSON has them.

    Raises:
        Refused: the file cannot be read or written, or has no place for a value.
    """
    try:
        raw = file.read_bytes()
        text = decoded(raw, file)
        mark = "\ufeff" if raw.startswith(b"\xef\xbb\xbf") else ""
        target = file.resolve()  # a link stays one, and who may read the file does not change
        write_whole(target, mark + with_settings(text, values), mode=target.stat().st_mode & 0o777)
    except OSError as error:
        raise Refused(
            f"{file} cannot be written: {error.strerror or error}", "copy the graph to a folder of yours"
        ) from error
    except GraphError as error:
        raise Refused(f"{file} is broken, so nothing was saved: {error}", "mend it first") from error


def with_settings(text: str, values: Mapping[Setting, Any]) -> str:
    """Returns the text of a graph with settings changed or added; raises `Refused` where there is no place for one."""
    wanted = parse_document(text).data
    for (node, setting), value in values.items():
        entry = wanted["nodes"].get(node) if isinstance(wanted.get("nodes"), dict) else None
        if not isinstance(entry, dict):
            raise Refused(f"the file has no node {node!r} any more", "reload first")
        wanted["nodes"][node] = {**entry, setting: value}  # a copy: nodes may share one through an alias
        text = _put(text, node, setting, value)
    if _read(text) != wanted:
        shared = ", ".join(".".join(place) for place in values)
        raise Refused(
            f"{shared} cannot be changed in place: the file shares values with & and *", "write them out first"
        )
    return text


def _read(text: str) -> Any:
    """Returns what an edited text says, or None when it says nothing any more: an anchor is gone."""
    try:
        return parse_document(text).data
    except GraphError:
        return None


def _put(text: str, node: str, setting: str, value: Any) -> str:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    entry = _entry(_entry(root, "nodes"), node)
    if not isinstance(entry, yaml.MappingNode):
        raise Refused(f"node {node} is shared or merged in the file, so {setting} has no place", "write it out first")
    written = _flow(value)
    for key, held in entry.value:
        if key.value == setting:
            start, end = key.end_mark.index, held.end_mark.index
            between = re.match(r"\s*:\s*", text[start:])
            begin = start + between.end() if between else held.start_mark.index
            if begin > held.end_mark.index or held.start_mark.index < start:  # an alias: its value stands elsewhere
                end = begin + len(re.match(r"\*[^\s,\]}]+", text[begin:])[0]) if text[begin] == "*" else end  # type: ignore[index]
            return text[:begin] + written + text[begin + len(text[begin:end].rstrip()) :]
    if entry.flow_style:
        at = entry.end_mark.index - 1
        body = text[:at].rstrip()
        comma = "" if body.endswith(("{", ",")) else ","
        return f"{body}{comma} {setting}: {written}{text[len(body) : at]}{text[at:]}"
    return _with_line(text, entry, f"{setting}: {written}")


def _with_line(text: str, entry: yaml.MappingNode, line: str) -> str:
    """Returns the text with a line behind the last one of a block mapping."""
    key, last = entry.value[-1]
    end = max(last.end_mark.index, key.end_mark.index)
    head = text[:end].rstrip()
    newline = "\r\n" if "\r\n" in text else "\n"
    rest = text[len(head) :]
    comment, _, below = rest.partition("\n")
    return f"{head}{comment.rstrip()}{newline}{' ' * entry.start_mark.column}{line}{newline}{below}"


def _entry(node: yaml.Node | None, name: str) -> yaml.Node | None:
    """Returns the value of a mapping's key, unless an alias stands there."""
    if not isinstance(node, yaml.MappingNode):
        return None
    for key, value in node.value:
        if key.value == name:
            return value if value.start_mark.index >= key.end_mark.index else None
    return None


def _flow(value: Any) -> str:
    """Returns a value on one line of YAML."""
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_flow(key)}: {_flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, str) and not value.isprintable():
        return '"' + "".join(letter if _is_safe(letter) else f"\\U{ord(letter):08x}" for letter in value) + '"'
    return value_text(value)


def _is_safe(letter: str) -> bool:
    return letter.isprintable() and letter not in '"\\'

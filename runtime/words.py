"""Says in plain words what a JSON Schema allows, for people who set a value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

Schema = Mapping[str, Any]


def changes(*, live: bool, end: bool) -> str:
    """Returns what changing a setting takes, of a node or of an end of the graph: nothing, the node anew, or a run."""
    return "live" if live else "new run" if end else "rebuilds"


def words(schema: Schema, definitions: Mapping[str, Schema]) -> str:
    """Returns words such as `number, 0 to 1`; `definitions` are what the schema's references mean."""
    if "$ref" in schema:
        return words(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "const" in schema:
        return value_text(schema["const"])
    if "enum" in schema:
        return either([value_text(choice) for choice in schema["enum"]])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return either(_parts(schema[union], definitions))
    if "examples" in schema:
        return f"{_name(schema, definitions)} such as {value_text(schema['examples'][0])}"
    name = _NAMES.get(schema.get("format", ""), "") or _name(schema, definitions)
    return f"{name}{_range(schema)}"


def value_text(value: Any) -> str:
    """Returns a value as it is written in a graph file; 250.0 as 250, so that equal numbers are equal texts."""
    if isinstance(value, str) and _is_plain(value):
        return value
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return json.dumps(value, ensure_ascii=False)


_NAMES = {
    "path": "file",
    "path-or-name": "file or name",
    "state": "file",
    "address": "word, address or file",
    "file-path": "file",
    "directory-path": "folder",
}
_TYPES = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false", "null": "null"}


def _name(schema: Schema, definitions: Mapping[str, Schema]) -> str:
    kind = schema.get("type")
    if kind == "array":
        if "prefixItems" in schema:
            return f"list: {'; '.join(words(item, definitions) for item in schema['prefixItems'])}"
        return f"list of: {words(schema.get('items', {}), definitions)}"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"mapping to: {words(values, definitions)}" if isinstance(values, Mapping) else "mapping"
    return _TYPES.get(str(kind), "anything")


def _range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    said = [
        f"{_number(low)} to {_number(high)}" if low is not None and high is not None else "",
        f"{_number(low)} or more" if low is not None and high is None else "",
        f"{_number(high)} or less" if high is not None and low is None else "",
        f"above {_number(above)}" if above is not None else "",
        f"below {_number(below)}" if below is not None else "",
        f"a multiple of {_number(schema['multipleOf'])}" if "multipleOf" in schema else "",
        *_lengths(schema),
    ]
    return "".join(f", {part}" for part in said if part)


def _lengths(schema: Schema) -> list[str]:
    if "prefixItems" in schema:
        return []  # the list says itself how long it is
    text = schema.get("type") == "string"
    unit, least, most = ("characters", "minLength", "maxLength") if text else ("items", "minItems", "maxItems")
    return [
        f"at least {schema[least]} {unit}" if least in schema else "",
        f"at most {schema[most]} {unit}" if most in schema else "",
        f"like {schema['pattern']}" if "pattern" in schema else "",
    ]


def _parts(schemas: list[Schema], definitions: Mapping[str, Schema]) -> list[str]:
    """Returns the words of each alternative; what can be counted up counts one by one."""
    parts: list[str] = []
    for schema in schemas:
        if "enum" in schema:
            parts += [value_text(choice) for choice in schema["enum"]]
        else:
            parts += ["true", "false"] if schema.get("type") == "boolean" else [words(schema, definitions)]
    return parts


def either(parts: Iterable[str]) -> str:
    """Returns `a, b or c`, each of them once."""
    *most, last = dict.fromkeys(parts)
    return f"{', '.join(most)} or {last}" if most else last


def _number(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e15 else str(value)


def _is_plain(text: str) -> bool:
    """Whether a text means itself without quotes."""
    return _PLAIN.fullmatch(text) is not None and text not in ("true", "false", "null")


_PLAIN = re.compile(r"[^\W\d][\w./-]*|\.{1,2}/[\w./-]+|/[\w./-]*")

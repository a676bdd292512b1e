"""Finds the example of a node type in its docstrings; where there is none, makes a graph from the signatures."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from textwrap import indent
from typing import Any

from runtime.docstring import read_docstring
from runtime.document import parse_document
from runtime.errors import GraphError
from runtime.kinds import Frame, Kind
from runtime.node import NodeSpec
from runtime.setting_schema import setting_schemas
from runtime.words import Schema, value_text

Table = Mapping[str, NodeSpec]

WIDTH = 76
"""Longest line of an example, so that it fits into a terminal of 80 columns."""

_COMMENTED = re.compile(r"(.*\})\s+#\s*(.*)")


def example_of(spec: NodeSpec, table: Table) -> str:
    """Returns the YAML text of an example, with the key `nodes`; one that is made is a complete graph."""
    text = next(_written(spec), "") or _made(spec, table)
    return "\n".join(part for line in text.splitlines() for part in _narrow(line))


def _narrow(line: str) -> list[str]:
    """Returns a line that is too long as several: its comment above it, and a `{...}` broken at commas."""
    if len(line) <= WIDTH:
        return [line]
    start = line[: len(line) - len(line.lstrip())]
    if commented := _COMMENTED.fullmatch(line):
        return [f"{start}# {commented[2]}", *_narrow(commented[1])]
    head, brace, _ = line.partition("{")
    lines = [""]
    for part in re.split(r"(?<=,) +", line):
        if lines[-1] and len(f"{lines[-1]} {part}") > WIDTH:
            lines.append(" " * len(head + brace) + part)
        else:
            lines[-1] += f" {part}" if lines[-1] else part
    return lines


def _written(spec: NodeSpec) -> Iterator[str]:
    """Yields the examples for a type that its own docstring and that of its module have."""
    module = sys.modules.get(spec.target.__module__)
    for text in (spec.doc, (module and module.__doc__) or ""):
        for example in read_docstring(text).examples:
            if (nodes := _nodes_in(example)) and any(_is_of_type(node, spec) for node in nodes.values()):
                yield example if re.search(r"^nodes:", example, re.MULTILINE) else f"nodes:\n{indent(example, '  ')}"


def _nodes_in(example: str) -> Mapping[str, Any]:
    try:
        data = parse_document(example).data
    except GraphError:
        return {}
    nodes = data.get("nodes", data) if isinstance(data, dict) else None
    return nodes if isinstance(nodes, dict) else {}


def _is_of_type(node: object, spec: NodeSpec) -> bool:
    return isinstance(node, dict) and node.get("type") == spec.name


def _made(spec: NodeSpec, table: Table) -> str:
    """Returns a graph from a source to a sink with the node in it."""
    nodes: dict[str, str] = {}
    _add(spec, table, nodes)
    if spec.role != "sink":
        sink = next((other for other in table.values() if other.role == "sink"), None)
        frame = next((output for output in spec.outputs if issubclass(output.kind, Frame)), None)
        if sink and frame:
            nodes[sink.name] = _entry(sink, [f"{spec.name}.{frame.name}" if frame.name else spec.name])
        elif sink:
            _add(sink, table, nodes)
    width = max(map(len, nodes)) + 1
    return "\n".join(["nodes:", *(f"  {f'{name}:':{width}} {entry}" for name, entry in nodes.items())])


def _add(spec: NodeSpec, table: Table, nodes: dict[str, str]) -> str:
    """Adds a node of a type after the nodes that it needs; returns its name."""
    nodes[spec.name] = ""  # so that no circle is made; its text stands behind those of its inputs
    names = {port.name: _origin(port.kind, table, nodes) for port in spec.ports if not port.optional}
    del nodes[spec.name]
    kinds = [port.kind for port in spec.ports if not port.optional]
    by_kind = not any(issubclass(a, b) for i, a in enumerate(kinds) for j, b in enumerate(kinds) if i != j)
    nodes[spec.name] = _entry(spec, list(names.values()) if by_kind else names)
    return spec.name


def _origin(kind: type[Kind], table: Table, nodes: dict[str, str]) -> str:
    """Returns where a kind comes from: the first type that gives it, a source before all others."""
    givers = sorted(table.values(), key=lambda spec: spec.role != "source")
    for spec in givers:
        for output in spec.outputs:
            if issubclass(output.kind, kind) and nodes.get(spec.name) != "":
                name = spec.name if spec.name in nodes else _add(spec, table, nodes)
                return f"{name}.{output.name}" if output.name else name
    return kind.__name__.lower()


def _entry(spec: NodeSpec, inputs: list[str] | Mapping[str, str]) -> str:
    schemas = setting_schemas(spec)
    parts = [f"type: {spec.name}"]
    if isinstance(inputs, Mapping):
        parts.append(f"in: {{{', '.join(f'{port}: {name}' for port, name in inputs.items())}}}")
    elif inputs:
        parts.append(f"in: {inputs[0] if len(inputs) == 1 else '[' + ', '.join(inputs) + ']'}")
    parts += [
        f"{name}: {value_text(_value(schemas.fields[name], schemas.definitions))}"
        for name in (*schemas.required, *_missed(spec))
    ]
    parts += ["raw: true"] if spec.role == "sink" else []
    return f"{{{', '.join(parts)}}}"


def _missed(spec: NodeSpec) -> Iterator[str]:
    """Yields the settings with a default that will not do: the node's `check_settings` asks for another value."""
    check = getattr(spec.target, "check_settings", None)
    fields = spec.fixed.model_fields
    if check and not any(field.is_required() for field in fields.values()):
        yield from (name for name, _ in check({name: field.default for name, field in fields.items()}))


def _value(schema: Schema, definitions: Mapping[str, Schema]) -> Any:
    """Returns a value that a setting without default may have."""
    if "$ref" in schema:
        return _value(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if union := schema.get("anyOf") or schema.get("oneOf"):
        return _value(union[0], definitions)
    if "enum" in schema:
        return schema["enum"][0]
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    values = {"integer": low, "number": low, "boolean": True, "array": [], "object": {}, "null": None}
    return schema.get("const", values.get(str(schema.get("type")), "file.jpg" if "format" in schema else "text"))

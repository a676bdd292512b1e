"""JSON Schema (draft 2020-12) of graph files, made from the node table: for editors that check and complete.

It knows what stands in one place: keys, values, ranges. What joins nodes (names, kinds, cycles) is `check`'s business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import JsonSchemaValue

from runtime.docstring import read_docstring
from runtime.edges import ports_of
from runtime.hardware import PROFILES
from runtime.keys import GRAPH_KEYS, NODE_KEYS, key_schemas
from runtime.node import QUALITIES, NodeSpec
from runtime.schema import SPARE, GraphText
from runtime.setting_schema import model_schemas, setting_schemas

NAME_PATTERN = r"^[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*$"
SIZE_PATTERN = r"^\s*\d*\.?\d+\s*([kKmMgGtTpPeE]?[iI]?[bB]([iI][tT])?)?\s*$"
"""What pydantic reads as a size: `512 MiB`, `1.5GB`, `700000000`."""


def graph_schema(table: Mapping[str, NodeSpec]) -> JsonSchemaValue:
    """Returns the schema of graphs whose nodes are of the table's types.

    Only a graph with plug-ins may have further types, since they are known to nobody else.
    """
    known = {"properties": {"type": {"enum": list(table)}}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A graph of dlc",
        "type": "object",
        "properties": _top(),
        "patternProperties": {f"^{SPARE}": {"description": "Anything, for example what nodes share through anchors."}},
        "required": ["nodes"],
        "additionalProperties": False,
        "if": {"not": {"required": ["plugins"]}},
        "then": {"properties": {"nodes": {"additionalProperties": known}}},
        "$defs": {"node": _any_node(table), **{_place(name): _node(spec) for name, spec in table.items()}},
    }


def _top() -> dict[str, JsonSchemaValue]:
    fields = dict(model_schemas(GraphText, list(GraphText.model_fields)).fields)
    fields["quality"] = {**fields["quality"], "enum": list(QUALITIES)}
    fields["profile"] = {**fields["profile"], "enum": list(PROFILES)}
    fields["max_memory"] = {
        "anyOf": [
            {"type": "integer", "minimum": 1 << 24},
            {"type": "string", "pattern": SIZE_PATTERN, "examples": ["512 MiB"]},
        ],
        "default": fields["max_memory"]["default"],
    }
    fields["nodes"] = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": NAME_PATTERN},
        "additionalProperties": {"$ref": "#/$defs/node"},
    }
    return {name: {"description": GRAPH_KEYS[name], **schema} for name, schema in fields.items()}


def _any_node(table: Mapping[str, NodeSpec]) -> JsonSchemaValue:
    """Returns the schema of a node, which its type decides."""
    types = "\n".join(f"{name}: {read_docstring(spec.doc).summary}" for name, spec in table.items())
    return {
        "type": "object",
        "properties": {"type": {"type": "string", "description": types}},
        "required": ["type"],
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/{_place(name)}"},
            }
            for name in table
        ],
    }


def _node(spec: NodeSpec) -> JsonSchemaValue:
    """Returns the schema of a node of one type: its edges, its settings, the engine's keys, and nothing else."""
    doc = read_docstring(spec.doc)
    settings = setting_schemas(spec, f"#/$defs/{_place(spec.name)}/$defs/{{model}}")
    inputs = {"in": _inputs(spec)} if spec.ports else {}
    needs_input = any(not port.optional for port in spec.ports)
    return {
        "description": doc.summary,
        "type": "object",
        "properties": {
            "type": {"const": spec.name, "description": doc.summary},
            **inputs,
            **{name: _said(doc.settings.get(name), schema) for name, schema in settings.fields.items()},
            **{name: _said(NODE_KEYS[name], schema) for name, schema in key_schemas(spec).items()},
        },
        "required": ["type", *(["in"] if needs_input else []), *settings.required],
        "additionalProperties": False,
        **({"$defs": settings.definitions} if settings.definitions else {}),
    }


def _inputs(spec: NodeSpec) -> JsonSchemaValue:
    """Returns the schema of `in`: a node's name, several, or a mapping from the type's own ports."""
    name: JsonSchemaValue = {"type": "string", "minLength": 1}
    return {
        "description": f"Where its input comes from: {ports_of(spec)}.",
        "anyOf": [
            name,
            {"type": "array", "items": name, "minItems": 1},
            {
                "type": "object",
                "properties": {port.name: {**name, "description": port.kind.__name__} for port in spec.ports},
                "required": [port.name for port in spec.ports if not port.optional],
                "additionalProperties": False,
            },
        ],
    }


def _said(description: str | None, schema: Mapping[str, Any]) -> JsonSchemaValue:
    return {**({"description": description} if description else {}), **schema}


def _place(name: str) -> str:
    """Returns the name of a type's definition; none of ours begins like that."""
    return f"node_{name}"

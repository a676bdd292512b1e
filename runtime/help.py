"""What there is to know of a node type, made from its signature and docstrings alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime.docstring import read_docstring
from runtime.example import Table, example_of
from runtime.keys import NODE_KEYS, key_schemas
from runtime.kinds import Kind
from runtime.node import NodeSpec, Role
from runtime.setting_schema import setting_schemas
from runtime.words import changes, value_text, words


@dataclass(frozen=True, slots=True)
class PortHelp:
    """An input: `optional` may stay unconnected, `tolerant` also answers frames that upstream skipped."""

    name: str
    kind: str
    optional: bool
    tolerant: bool


@dataclass(frozen=True, slots=True)
class OutputHelp:
    """An output; the name is empty when there is only one."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """A key of a node in a graph file.

    Attributes:
        name: the key.
        type: what it takes, in plain words.
        required: has no default.
        default: as JSON has it; None where there is none.
        help: what it does.
    """

    name: str
    type: str
    required: bool
    default: Any
    help: str

    @property
    def default_text(self) -> str:
        """The default as it is written in a graph file, or `required`."""
        return "required" if self.required else value_text(self.default)


@dataclass(frozen=True, slots=True)
class SettingHelp(KeyHelp):
    """A setting; `changes` says in a word what it takes to change it while the graph runs."""

    changes: str


@dataclass(frozen=True, slots=True)
class Help:
    """A node type.

    Attributes:
        summary: the first sentence of its docstring.
        text: the whole prose of its docstring, in paragraphs.
        keys: the engine's keys that say something for it.
        where: `file:line` of its definition.
        example: YAML text with the key `nodes`.
    """

    name: str
    role: Role
    summary: str
    text: tuple[str, ...]
    ports: tuple[PortHelp, ...]
    outputs: tuple[OutputHelp, ...]
    settings: tuple[SettingHelp, ...]
    keys: tuple[KeyHelp, ...]
    where: str
    example: str


def help_of(spec: NodeSpec, table: Table) -> Help:
    """Returns the help of a node type; an example that has to be made uses the other types of the table."""
    doc = read_docstring(spec.doc)
    return Help(
        name=spec.name,
        role=spec.role,
        summary=doc.summary,
        text=doc.paragraphs,
        ports=tuple(PortHelp(port.name, _name(port.kind), port.optional, port.tolerant) for port in spec.ports),
        outputs=tuple(OutputHelp(output.name, _name(output.kind)) for output in spec.outputs),
        settings=_settings(spec),
        keys=_keys(spec),
        where=spec.where,
        example=example_of(spec, table),
    )


def _settings(spec: NodeSpec) -> tuple[SettingHelp, ...]:
    schemas = setting_schemas(spec)
    said = read_docstring(spec.doc).settings
    return tuple(
        SettingHelp(
            name, words(schema, schemas.definitions), name in schemas.required, schema.get("default"),
            said.get(name, ""), changes(live=name in spec.live.model_fields, end=spec.role != "node"),
        )
        for name, schema in schemas.fields.items()
    )  # fmt: skip


def _keys(spec: NodeSpec) -> tuple[KeyHelp, ...]:
    return tuple(
        KeyHelp(name, words(schema, {}), required=False, default=schema.get("default"), help=NODE_KEYS[name])
        for name, schema in key_schemas(spec).items()
    )


def _name(kind: type[Kind]) -> str:
    return kind.__name__

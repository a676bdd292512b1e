"""JSON Schema of a node type's settings: what the help in the terminal and the schema for editors are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, create_model
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, JsonSchemaWarningKind

from runtime.node import NodeSpec


@dataclass(frozen=True, slots=True)
class SettingSchemas:
    """The schemas of a model's fields, in the order of their signature.

    Attributes:
        fields: by name; those with a default have the key `default`.
        required: names without a default.
        definitions: what references in them mean.
    """

    fields: Mapping[str, JsonSchemaValue]
    required: tuple[str, ...]
    definitions: Mapping[str, JsonSchemaValue]


def setting_schemas(spec: NodeSpec, reference: str = "#/$defs/{model}") -> SettingSchemas:
    """Returns the schemas of all settings, the fixed ones first; `reference` says where definitions will stand."""
    both = create_model(spec.name, __base__=(spec.fixed, spec.live))
    return model_schemas(both, [*spec.fixed.model_fields, *spec.live.model_fields], reference)


def model_schemas(model: type[BaseModel], names: list[str], reference: str = "#/$defs/{model}") -> SettingSchemas:
    """Returns the schemas of some fields of a model, by the names that they have in a file."""
    schema = model.model_json_schema(schema_generator=_Generator, ref_template=reference)
    fields, required = schema.get("properties", {}), schema.get("required", ())
    return SettingSchemas(
        {name: fields[name] for name in names},
        tuple(name for name in names if name in required),
        schema.get("$defs", {}),
    )


class _Generator(GenerateJsonSchema):
    """As pydantic's, but without titles, and with `anything` for types that JSON Schema has no word for."""

    ignored_warning_kinds: ClassVar[set[JsonSchemaWarningKind]] = {"skipped-choice", "non-serializable-default"}  # type: ignore[misc]

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> Any:  # noqa: ARG002
        return {}

"""Types for settings: ranges, units, and paths that are resolved while the graph is loaded.

A setting's type is all that a node says about it: checking, help text and defaults come from there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

Model = TypeVar("Model", bound=BaseModel)

Unit = Annotated[float, Field(ge=0, le=1)]
"""A share, 0 to 1."""

Millis = Annotated[float, Field(ge=0)]
"""A time span in milliseconds, 0 or more."""

Seconds = Annotated[float, Field(ge=0)]
"""A time span in seconds, 0 or more."""

Count = Annotated[int, Field(ge=1)]
"""A whole number, 1 or more."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where relative paths start: the graph's folder; for settings from the command line, the working directory."""

    graph: Path
    others: dict[str, Path] = field(default_factory=dict)

    def of(self, setting: str | None) -> Path:
        """Returns the folder for a setting."""
        return self.others.get(setting or "", self.graph)


def checked(model: type[Model], given: Mapping[str, Any], folders: Folders | None = None) -> Model:
    """Returns validated settings; raises `ValidationError`.

    As strict as JSON: text is no number and 1 is no truth, but a list will do for a tuple, and text for a path or enum.
    """
    return model.model_validate_json(json.dumps(given), strict=True, context=folders)


def paths_in(settings: BaseModel) -> list[Path]:
    """Returns the files that exist among the paths that settings name."""
    fields = type(settings).model_fields.items()
    named = [getattr(settings, name) for name, field in fields if is_path(field)]
    return [path for name in named if name and (path := Path(name)).is_file()]


def is_path(field: FieldInfo) -> bool:
    """Returns whether a setting names a file."""
    return any(isinstance(mark, IsPath) for mark in field.metadata)


def _resolve(text: str, info: ValidationInfo) -> str:
    if not text:
        raise PydanticCustomError("empty_path", "is empty; give a path")
    folders = info.context
    if not isinstance(folders, Folders):
        return text
    return str(folders.of(info.field_name) / Path(text).expanduser())


def _resolve_address(text: str, info: ValidationInfo) -> str:
    """Resolves what is a path and leaves `auto`, `window`, `camera:0`, `demo:` and the like alone.

    A scheme has two letters or more, so that a Windows drive is a path.
    """
    scheme, colon, _ = text.partition(":")
    is_word = text in _WORDS
    is_scheme = bool(colon) and len(scheme) > 1 and scheme.isalnum()
    return text if is_word or is_scheme else _resolve(text, info)


_WORDS = frozenset({"auto", "window"})


class IsPath:
    """Marks a setting that names a file."""


InputFile = Annotated[str, AfterValidator(_resolve), IsPath()]
"""A file that the node reads; relative paths start at the graph file."""

Address = Annotated[str, AfterValidator(_resolve_address), IsPath()]
"""A word, a `scheme:` address, or a file; relative paths start at the graph file."""

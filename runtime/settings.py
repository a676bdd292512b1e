"""Types for settings: ranges, units, and paths that are resolved while the graph is loaded.

A setting's type is all that a node says about it: checking, help text and defaults come from there.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, Field, GetJsonSchemaHandler, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

Model = TypeVar("Model", bound=BaseModel)
Mark = TypeVar("Mark")

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


@dataclass(frozen=True, slots=True)
class IsPath:
    """Marks a setting that names a file; `format` says so in its JSON Schema.

    A `path` is a file that is read. An `address` may also be a word or a `scheme:`, and a sink's names what it makes.
    """

    format: str = "path"

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Adds the format, under the name that pydantic gives to paths."""
        return {**handler(core), "format": self.format}


@dataclass(frozen=True, slots=True)
class IsModel:
    """Marks a setting that names a model, so that a graph whose model is not here fails when it is checked.

    `model: Annotated[Literal["light", "inswapper_128"], IsModel()]`; words that are no model's name are passed over.
    """


class NamedPath(NamedTuple):
    """A path that a setting names."""

    setting: str
    path: Path
    mark: IsPath


def named_paths(settings: BaseModel) -> list[NamedPath]:
    """Returns the paths that settings name; words and `scheme:` addresses are none."""
    marked = _marked(settings, IsPath)
    return [NamedPath(name, Path(text), mark) for name, text, mark in marked if not is_address(text)]


def named_models(settings: BaseModel) -> list[tuple[str, str]]:
    """Returns settings with what they name, where that may be a model."""
    return [(name, text) for name, text, _ in _marked(settings, IsModel)]


def paths_in(settings: BaseModel) -> list[Path]:
    """Returns the files that exist among the paths that settings name."""
    return [named.path for named in named_paths(settings) if is_file(named.path)]


def is_file(path: Path) -> bool:
    """Returns whether a path names a file; one that no system would take, for being too long, does not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_address(text: str) -> bool:
    """Returns whether a text is a word or a `scheme:` address, and no path.

    A scheme has two letters or more, so that a Windows drive is a path.
    """
    scheme, colon, _ = text.partition(":")
    return text in _WORDS or (bool(colon) and len(scheme) > 1 and scheme.isalnum())


def _marked(settings: BaseModel, kind: type[Mark]) -> Iterator[tuple[str, str, Mark]]:
    """Yields the settings that have a mark, with each text that they hold."""
    for name, info in type(settings).model_fields.items():
        mark = next(_marks([info.annotation, *info.metadata], kind), None)
        value = getattr(settings, name)
        texts = value if isinstance(value, list | tuple) else [value]
        if mark:
            yield from ((name, text, mark) for text in texts if text)


def _marks(parts: Iterable[Any], kind: type[Mark]) -> Iterator[Mark]:
    """Yields the marks within a type and its metadata, at any depth (`list[InputFile] | None`)."""
    for part in parts:
        if isinstance(part, kind):
            yield part
        else:
            yield from _marks(typing.get_args(part), kind)


def is_path(field: FieldInfo) -> bool:
    """Returns whether a setting names a file."""
    return any(_marks([field.annotation, *field.metadata], IsPath))


def _resolve(text: str, info: ValidationInfo) -> str:
    if not text:
        raise PydanticCustomError("empty_path", "is empty; give a path")
    folders = info.context
    if not isinstance(folders, Folders):
        return text
    return str(folders.of(info.field_name) / Path(text).expanduser())


def _resolve_address(text: str, info: ValidationInfo) -> str:
    """Resolves what is a path and leaves `auto`, `window`, `camera:0`, `demo:` and the like alone."""
    return text if is_address(text) else _resolve(text, info)


_WORDS = frozenset({"auto", "window"})

InputFile = Annotated[str, AfterValidator(_resolve), IsPath()]
"""A file that the node reads; relative paths start at the graph file."""

Address = Annotated[str, AfterValidator(_resolve_address), IsPath("address")]
"""A word, a `scheme:` address, or a file; relative paths start at the graph file."""

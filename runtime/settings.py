"""Types for settings: ranges, units, and paths that are resolved while the graph is loaded.

A setting's type is all that a node says about it: checking, help text and defaults come from there.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, GetJsonSchemaHandler, ValidationInfo
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


def values_of(settings: BaseModel) -> Mapping[str, Any]:
    """Returns settings by name, ready to be passed as keyword arguments."""
    return {name: getattr(settings, name) for name in type(settings).model_fields}


@dataclass(frozen=True, slots=True)
class IsPath:
    """Marks a setting that names a file; `format` says so in its JSON Schema.

    A `path` is a file that is read; a `path-or-name` may also be a bare name. An `address` may be a word or a
    `scheme:`, and a sink's names what it makes. A `state` file is read and written: it need not be there yet.
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


HARMS = ("hidden", "slight", "visible")
"""How much is seen of a step: what is hidden is given up first."""


@dataclass(frozen=True, slots=True)
class Eases:
    """Marks a live setting that may be changed while the machine cannot keep up, and says to what.

    `every_ms: Annotated[Millis, Eases((250, 500), "hidden")]`. Values stand from dear to cheap. A step is made only to
    what is cheaper than the graph's own value: what stands behind it, or for a number what lies beyond it.

    Attributes:
        values: from dear to cheap; of numbers two at least, which show the direction.
        harm: how much is seen of it.
        only: fixed settings of the node and the values with which this one does something.
    """

    values: tuple[Any, ...]
    harm: Literal["hidden", "slight", "visible"] = "slight"
    only: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.values or (self._is_number(self.values[0]) and len(self.values) < 2):
            raise ValueError("Eases takes the values from dear to cheap; of numbers two at least")

    def below(self, value: Any) -> tuple[Any, ...]:
        """Returns the values that are cheaper than a setting's own, the dearest of them first."""
        if value in self.values:
            return self.values[self.values.index(value) + 1 :]
        if not self._is_number(self.values[0]):
            return self.values
        if not self._is_number(value):
            return ()
        rises = self.values[-1] > self.values[0]
        return tuple(other for other in self.values if (other > value if rises else other < value))

    @staticmethod
    def _is_number(value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)


Steps = tuple[str | int, ...]


class NamedPath(NamedTuple):
    """A path that a setting names, and the steps to it: the setting's name, and keys and indices within its value."""

    steps: Steps
    path: Path
    mark: IsPath

    @property
    def setting(self) -> str:
        """The setting's name."""
        return str(self.steps[0])


def named_paths(settings: BaseModel) -> list[NamedPath]:
    """Returns the paths that settings name, within lists and mappings too; words and `scheme:` addresses are none."""
    return [
        NamedPath(steps, Path(text), mark)
        for steps, text, mark in _marked(settings, IsPath)
        if text and not is_address(text) and not (mark.format == "path-or-name" and is_name(text))
    ]


def named_models(settings: BaseModel) -> list[tuple[str, str]]:
    """Returns settings with what they name, where that may be a model."""
    return [(str(steps[0]), text) for steps, text, _ in _marked(settings, IsModel) if text]


def paths_in(settings: BaseModel) -> list[Path]:
    """Returns the files that exist among the paths that settings name."""
    return [named.path for named in named_paths(settings) if is_file(named.path)]


def is_file(path: Path) -> bool:
    """Returns whether a path names a file; one that no system would take, for being too long, does not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_dir(path: Path) -> bool:
    """Returns whether a path names a folder, as `is_file` does."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_address(text: str) -> bool:
    """Returns whether a text is a word or a `scheme:` address, and no path.

    A scheme has two letters or more, so that a Windows drive is a path.
    """
    scheme, colon, _ = text.partition(":")
    return text in _WORDS or (bool(colon) and len(scheme) > 1 and scheme.isalnum())


def is_name(text: str) -> bool:
    """Returns whether a text is a bare name, with neither a folder nor a suffix, and no path."""
    return Path(text).name == text and not Path(text).suffix


def _marked(settings: BaseModel, kind: type[Mark]) -> Iterator[tuple[Steps, str, Mark]]:
    """Yields the texts of settings that have a mark, with the way to each."""
    for name, info in type(settings).model_fields.items():
        yield from _marked_texts([info.annotation, *info.metadata], getattr(settings, name), (name,), kind)


def _marked_texts(
    parts: Sequence[Any], value: Any, steps: Steps, kind: type[Mark]
) -> Iterator[tuple[Steps, str, Mark]]:
    """Yields the texts in a value whose type, given as it and its metadata, marks them (`list[InputFile] | None`)."""
    if isinstance(value, str):
        yield from ((steps, value, part) for part in _flat(parts) if isinstance(part, kind))
    elif isinstance(value, Mapping):
        for keys, values in (args for part in _flat(parts) if len(args := typing.get_args(part)) > 1):
            for key, item in value.items():
                yield from _marked_texts([keys], key, steps, kind)
                yield from _marked_texts([values], item, (*steps, key), kind)
    elif isinstance(value, list | tuple):
        lists = [part for part in _flat(parts) if typing.get_origin(part) in (list, tuple)]
        for index, item in enumerate(value):
            yield from _marked_texts(
                [arg for part in lists for arg in typing.get_args(part)], item, (*steps, index), kind
            )


def _flat(parts: Iterable[Any]) -> Iterator[Any]:
    """Yields types and metadata with unions and `Annotated` taken apart, but not what is within lists and mappings."""
    for part in parts:
        if typing.get_origin(part) in (typing.Union, UnionType, Annotated):
            yield from _flat(typing.get_args(part))
        else:
            yield part


def _path_marks(parts: Iterable[Any]) -> Iterator[IsPath]:
    """Yields the marks within a type and its metadata, at any depth."""
    for part in parts:
        if isinstance(part, IsPath):
            yield part
        else:
            yield from _path_marks(typing.get_args(part))


def is_path(field: FieldInfo) -> bool:
    """Returns whether a setting names a file."""
    return any(_path_marks([field.annotation, *field.metadata]))


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


def _resolve_unless_name(text: str, info: ValidationInfo) -> str:
    return text if text and is_name(text) else _resolve(text, info)


_WORDS = frozenset({"auto", "window"})

InputFile = Annotated[str, AfterValidator(_resolve), IsPath()]
"""A file that the node reads; relative paths start at the graph file."""

Address = Annotated[str, AfterValidator(_resolve_address), IsPath("address")]
"""A word, a `scheme:` address, or a file; relative paths start at the graph file."""


def _listed(value: object) -> object:
    if not isinstance(value, str | list):
        raise PydanticCustomError("files", "is a file, or a list of files")
    return [value] if isinstance(value, str) else value


InputFiles = Annotated[
    list[InputFile], BeforeValidator(_listed, json_schema_input_type=InputFile | list[InputFile]), Field(min_length=1)
]
"""One such file, or a list of them; a list in either case."""

FileOrName = Annotated[str, AfterValidator(_resolve_unless_name), IsPath("path-or-name")]
"""A file that the node reads, or a bare name (no folder, no suffix) of something that is kept elsewhere."""

StateFile = Annotated[str, AfterValidator(_resolve), IsPath("state")]
"""A file that the node reads if it is there, and writes; its folder must exist."""

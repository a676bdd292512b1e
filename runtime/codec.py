"""Frozen dataclasses to plain JSON values and back, by their annotations. Knows no protocol and no files.

What a newer peer sends beside the known fields is passed over; what an older one does not send takes its default.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self, TypeVar

Value = TypeVar("Value")


class Coded:
    """Base of dataclasses that travel as JSON: texts, numbers, truths, tuples, mappings of text, and each other."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """Returns the fields as values that `json.dumps` takes."""
        return {name: _plain(getattr(self, name)) for name in type(self).__dataclass_fields__}

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Returns what `to_json` was made from; raises `ValueError` where the data does not fit."""
        return _made(cls, data)


def _plain(value: Any) -> Any:
    if isinstance(value, Coded):
        return value.to_json()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


@functools.cache
def _fields(kind: Any) -> tuple[tuple[str, Any, bool], ...]:
    """Returns the fields of a dataclass: name, type, and whether there is a default."""
    hints = typing.get_type_hints(kind)
    missing = dataclasses.MISSING
    return tuple(
        (field.name, hints[field.name], field.default is not missing or field.default_factory is not missing)
        for field in dataclasses.fields(kind)
    )


def _made(kind: type[Value], data: object) -> Value:
    if not isinstance(data, Mapping):
        raise ValueError(f"{kind.__name__} is a mapping, not {data!r:.80}")  # noqa: TRY004 - data, not a type slip
    given = {}
    described: Any = kind  # a class is hashable, whatever its objects are
    for name, hint, has_default in _fields(described):
        if name in data:
            given[name] = _read(hint, data[name], f"{kind.__name__}.{name}")
        elif not has_default:
            raise ValueError(f"{kind.__name__} has no {name!r}")
    return kind(**given)


def _read(hint: Any, data: Any, where: str) -> Any:
    """Returns JSON data as a value of the hinted type."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        plain = next(arg for arg in args if arg is not type(None))
        return None if data is None and type(None) in args else _read(plain, data, where)
    if origin is tuple:
        return tuple(_read(args[0], item, where) for item in _expected(data, list, where))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {str(key): _read(args[1], item, where) for key, item in _expected(data, dict, where).items()}
    if isinstance(hint, type) and issubclass(hint, Coded):
        return _made(hint, data)
    if hint is float:
        return float(_expected(data, (int, float), where))
    return _expected(data, str if origin is Literal else hint, where)  # a newer peer may know further words


def _expected(data: Any, kind: Any, where: str) -> Any:
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        raise ValueError(f"{where} does not take {data!r:.80}")
    return data

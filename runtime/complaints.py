"""Says in our words what pydantic finds wrong with keys and values."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from runtime.codes import Code
from runtime.document import Place
from runtime.findings import Findings
from runtime.spelling import closest, near
from runtime.words import either


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose keys are judged.

    Attributes:
        name: for messages.
        model: has the keys.
        missing: the code for a key that is not there.
        given: the keys that are there, the unknown ones too.
    """

    name: str
    model: type[BaseModel]
    missing: Code
    given: tuple[str, ...] = ()


_Item = Mapping[str, Any]


def tell(error: ValidationError, findings: Findings, place: Place, owner: Owner) -> None:
    """Adds one diagnostic for each place at which pydantic found something; `place` is that of the whole mapping."""
    groups: dict[Place, list[_Item]] = {}
    for item in error.errors(include_url=False):
        groups.setdefault(_place(item, findings, place), []).append(item)
    for at, items in groups.items():
        inside = any(other[: len(at)] == at and other != at for other in groups)
        if not (inside and all(item["type"] in _WANTS for item in items)):  # else: the part inside says it better
            _say(items, at, findings, place, owner)


def _place(item: _Item, findings: Findings, place: Place) -> Place:
    """Returns the place of the text that pydantic speaks of; parts that name a member of a union are passed over."""
    at = place
    for part in item["loc"]:
        if item["type"] == "missing" or (*at, part) in findings.document.values:
            at = (*at, part)
    return at


def _say(items: list[_Item], at: Place, findings: Findings, place: Place, owner: Owner) -> None:
    first = items[0]
    key = ".".join(str(part) for part in at[len(place) :]) or str(first["loc"][0])
    if first["type"] == "missing":
        _say_missing(key, at, findings, owner)
        return
    value = first["input"]
    choices = _choices(owner.model, first["loc"])
    if any(item["type"] in ("literal_error", "enum") for item in items):
        given = value if isinstance(value, str) else _shown(value)
        message = f"{key} of {owner.name} is {_alternatives(map(_shown_choice, choices))}, not {given}"
        help_text = _near_choice(value, choices)
        findings.say(Code.NOT_A_CHOICE, message, at, help=help_text)
    elif wants := [_WANTS[item["type"]] for item in items if item["type"] in _WANTS]:
        message = f"{key} of {owner.name} wants {either(wants)}, not {_shown(value)}"
        findings.say(Code.WRONG_TYPE, message, at, help=_hint(key, wants, value))
    elif first["type"] in _RANGES:
        bound = _RANGES[first["type"]].format(**{name: _plain(limit) for name, limit in first.get("ctx", {}).items()})
        share = first.get("ctx", {}).get("le") == 1 and isinstance(value, int | float) and 5 <= value <= 100
        help_text = f"write {value / 100:g} for {value:g} %" if share else ""
        findings.say(Code.OUT_OF_RANGE, f"{key} of {owner.name} {bound}, not {_measured(first)}", at, help=help_text)
    else:
        message = first["msg"][:1].lower() + first["msg"][1:]
        findings.say(Code.BAD_VALUE, f"{key} of {owner.name} {message}", at)


def _near_choice(value: Any, choices: list[Any]) -> str:
    if None in choices and str(value).lower() in ("none", "nil", "off", "no", "false"):
        return "write null"
    return near(value, [choice for choice in choices if isinstance(choice, str)]) if isinstance(value, str) else ""


def _say_missing(key: str, at: Place, findings: Findings, owner: Owner) -> None:
    unknown = [name for name in owner.given if name not in owner.model.model_fields]
    if any(closest(name, [key]) for name in unknown):
        return  # it is there, misspelled, and that is said where it stands
    what = "setting" if owner.missing is Code.MISSING_SETTING else "key"
    findings.say(owner.missing, f"{owner.name} needs the {what} {key!r}", at[:-1], key=True)


_WANTS = {
    "string_type": "text",
    "int_type": "a whole number", "int_from_float": "a whole number", "int_parsing": "a whole number",
    "int_parsing_size": "a smaller number",
    "float_type": "a number", "float_parsing": "a number",
    "bool_type": "true or false", "bool_parsing": "true or false",
    "list_type": "a list", "tuple_type": "a list", "set_type": "a list",
    "dict_type": "a mapping", "model_type": "a mapping", "mapping_type": "a mapping",
    "none_required": "null",
}  # fmt: skip

_RANGES = {
    "greater_than_equal": "is at least {ge}", "greater_than": "is above {gt}",
    "less_than_equal": "is at most {le}", "less_than": "is below {lt}",
    "finite_number": "is a finite number",
    "string_too_long": "has at most {max_length} letters", "string_too_short": "has at least {min_length} letters",
    "too_long": "has at most {max_length} items", "too_short": "has at least {min_length} items",
}  # fmt: skip


def _plain(limit: Any) -> Any:
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit


def _measured(item: _Item) -> str:
    """Returns what is too large or too small: the value, or its length."""
    return str(len(item["input"])) if item["type"].startswith(("string_too", "too_")) else _shown(item["input"])


def _choices(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[Any]:
    """Returns the values that a field allows by name."""
    by_alias = {field.alias or name: field for name, field in model.model_fields.items()}
    field = by_alias.get(str(loc[0]))
    choices = dict.fromkeys(_literals(field.annotation)) if field else {}
    return [choice for choice in choices if choice is not None or (field and field.default is not None)]


def _literals(annotation: Any) -> Iterable[Any]:
    if typing.get_origin(annotation) is typing.Literal:
        yield from typing.get_args(annotation)
    elif annotation is type(None):
        yield None
    else:
        for part in typing.get_args(annotation):
            yield from _literals(part)


def _alternatives(words: Iterable[str]) -> str:
    names = list(words)
    return names[0] if len(names) == 1 else f"one of {', '.join(names)}"


def _shown_choice(choice: Any) -> str:
    return "null" if choice is None else str(choice)


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return f"the text {value if len(value) <= 40 else value[:39] + '…'!r}"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return str(value)


def _hint(key: str, wants: list[str], value: Any) -> str:
    """Returns what to write instead, where a slip can be seen."""
    if value == "":
        return "a value is missing"
    if wants == ["a list"] and isinstance(value, str):
        return f"write [{value}]"
    if wants == ["text"] and isinstance(value, int | float):
        return "put it in quotes"
    if not isinstance(value, str):
        return ""
    if "true or false" in wants and value.lower() in (*_TRUE, *_FALSE):
        return f"write {'true' if value.lower() in _TRUE else 'false'}"
    number = re.fullmatch(r"\s*([-+]?\d+(?:\.\d+)?)\s*(%|[a-z]*)\s*", value)
    return _number_hint(key, float(number[1]), number[2]) if number and "number" in wants[0] else ""


def _number_hint(key: str, number: float, unit: str) -> str:
    """Returns how a number with a unit is written for a key whose name ends with its unit."""
    own = key.rpartition("_")[2]
    if not unit:
        return f"write {number:g} without quotes" if abs(number) < 1e15 else ""
    if unit == "%":
        return f"write {number / 100:g}"
    if unit == own:
        return f"write {number:g}: {unit} is in the name"
    factor = {("s", "ms"): 1000.0, ("ms", "s"): 0.001}.get((unit, own))
    return f"write {number * factor:g}: {key} counts in {own}" if factor else ""


_TRUE, _FALSE = ("yes", "on", "true", "y"), ("no", "off", "false", "n")

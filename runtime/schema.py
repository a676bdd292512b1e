"""The skeleton of a graph file: its top-level keys, and the keys that every node has. Settings are checked later."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from runtime.codes import Code
from runtime.complaints import Owner, tell
from runtime.document import Place
from runtime.findings import Findings
from runtime.hardware import PROFILES
from runtime.node import QUALITIES, Mode
from runtime.policies import OnError
from runtime.spelling import did_you_mean, near

SPARE = "x-"
"""How keys at the top begin that may hold anything, for example what nodes share through anchors."""

STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)

AUTO = "auto"
"""The device that leaves the choice to the planner."""
LATENCY_BUDGET_MS = 100.0
"""Capture to present, under which sound and picture of a conversation belong together (ITU-R BT.1359: 125 ms)."""

_LEAST_MEMORY = 1 << 24

_BYTE_SIZE = TypeAdapter(ByteSize)


def _bytes(value: object) -> object:
    """Takes `512 MiB` as well as a number."""
    if isinstance(value, str):
        try:
            value = int(_BYTE_SIZE.validate_python(value))
        except ValidationError:
            raise PydanticCustomError("size", "is no size; write for example 512 MiB") from None
    if isinstance(value, int) and not isinstance(value, bool) and value < _LEAST_MEMORY:
        raise PydanticCustomError("size", "is 16 MiB at least; a number alone counts bytes: write for example 512 MiB")
    return value


class NodeText(BaseModel):
    """One entry under `nodes`: the engine's keys; everything else is a setting of its type."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    type: str
    inputs: str | list[str] | dict[str, str] | None = Field(None, alias="in")
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    batch: Annotated[int, Field(ge=1, le=256)] = 1
    on_error: OnError | None = None
    enabled: bool = True
    raw: bool = False
    device: str | None = None

    @property
    def settings(self) -> Mapping[str, Any]:
        """The keys that are not the engine's."""
        return self.model_extra or {}


class GraphText(BaseModel):
    """A graph file as it is written."""

    model_config = STRICT

    name: str | None = None
    description: str = ""
    mode: Mode = "live"
    quality: str = "balanced"
    nodes: dict[str, Any]
    credits: Annotated[int, Field(ge=1, le=256)] | None = None
    max_memory: Annotated[int, BeforeValidator(_bytes), Field(ge=_LEAST_MEMORY)] = 512 << 20
    plugins: list[str] = Field(default_factory=list)
    profile: str = AUTO
    device: str = AUTO
    strict_device: bool = False
    target_fps: Annotated[float, Field(ge=1, le=1000)] | None = None
    latency_budget_ms: Annotated[float, Field(gt=0)] | None = LATENCY_BUDGET_MS
    adapt: bool | None = None
    ladder: list[str] | None = None


ENGINE_KEYS = tuple(field.alias or name for name, field in NodeText.model_fields.items())
"""The keys of a node that are the engine's."""

NEEDED_KEYS = {"type", "in", "enabled"}
"""Those without which nothing more can be said of a node."""


def read_skeleton(findings: Findings) -> tuple[GraphText | None, dict[str, NodeText]]:
    """Returns the skeleton of the document (None if it is too broken to go on) and its sound nodes."""
    data = findings.document.data
    if not isinstance(data, dict):
        findings.say(Code.SHAPE, f"a graph file is a mapping with the key `nodes`, not {_what(data)}")
        return None, {}
    text = _graph_text(findings, data)
    if text is None:
        return None, {}
    if text.quality not in QUALITIES:
        known = ", ".join(f"{name} ({q.width}x{q.height} at {q.fps} fps)" for name, q in QUALITIES.items())
        message = f"quality is one of {known}, not {text.quality or repr('')}"
        findings.say(Code.NOT_A_CHOICE, message, ("quality",), help=near(text.quality, QUALITIES))
    if text.profile not in PROFILES:
        message = f"profile is one of {', '.join(PROFILES)}, not {text.profile or repr('')}"
        findings.say(Code.NOT_A_CHOICE, message, ("profile",), help=near(text.profile, PROFILES))
    if not text.nodes:
        findings.say(Code.NO_NODES, "the graph has no nodes", ("nodes",), key=True)
    nodes = {name: _node_text(findings, name, entry) for name, entry in text.nodes.items()}
    return text, {name: node for name, node in nodes.items() if node}


def _graph_text(findings: Findings, data: dict[str, Any]) -> GraphText | None:
    for key in data.keys() - GraphText.model_fields.keys():
        if not key.startswith(SPARE):
            _unknown_top_key(findings, key, data)
    known = {key: value for key, value in data.items() if key in GraphText.model_fields}
    if isinstance(known.get("nodes"), list):
        message = "`nodes` maps names to nodes, and this is a list"
        findings.say(Code.SHAPE, message, ("nodes",), help="write NAME: {type: TYPE} in place of - {type: TYPE}")
        return None
    if "nodes" not in known and any(isinstance(entry, dict) and "nodes" in entry for entry in data.values()):
        return None  # it was said where they are
    try:
        return GraphText.model_validate(known)
    except ValidationError as error:
        tell(error, findings, (), Owner("the graph", GraphText, Code.MISSING_KEY, tuple(data)))
        bad = {item["loc"][0] for item in error.errors() if item["loc"]}
    if "nodes" in bad:
        return None
    return GraphText.model_validate({key: value for key, value in known.items() if key not in bad})


def _unknown_top_key(findings: Findings, key: str, data: Mapping[str, Any]) -> None:
    entry = data[key]
    help_text = near(key, GraphText.model_fields)
    if isinstance(entry, dict) and "nodes" in entry:
        help_text = f"`nodes` stands at the left margin, not below {key}"
    elif key in ("fps", "resolution", "size", "width", "height"):
        help_text = "`quality` asks cameras for a size and a rate"
    elif not help_text and isinstance(entry, dict) and "type" in entry:
        help_text = "this looks like a node: indent it below `nodes:`"
    elif not help_text and isinstance(entry, dict | list):
        help_text = f"{SPARE}{key} may hold anything, such as what nodes share"
    help_text = help_text or did_you_mean(key, GraphText.model_fields)
    findings.say(Code.UNKNOWN_KEY, f"a graph has no key {key!r}", (key,), key=True, help=help_text)


def _node_text(findings: Findings, name: str, entry: Any) -> NodeText | None:
    place: Place = ("nodes", name)
    if not name.isidentifier():
        fitting = "".join(letter if letter.isalnum() else "_" for letter in name)
        help_text = f"write {fitting}" if fitting[:1].isalpha() and fitting.isidentifier() else ""
        message = f"a node's name has letters, digits and _ only, and begins with a letter; not {name!r}"
        findings.say(Code.NODE_NAME, message, place, key=True, help=help_text)
        return None
    if not isinstance(entry, dict):
        _say_no_mapping(findings, name, entry)
        return None
    if "type" not in entry and (stuck := next((key for key in entry if re.match(r"type\W", key)), None)):
        message, help_text = "a colon and a space stand between key and value", f"write type: {stuck[5:].strip()}"
        findings.say(Code.SYNTAX, message, (*place, stuck), key=True, help=help_text)
        return None
    try:
        return NodeText.model_validate(entry)
    except ValidationError as error:
        tell(error, findings, place, Owner(name, NodeText, Code.MISSING_KEY, tuple(map(str, entry))))
        bad = {item["loc"][0] for item in error.errors()}
    if bad & NEEDED_KEYS:
        return None
    return NodeText.model_validate({key: value for key, value in entry.items() if key not in bad})


def _say_no_mapping(findings: Findings, name: str, entry: Any) -> None:
    siblings = findings.document.data["nodes"]
    outside = [key for key in siblings if key in ENGINE_KEYS and not isinstance(siblings[key], dict)]
    if name in outside and None in siblings.values():
        return  # it belongs to the node above, which says so
    example = entry if isinstance(entry, str) and entry.isidentifier() else "TYPE"
    help_text = f"write {name}: {{type: {example}}}"
    if entry is None and outside:
        help_text = f"indent what belongs to it: {', '.join(outside)}"
    message = f"node {name} is a mapping with the key `type`, not {_what(entry)}"
    findings.say(Code.SHAPE, message, ("nodes", name), key=entry is None, help=help_text)


def _what(value: object) -> str:
    return "nothing" if value is None else "a list" if isinstance(value, list) else f"{value!r}"

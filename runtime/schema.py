"""The skeleton of a graph file: its top-level keys, and the keys that every node has. Settings are checked later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, TypeAdapter, ValidationError

from runtime.diagnostics import Diagnostic
from runtime.document import Document, Place
from runtime.node import QUALITIES, Mode
from runtime.policies import OnError

STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)

_BYTE_SIZE = TypeAdapter(ByteSize)


def _bytes(value: object) -> object:
    """Takes `512 MiB` as well as a number."""
    return int(_BYTE_SIZE.validate_python(value)) if isinstance(value, str) else value


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
    nodes: dict[str, dict[str, Any]]
    credits: Annotated[int, Field(ge=1, le=256)] | None = None
    max_memory: Annotated[int, BeforeValidator(_bytes), Field(ge=1 << 24)] = 512 << 20
    plugins: list[str] = Field(default_factory=list)


def read_skeleton(document: Document) -> tuple[GraphText | None, dict[str, NodeText], list[Diagnostic]]:
    """Returns the skeleton (None if it is too broken to go on), its sound nodes, and all that is wrong."""
    if not isinstance(document.data, dict):
        return None, {}, [Diagnostic("shape", "a graph file is a mapping with the key `nodes`", document.mark(()))]
    found: list[Diagnostic] = []
    try:
        text = GraphText.model_validate(document.data)
    except ValidationError as error:
        found += complaints(error, document, ())
        bad = {item["loc"][0] for item in error.errors() if item["loc"]}
        if "nodes" in bad:
            return None, {}, found
        text = GraphText.model_validate({key: value for key, value in document.data.items() if key not in bad})
    if text.quality not in QUALITIES:
        message = f"quality is one of {', '.join(QUALITIES)}, not {text.quality!r}"
        found.append(Diagnostic("value", message, document.mark(("quality",))))
    if not text.nodes:
        found.append(Diagnostic("no-nodes", "the graph has no nodes", document.mark(("nodes",))))
    nodes: dict[str, NodeText] = {}
    for name, entry in text.nodes.items():
        place: Place = ("nodes", name)
        if not name.isidentifier():
            message = f"a node's name has letters, digits and _ only, not {name!r}"
            found.append(Diagnostic("name", message, document.mark(place, key=True)))
            continue
        try:
            nodes[name] = NodeText.model_validate(entry)
        except ValidationError as error:
            found += complaints(error, document, place)
    return text, nodes, found


def complaints(error: ValidationError, document: Document, place: Place) -> list[Diagnostic]:
    """Returns one diagnostic for each thing that pydantic found, in our words."""
    found = []
    subject = ".".join(str(part) for part in place[1:]) or "the graph"
    for item in error.errors(include_url=False):
        where = (*place, *(part for part in item["loc"] if isinstance(part, str | int)))
        key = str(item["loc"][-1]) if item["loc"] else ""
        at_key = item["type"] in ("extra_forbidden", "missing")
        message = _WORDS.get(item["type"], "{key}: {text}").format(
            key=key, text=_lower(item["msg"]), subject=subject, value=item.get("input")
        )
        found.append(Diagnostic(item["type"].replace("_", "-"), message, document.mark(where, key=at_key)))
    return found


_WORDS = {
    "extra_forbidden": "{subject} has no setting {key!r}",
    "missing": "{subject} needs {key!r}",
}


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]

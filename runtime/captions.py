"""What pictures of a graph say about its nodes and edges, in words. Does not lay anything out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from runtime.graph import Edge, Graph, GraphNode, Origin
from runtime.node import QUALITIES
from runtime.settings import is_path

_ALWAYS_TOLD = "model"
"""A setting of this name is told even when it has its default, as are paths: they say what a node is about."""

_LONGEST = 50
"""Values with more characters are cut."""


def mode_words(graph: Graph) -> list[str]:
    """Returns a line each for a graph's mode, its quality and, where it sets them, its credits."""
    meaning = {"live": "newest frame wins", "file": "every frame, in order"}[graph.mode]
    wanted = f"{graph.quality.width}x{graph.quality.height} at {graph.quality.fps} fps"
    lines = [f"mode: {graph.mode} ({meaning})", f"quality: {quality_name(graph)} (asks cameras for {wanted})"]
    return [*lines, f"credits: {graph.credits}"] if graph.credits else lines


def quality_name(graph: Graph) -> str:
    """Returns the word that asks for a graph's quality."""
    return next(name for name, quality in QUALITIES.items() if quality == graph.quality)


def settings_words(node: GraphNode, graph: Graph) -> list[str]:
    """Returns a node's telling settings, as `key=value`: paths, its model, and what differs from the default."""
    words = [f"{key}={_shown(value)}" for key, value in _telling(node)]
    if node.workers > 1:
        words.append(f"workers={node.workers}")
    if node.batch > 1:
        words.append(f"batch={node.batch}")
    if node.on_error != ("skip" if graph.mode == "live" else "stop"):
        words.append(f"on_error={node.on_error}")
    if node.raw:
        words.append("raw=true")
    return [printable(word) for word in words]


def port_words(edge: Edge) -> str:
    """Returns what an edge carries as a signature says it: `Frame`, `raw: Frame`, `faces: Faces | None`.

    The port is named where its node has several of the kind, and where it is a special one.
    """
    port = edge.port
    rivals = sum(issubclass(edge.kind, other.kind) for other in edge.to.spec.ports)
    name = f"{port.name}: " if rivals > 1 or port.tolerant or port.optional else ""
    return name + edge.kind.__name__ + (" | None" if port.tolerant else " = None" if port.optional else "")


def origin_words(origin: Origin) -> str:
    """Returns an output as graph files write it."""
    return ".".join(part for part in origin if part)


def legend(graph: Graph) -> list[str]:
    """Returns a line for each kind of special port that the graph's edges lead to."""
    ports = [edge.port for edge in graph.edges()]
    lines = []
    if any(port.tolerant for port in ports):
        lines.append("| None: the node also answers frames for which this input was skipped")
    if any(port.optional for port in ports):
        lines.append("= None: the node also works with this port unconnected")
    return lines


def printable(text: str) -> str:
    """Returns text in one line, without characters that would steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _telling(node: GraphNode) -> Iterator[tuple[str, Any]]:
    for settings in (node.fixed, node.live):
        for name, field in type(settings).model_fields.items():
            value = getattr(settings, name)
            if is_path(field) and value:
                yield name, _file_names(value)
            elif name == _ALWAYS_TOLD or value != field.default:
                yield name, settings.model_dump(mode="json", include={name})[name]


def _file_names(value: Any) -> Any:
    """Returns the last parts of paths in a value of any shape; words and `scheme:` addresses are left whole."""
    match value:
        case str():
            path = Path(value)
            return path.name if path.is_absolute() else value
        case [str() as only]:
            return _file_names(only)
        case list() | tuple():
            return [_file_names(item) for item in value]
        case dict():
            return {_file_names(key): _file_names(item) for key, item in value.items()}
        case _:
            return value


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."

"""The command line's short ways to a graph's ends: -s for the face, -t for the source, -o for the sink."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runtime.errors import ConfigurationError
from runtime.graph import Graph, GraphNode
from runtime.overrides import Override

_ENDS: Mapping[str, tuple[str, Callable[[GraphNode], bool]]] = {
    "-s": ("face", lambda node: "face" in node.spec.fixed.model_fields),
    "-t": ("uri", lambda node: node.spec.role == "source"),
    "-o": ("to", lambda node: node.spec.role == "sink"),
}


def shortcut(flag: str, value: str, graph: Graph) -> Override:
    """Returns the override that a flag stands for; raises `ConfigurationError` unless it has one meaning there."""
    setting, fits = _ENDS[flag]
    found = [f"{node.name}.{setting}" for node in graph.nodes if fits(node)]
    if len(found) == 1:
        return Override(found[0], value, f"{flag} {value}")
    if not found:
        raise ConfigurationError(f"{flag}: no node of graph {graph.name} has a setting {setting!r}")
    ways = " or ".join(f"--set {path}={value}" for path in found)
    raise ConfigurationError(f"{flag} could mean several nodes of graph {graph.name}: use {ways}")

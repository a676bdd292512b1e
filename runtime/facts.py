"""What a run may say about itself to those who write files. Only data: `runtime/survey.py` collects it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """One node as it runs.

    Attributes:
        name, type: as in the graph.
        role: node, source or sink.
        inputs: port to the node (and output) that feeds it.
        settings: as they are now, ready for JSON; of paths only the file's name.
        gives: the kinds of its outputs, for example `Patches`.
        models: the networks that it has asked for so far.
        files: what it reads; its output is none of them.
    """

    name: str
    type: str
    role: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    gives: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A graph as it runs; its nodes stand in topological order."""

    graph: str = ""
    mode: str = "file"
    nodes: tuple[NodeFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Time:
    """What one run of a network takes on a device: by the clock, and of the processor. `estimated`: nobody measured."""

    ms: float
    cpu_ms: float
    estimated: bool = False

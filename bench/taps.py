"""Runs a graph of files as it is and hands on, frame by frame, what passes between its nodes: nothing is imitated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import nodes
from models.session import ModelStore
from runtime.cpuinfo import usable_cores
from runtime.engine import Engine
from runtime.errors import ConfigurationError
from runtime.graph import Graph, GraphNode, Origin
from runtime.kinds import Faces, Frame, Kind, Patches
from runtime.loading import load_graph
from runtime.mainthread import MainThreadService
from runtime.node import Sink, StreamInfo, node
from runtime.options import Options
from runtime.overrides import Override
from runtime.shortcuts import End
from runtime.signature import spec_of
from runtime.stats import Snapshot
from runtime.table import NodeTable
from runtime.threads import Threads, take_short_turns

TAPS = "bench_taps"
"""Name and type of the node that is added to the graph."""


class Taps(NamedTuple):
    """One frame on its way.

    Attributes:
        raw: what the patches are blended into.
        faces: what the swapper was given.
        patches: what was blended.
        composite: the blended picture.
        shown: what the graph's sink gets.
    """

    raw: Frame
    faces: Faces
    patches: Patches
    composite: Frame
    shown: Frame


Take = Callable[[Taps, StreamInfo], None]


def run_tapped(graph: Path, clip: str, face: str | None, take: Take) -> Snapshot:
    """Runs a graph in file mode over a clip, gives each frame to `take` in order; raises `DlcError`."""
    threads = Threads.for_cores(usable_cores())
    nodes.limit_threads(threads)
    take_short_turns()
    table = NodeTable(spec_of(definition) for definition in (*nodes.DEFINITIONS, _tap_node(take)))
    changes = [Override.parse("mode=file")]
    ends = [End(flag, value) for flag, value in (("-t", clip), ("-s", face), ("-o", "null:")) if value is not None]
    own = {"type": TAPS, "in": wires(load_graph(graph, table, changes, ends))}
    changes.append(Override(f"nodes.{TAPS}", own, "the benchmark's own node"))
    main = MainThreadService()
    engine = Engine(load_graph(graph, table, changes, ends), ModelStore(threads), main, Options(threads=threads))
    engine.start()
    main.serve(engine.ended)
    engine.close()
    return engine.snapshot()


def wires(graph: Graph) -> dict[str, str]:
    """Returns the graph's edges for each of the `Taps`; raises `ConfigurationError` where nothing is swapped."""
    blending = [
        item for item in graph.nodes if _port(item, Patches) and any(out.kind is Frame for out in item.spec.outputs)
    ]
    if not blending:
        raise ConfigurationError(f"graph {graph.name!r} has no node that blends patches into frames: nothing to judge")
    blend = blending[-1]
    swap = blend
    while _port(swap, Patches):
        swap = graph.node(_into(swap, Patches)[0])
    output = next((out.name for out in blend.spec.outputs if out.kind is Frame), "")
    origins = {
        "raw": _into(blend, Frame), "faces": _into(swap, Faces), "patches": _into(blend, Patches),
        "composite": (blend.name, output), "shown": _into(graph.of_role("sink")[-1], Frame),
    }  # fmt: skip
    return {port: ".".join(part for part in origin if part) for port, origin in origins.items()}


def _port(item: GraphNode, kind: type[Kind]) -> str | None:
    return next((port.name for port in item.spec.ports if port.kind is kind and port.name in item.inputs), None)


def _into(item: GraphNode, kind: type[Kind]) -> Origin:
    port = _port(item, kind)
    if port is None:
        raise ConfigurationError(f"node {item.name!r} has no input of {kind.__name__}: the benchmark cannot judge it")
    return item.inputs[port]


def _tap_node(take: Take) -> Callable[..., Any]:
    @node(name=TAPS)
    class Tapped(Sink):
        """Hands frames to the benchmark."""

        def open(self, info: StreamInfo) -> None:
            self._info = info

        def write(self, raw: Frame, faces: Faces, patches: Patches, composite: Frame, shown: Frame) -> None:
            take(Taps(raw, faces, patches, composite, shown), self._info)

    return Tapped

"""How a run's graph is made from its file: read again when the file has changed, or with other values on top."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runtime.document import read_document
from runtime.errors import GraphError
from runtime.graph import Graph, GraphNode, is_same
from runtime.loading import check_file
from runtime.overrides import Override, replaced
from runtime.placing import Placement
from runtime.plugins import plugin_files
from runtime.rendering import FOR_DASHBOARDS, report
from runtime.shortcuts import End
from runtime.table import NodeTable
from runtime.view import Refused


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a graph is made from.

    Attributes:
        file: the graph file.
        table: the node types, without those of its plug-ins.
        overrides: values from the command line.
        ends: faces, sources and sinks from the command line.
        place: says where the networks of a graph run.
        shipped: whether the file came with dlc, and is not the user's to change.
    """

    file: Path
    table: NodeTable
    overrides: tuple[Override, ...] = ()
    ends: tuple[End, ...] = ()
    place: Callable[[Graph], Placement] = lambda _graph: Placement()
    shipped: bool = False

    def files(self) -> set[Path]:
        """Returns the graph file, and the plug-ins that it names as far as it can be read."""
        with contextlib.suppress(GraphError):
            document, _ = replaced(read_document(self.file), self.overrides)
            return {self.file.resolve(), *plugin_files(self.file.resolve().parent, document)}
        return {self.file.resolve()}

    def graph(self, newer: Sequence[Override] = ()) -> Graph:
        """Returns the graph of the file as it is now, with newer values than the command line's.

        Raises:
            Refused: with the whole report of its check.
        """
        left = self.without({override.path for override in newer})
        try:
            return check_file(left.file, left.table, (*left.overrides, *newer), left.ends).unwrap()
        except GraphError as error:
            raise Refused(report(error.diagnostics, FOR_DASHBOARDS)) from error

    def without(self, settings: Collection[str]) -> Recipe:
        """Returns the recipe without the command line's values for settings, each as `node.setting`."""
        names = {setting.rpartition(".")[2] for setting in settings}
        overrides = (override for override in self.overrides if override.path not in settings)
        return replace(
            self, overrides=tuple(overrides), ends=tuple(end for end in self.ends if end.setting not in names)
        )


def difference(old: Graph, new: Graph) -> tuple[list[str], bool]:
    """Returns what differs between two graphs in words, and whether nodes have to be made or joined anew."""
    before, after = ({node.name: node for node in graph.nodes} for graph in (old, new))
    said = [f"{name} added" for name in after if name not in before]
    said += [f"{name} removed" for name in before if name not in after]
    anew = bool(said) or [node.name for node in old.nodes] != [node.name for node in new.nodes]
    for name in (name for name in after if name in before):
        structural, live = _changed(before[name], after[name])
        anew = anew or bool(structural)
        said += [f"{name}: {what}" for what in (*structural, *live)]
    for key in ("mode", "quality", "credits", "max_memory", "device", "strict_device"):
        if getattr(old, key) != getattr(new, key):
            said.append(f"{key} changed")
            anew = True
    return said, anew


def _changed(old: GraphNode, new: GraphNode) -> tuple[list[str], list[str]]:
    if not is_same(old, new):
        return ["made anew"], []
    keys = ("inputs", "workers", "batch", "on_error", "raw")
    structural = [f"{key} changed" for key in keys if getattr(old, key) != getattr(new, key)]
    before, after = old.live.model_dump(mode="json"), new.live.model_dump(mode="json")
    return structural, [f"{name} is {after[name]}" for name in after if before.get(name) != after[name]]

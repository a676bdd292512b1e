"""Changes a running graph by settings or by its file, and writes changed settings back. One change at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runtime.engine import Engine
from runtime.graph import Graph
from runtime.graph_copy import moved
from runtime.graph_save import Setting, save_settings
from runtime.overrides import Override
from runtime.recipe import Recipe, difference
from runtime.settings import is_path
from runtime.view import Refused


class Retouch:
    """Changes to one run since it began.

    Args:
        engine: the run.
        recipe: how its graph is made.
    """

    def __init__(self, engine: Engine, recipe: Recipe) -> None:
        self._engine = engine
        self._recipe = recipe
        self._fixed: dict[Setting, Override] = {}  # fixed settings that were changed, and are not in the file
        self._one = engine.changes.turn  # held while a change is made, models are loaded and frames in flight come out

    def set(self, setting: str, value: str) -> str:
        """Changes `node.setting`, a live one at once, another by making its node anew; raises `DlcError`."""
        override = Override.parse(f"{setting}={value}")
        node, _, name = override.path.partition(".")
        spec = next((item.spec for item in self._engine.graph.nodes if item.name == node), None)
        if spec is None or name not in spec.fixed.model_fields:
            self._engine.controls.set(node, name, override.value)
            return f"{setting} is {value}"
        with self._one:
            return self._put((node, name), override)

    def face(self, file: str) -> str:
        """Changes the face of the graph's swap."""
        having = [node.name for node in self._engine.graph.nodes if "face" in node.spec.fixed.model_fields]
        if not having:
            raise Refused("no node of the graph has a face to change")
        if len(having) > 1:
            ways = " or ".join(f"{name}.face" for name in having)
            raise Refused(f"the face could be that of {' or '.join(having)}", f"set {ways}")
        with self._one:
            override = Override(f"{having[0]}.face", file, "--set", f"{having[0]}.face={file}")
            return self._put((having[0], "face"), override)

    def reload(self) -> str:
        """Reads the graph file again and goes on with what it says now."""
        with self._one:
            return self._go_on(self._recipe.graph([*self._fixed.values()]))

    def save(self) -> str:
        """Writes the settings that were changed into the graph file; returns which they were."""
        with self._one:
            values = {**self._engine.controls.changes(), **{place: item.value for place, item in self._fixed.items()}}
            if not values:
                raise Refused("no setting was changed")
            if self._recipe.shipped:
                name = self._recipe.file.stem
                raise Refused(
                    f"{name} came with dlc and stays as it is",
                    f"run a copy, which dlc.py new NAME --from {name} makes, and save there",
                )
            save_settings(self._recipe.file, {place: self._as_written(place, value) for place, value in values.items()})
            self._fixed.clear()
            self._recipe = self._recipe.without({f"{node}.{name}" for node, name in values})
            self._go_on(self._recipe.graph())
        said = ", ".join(f"{node}.{name}" for node, name in values)
        return f"saved {said} in {self._recipe.file}"

    def _put(self, place: Setting, override: Override) -> str:
        changed = {**self._fixed, place: override}
        said = self._go_on(self._recipe.graph([*changed.values()]))
        self._fixed = changed
        return said

    def _go_on(self, graph: Graph) -> str:
        """Goes on with a graph; only where nodes are made or joined anew do frames wait for it."""
        said, anew = difference(self._engine.graph, graph)
        if anew:
            self._engine.rebuild(graph, self._recipe.place(graph))
        else:
            with self._engine.changing:
                self._engine.graph = graph
                self._engine.controls.renew(graph, keep_eased=True)
        return "; ".join(said) or "nothing has changed"

    def _as_written(self, place: Setting, value: Any) -> Any:
        """Returns a value as the file has it: paths start there, and not at the working directory."""
        spec = self._engine.graph.node(place[0]).spec
        field = {**spec.fixed.model_fields, **spec.live.model_fields}[place[1]]
        if not is_path(field) or not isinstance(value, str):
            return value
        return moved(value, Path.cwd(), self._recipe.file.resolve().parent)

"""The settings that may change while frames flow: a version for each change, and one version for each frame."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from runtime.codes import Code
from runtime.complaints import Owner, tell
from runtime.document import Document
from runtime.errors import ConfigurationError
from runtime.findings import Findings
from runtime.graph import Graph
from runtime.settings import checked


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """The live settings of all nodes at one moment; a frame sees one version of them in every stage."""

    version: int
    of: Mapping[str, Mapping[str, Any]]


class Controls:
    """Changes live settings from any thread; the gate gives `current` to each frame that it admits."""

    def __init__(self, graph: Graph) -> None:
        self.current = LiveSettings(0, {node.name: values_of(node.live) for node in graph.nodes})
        self._graph = graph
        self._models = {node.name: node.live for node in graph.nodes}
        self.sets = 0  # how often somebody has set something
        self._taken_over: frozenset[tuple[str, str]] = frozenset()
        self._lock = threading.Lock()  # guards the step from one version to the next

    @property
    def taken_over(self) -> frozenset[tuple[str, str]]:
        """Node and setting of what was `set`: the engine leaves that alone from then on."""
        return self._taken_over

    def set(self, node: str, setting: str, value: Any) -> None:
        """Changes one setting from the next admitted frame on; raises `ConfigurationError`."""
        self._check(node, setting)
        with self._lock:
            self._change({(node, setting): value})
            self._taken_over |= {(node, setting)}
            self.sets += 1

    def ease(self, values: Mapping[tuple[str, str], Any]) -> None:
        """Changes settings that nobody has taken over, all from one admitted frame on; raises `ConfigurationError`."""
        with self._lock:
            now = self.current.of
            free = values.keys() - self._taken_over
            new = {place: values[place] for place in free if now[place[0]][place[1]] != values[place]}
            if new:
                self._change(new)

    def _check(self, node: str, setting: str) -> None:
        try:
            spec = self._graph.node(node).spec
        except KeyError:
            raise ConfigurationError(f"the graph has no node {node!r}") from None
        if setting not in spec.live.model_fields:
            how = "is fixed while the graph runs" if setting in spec.fixed.model_fields else "does not exist"
            raise ConfigurationError(f"setting {setting!r} of {node} {how}")

    def _change(self, values: Mapping[tuple[str, str], Any]) -> None:
        """Makes the next version; the lock is held."""
        models = dict(self._models)
        for (node, setting), value in values.items():
            live = type(models[node])
            try:
                models[node] = checked(live, {**models[node].model_dump(mode="json"), setting: value})
            except ValidationError as error:
                raise in_words(error, node, live) from error
        self._models = models
        of = {name: values_of(model) for name, model in models.items()}
        self.current = LiveSettings(self.current.version + 1, of)


def in_words(error: ValidationError, node: str, model: type[BaseModel]) -> ConfigurationError:
    """Returns what is wrong with a value as the check of a graph file says it."""
    findings = Findings(Document({}, None))
    tell(error, findings, (), Owner(node, model, Code.MISSING_SETTING))
    return ConfigurationError("; ".join(part for item in findings.found for part in (item.message, item.help) if part))


def values_of(settings: BaseModel) -> Mapping[str, Any]:
    """Returns settings by name, ready to be passed as keyword arguments."""
    return {name: getattr(settings, name) for name in type(settings).model_fields}

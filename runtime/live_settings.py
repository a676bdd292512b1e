"""The settings that may change while frames flow: a version for each change, and one version for each frame."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from runtime.codes import Code
from runtime.complaints import Owner, tell
from runtime.document import Document
from runtime.errors import ConfigurationError
from runtime.findings import Findings
from runtime.graph import Graph, GraphNode
from runtime.settings import checked


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """The live settings of all nodes at one moment; a frame sees one version of them in every stage.

    Attributes:
        version: grows with each change.
        of: values by node and setting.
        bypassed: nodes that frames pass by.
    """

    version: int
    of: Mapping[str, Mapping[str, Any]]
    bypassed: frozenset[str] = frozenset()


class Controls:
    """Changes live settings from any thread; the gate gives `current` to each frame that it admits."""

    def __init__(self, graph: Graph) -> None:
        self.current = LiveSettings(0, {node.name: values_of(node.live) for node in graph.nodes})
        self._graph = graph
        self._models = {node.name: node.live for node in graph.nodes}
        self._lock = threading.Lock()  # guards the step from one version to the next

    def set(self, node: str, setting: str, value: Any) -> None:
        """Changes one setting from the next admitted frame on; raises `ConfigurationError`."""
        try:
            spec = self._graph.node(node).spec
        except KeyError:
            raise ConfigurationError(f"the graph has no node {node!r}") from None
        if setting not in spec.live.model_fields:
            how = "is fixed while the graph runs" if setting in spec.fixed.model_fields else "does not exist"
            raise ConfigurationError(f"setting {setting!r} of {node} {how}")
        with self._lock:
            try:
                changed = checked(spec.live, {**self._models[node].model_dump(mode="json"), setting: value})
            except ValidationError as error:
                raise _in_words(error, node, spec.live) from error
            self._models[node] = changed
            before = self.current
            of = {**before.of, node: values_of(changed)}
            self.current = replace(before, version=before.version + 1, of=of)

    def bypass(self, node: str, on: bool) -> None:  # noqa: FBT001 - a switch
        """Has frames pass a node by, from the next admitted one on, or has it work again."""
        with self._lock:
            before = self.current
            bypassed = before.bypassed | {node} if on else before.bypassed - {node}
            self.current = replace(before, version=before.version + 1, bypassed=bypassed)

    def changes(self) -> dict[tuple[str, str], Any]:
        """Returns what differs from the graph, by node and setting, ready for JSON."""
        with self._lock:
            return {
                (node.name, name): value
                for node in self._graph.nodes
                for name, value in self._models[node.name].model_dump(mode="json").items()
                if value != node.live.model_dump(mode="json")[name]
            }

    def renew(self, graph: Graph) -> None:
        """Goes on with another graph; what was changed stays, unless that graph says something new about it."""
        with self._lock:
            before = self.current
            old = {node.name: node for node in self._graph.nodes}
            self._models = {
                node.name: self._carried(old[node.name], node) if node.name in old else node.live
                for node in graph.nodes
            }
            self._graph = graph
            of = {name: values_of(model) for name, model in self._models.items()}
            self.current = LiveSettings(before.version + 1, of, before.bypassed & of.keys())

    def _carried(self, old: GraphNode, new: GraphNode) -> BaseModel:
        if old.spec.target is not new.spec.target:
            return new.live
        now = self._models[old.name]
        same = [name for name in type(new.live).model_fields if getattr(old.live, name) == getattr(new.live, name)]
        return new.live.model_copy(update={name: getattr(now, name) for name in same})


def _in_words(error: ValidationError, node: str, model: type[BaseModel]) -> ConfigurationError:
    """Returns what is wrong with a value as the check of a graph file says it."""
    findings = Findings(Document({}, None))
    tell(error, findings, (), Owner(node, model, Code.MISSING_SETTING))
    return ConfigurationError("; ".join(part for item in findings.found for part in (item.message, item.help) if part))


def values_of(settings: BaseModel) -> Mapping[str, Any]:
    """Returns settings by name, ready to be passed as keyword arguments."""
    return {name: getattr(settings, name) for name in type(settings).model_fields}

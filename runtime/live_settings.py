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
            self.current = LiveSettings(before.version + 1, {**before.of, node: values_of(changed)})


def _in_words(error: ValidationError, node: str, model: type[BaseModel]) -> ConfigurationError:
    """Returns what is wrong with a value as the check of a graph file says it."""
    findings = Findings(Document({}, None))
    tell(error, findings, (), Owner(node, model, Code.MISSING_SETTING))
    return ConfigurationError("; ".join(part for item in findings.found for part in (item.message, item.help) if part))


def values_of(settings: BaseModel) -> Mapping[str, Any]:
    """Returns settings by name, ready to be passed as keyword arguments."""
    return {name: getattr(settings, name) for name in type(settings).model_fields}

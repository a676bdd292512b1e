"""The settings that may change while frames flow: a version for each change, and one version for each frame."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from runtime.codes import Code
from runtime.complaints import Owner, tell
from runtime.document import Document
from runtime.errors import ConfigurationError
from runtime.findings import Findings
from runtime.graph import Graph, GraphNode, why_no_bypass
from runtime.settings import checked, values_of
from runtime.suiting import given_of, unsuited


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
        self._given = given_of(graph.nodes)
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
        with self._lock:
            self._check(node, setting)
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
        spec = self._node(node).spec
        if setting not in spec.live.model_fields:
            how = "is fixed while the graph runs" if setting in spec.fixed.model_fields else "does not exist"
            raise ConfigurationError(f"setting {setting!r} of {node} {how}")

    def _node(self, name: str) -> GraphNode:
        try:
            return self._graph.node(name)
        except KeyError:
            raise ConfigurationError(f"the graph has no node {name!r}") from None

    def _change(self, values: Mapping[tuple[str, str], Any]) -> None:
        """Makes the next version; the lock is held."""
        models = dict(self._models)
        for (node, setting), value in values.items():
            live = type(models[node])
            try:
                models[node] = checked(live, {**models[node].model_dump(mode="json"), setting: value})
            except ValidationError as error:
                raise in_words(error, node, live) from error
        for name in {node for node, _ in values}:
            self._suits(name, models[name])
        self._models = models
        of = {name: values_of(model) for name, model in models.items()}
        self.current = replace(self.current, version=self.current.version + 1, of=of)

    def _suits(self, name: str, live: BaseModel) -> None:
        """Raises `ConfigurationError` where live settings cannot work with what their node is given."""
        for setting, _, reason, help_text in unsuited(self._graph.node(name), live, self._given[name]):
            raise ConfigurationError(f"{setting} of {name}: {reason}; {help_text}")

    def bypass(self, node: str, on: bool) -> None:  # noqa: FBT001 - a switch
        """Has frames pass a node by, from the next admitted one on, or has it work again.

        Raises:
            ConfigurationError: there is no such node, or none of its inputs stands for what it gives.
        """
        with self._lock:
            why, before = why_no_bypass(self._graph, self._node(node)), self.current
            if on and why:
                raise ConfigurationError(why)
            bypassed = before.bypassed | {node} if on else before.bypassed - {node}
            self.current = replace(before, version=before.version + 1, bypassed=bypassed)

    def changes(self) -> dict[tuple[str, str], Any]:
        """Returns what was `set` and differs from the graph, by node and setting, ready for JSON."""
        with self._lock:
            now = {name: model.model_dump(mode="json") for name, model in self._models.items()}
            graph = {node.name: node.live.model_dump(mode="json") for node in self._graph.nodes}
            return {
                (node, setting): now[node][setting]
                for node, setting in sorted(self._taken_over)
                if now[node][setting] != graph[node][setting]
            }

    def renew(self, graph: Graph, *, keep_eased: bool = False) -> None:
        """Goes on with another graph; what was set stays, unless that graph says something new about it.

        Args:
            graph: what runs from now on.
            keep_eased: whether what the engine has eased stays, too.
        """
        with self._lock:
            before = self.current
            old = {node.name: node for node in self._graph.nodes}
            same = {place for node in graph.nodes if node.name in old for place in _unchanged(old[node.name], node)}
            self._taken_over &= same
            kept = same if keep_eased else self._taken_over
            self._models = {node.name: self._carried(node, kept) for node in graph.nodes}
            self._graph, self._given = graph, given_of(graph.nodes)
            of = {name: values_of(model) for name, model in self._models.items()}
            bypassed = (node.name for node in graph.nodes if node.name in before.bypassed)
            still = frozenset(name for name in bypassed if not why_no_bypass(graph, graph.node(name)))
            self.current = LiveSettings(before.version + 1, of, still)

    def _carried(self, node: GraphNode, kept: Collection[tuple[str, str]]) -> BaseModel:
        """Returns the live settings of a node of another graph, with what is kept as it is now."""
        names = [name for name in type(node.live).model_fields if (node.name, name) in kept]
        return node.live.model_copy(update={name: getattr(self._models[node.name], name) for name in names})


def in_words(error: ValidationError, node: str, model: type[BaseModel]) -> ConfigurationError:
    """Returns what is wrong with a value as the check of a graph file says it."""
    findings = Findings(Document({}, None))
    tell(error, findings, (), Owner(node, model, Code.MISSING_SETTING))
    return ConfigurationError("; ".join(part for item in findings.found for part in (item.message, item.help) if part))


def _unchanged(old: GraphNode, new: GraphNode) -> set[tuple[str, str]]:
    """Returns the places of live settings of which two versions of a node say the same."""
    if old.spec.target is not new.spec.target:
        return set()
    fields = type(new.live).model_fields
    return {(new.name, name) for name in fields if getattr(old.live, name) == getattr(new.live, name)}

"""A graph as a dashboard sees it: nodes, edges and settings in words. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runtime.captions import quality_name
from runtime.docstring import read_docstring
from runtime.graph import Graph, GraphNode, why_no_bypass
from runtime.measuring import target_fps
from runtime.node import NodeSpec, StreamInfo
from runtime.setting_schema import setting_schemas
from runtime.view import GraphView, InputView, NodeView, SettingView
from runtime.words import value_text, words

_UNITS = {"_ms": "ms", "_s": "s", "_px": "px", "_mb": "MB"}


class Describer:
    """Describes graphs; what it has found out about a node type it keeps, because that takes milliseconds."""

    def __init__(self) -> None:
        self._types: dict[int, tuple[NodeSpec, tuple[SettingView, ...]]] = {}

    def view(
        self, graph: Graph, live: Mapping[str, Mapping[str, Any]], infos: Mapping[str, StreamInfo],
        counters: Mapping[str, Mapping[str, int]], ladder: tuple[str, ...], version: int,
    ) -> GraphView:  # fmt: skip
        """Returns the view of a graph.

        Args:
            graph: what runs.
            live: the live settings as they are now, by node.
            infos: the streams of its sources, once they are open.
            counters: what its nodes count, once they run.
            ladder: steps of quality.
            version: grows with each rebuild.
        """
        lead = next(iter(infos.values()), None)
        return GraphView(
            name=graph.name,
            file=str(graph.file or ""),
            mode=graph.mode,
            quality=quality_name(graph),
            description=graph.description,
            nodes=tuple(self._node(graph, node, live.get(node.name, {})) for node in graph.nodes),
            source="; ".join(_source(node, infos.get(node.name)) for node in graph.of_role("source")),
            sink="; ".join(_sink(node, counters.get(node.name, {})) for node in graph.of_role("sink")),
            profile="" if graph.profile == "auto" else graph.profile,
            latency_budget_ms=graph.latency_budget_ms,
            target_fps=target_fps(graph, lead) if graph.mode == "live" and lead else None,
            ladder=ladder,
            version=version,
        )

    def _node(self, graph: Graph, node: GraphNode, live: Mapping[str, Any]) -> NodeView:
        return NodeView(
            name=node.name,
            type=node.spec.name,
            summary=read_docstring(node.spec.doc).summary,
            inputs=tuple(
                InputView(edge.port.name, edge.origin[0], edge.origin[1], edge.kind.__name__)
                for edge in graph.edges()
                if edge.to is node
            ),
            settings=self._settings(node, live),
            bypass=not why_no_bypass(graph, node),
            end=node.spec.role != "node",
        )

    def _settings(self, node: GraphNode, live: Mapping[str, Any]) -> tuple[SettingView, ...]:
        changed = node.live.model_copy(update=dict(live))
        values = {**node.fixed.model_dump(mode="json"), **changed.model_dump(mode="json")}
        return tuple(_with_value(setting, values[setting.name]) for setting in self._settings_of(node.spec))

    def _settings_of(self, spec: NodeSpec) -> tuple[SettingView, ...]:
        known = self._types.get(id(spec))
        if known is None:  # the spec is kept beside, so that its id stays its own
            known = self._types[id(spec)] = spec, _described(spec)
        return known[1]


def _described(spec: NodeSpec) -> tuple[SettingView, ...]:
    schemas = setting_schemas(spec)
    said = read_docstring(spec.doc).settings
    return tuple(
        SettingView(
            name=name,
            value="",
            default="" if name in schemas.required else value_text(schema.get("default")),
            live=name in spec.live.model_fields,
            type=words(schema, schemas.definitions),
            help=said.get(name, ""),
            choices=tuple(_choices(schema, schemas.definitions)),
            low=_bound(schema, "minimum"),
            high=_bound(schema, "maximum"),
            unit=next((unit for end, unit in _UNITS.items() if name.endswith(end)), ""),
        )
        for name, schema in schemas.fields.items()
    )


def _with_value(setting: SettingView, value: Any) -> SettingView:
    fields = {name: getattr(setting, name) for name in SettingView.__dataclass_fields__}
    return SettingView(**{**fields, "value": value_text(value)})


def _choices(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> list[str]:
    """Returns the values that a schema lists, or none where it also allows others."""
    if "$ref" in schema:
        return _choices(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "enum" in schema or "const" in schema:
        return [value_text(choice) for choice in schema.get("enum", [schema.get("const")])]
    if schema.get("type") == "boolean":
        return ["true", "false"]
    if schema.get("type") == "null":
        return ["null"]
    parts = [_choices(part, definitions) for part in schema.get("anyOf", ())]
    return [choice for part in parts for choice in part] if all(parts) else []


def _bound(schema: Mapping[str, Any], key: str) -> float | None:
    """Returns a bound of a number, also where null may stand in its place."""
    bounds = [part[key] for part in (schema, *schema.get("anyOf", ())) if key in part]
    return float(bounds[0]) if len(bounds) == 1 else None


def _source(node: GraphNode, info: StreamInfo | None) -> str:
    uri = str(getattr(node.fixed, "uri", node.spec.name))
    if info is None:
        return _short(uri)
    what = info.origin.name if info.origin else _short(uri)
    if uri == "auto":
        what = "camera" if info.live else "bundled clip"
    rate = f" at {float(info.rate):g} fps" if info.rate else ""
    return f"{what}, {info.width}x{info.height}{rate}"


def _sink(node: GraphNode, counters: Mapping[str, int]) -> str:
    to = str(getattr(node.fixed, "to", node.spec.name))
    if to == "auto":
        return "window" if "shown" in counters else "counted, not shown" if counters else "auto"
    return {"null:": "counted, not shown"}.get(to, _short(to))


def _short(address: str) -> str:
    return Path(address).name if Path(address).is_absolute() else address

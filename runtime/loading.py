"""From a document to a checked graph: names, edges, kinds, settings, cycles.

Finds all errors that it can, then raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import networkx as nx
from pydantic import BaseModel, ValidationError

from runtime.diagnostics import Diagnostic, suggestion
from runtime.document import Document, Place, read_document
from runtime.errors import GraphError
from runtime.graph import Graph, GraphNode, Origin
from runtime.node import QUALITIES, NodeSpec, Port
from runtime.overrides import Override, with_overrides
from runtime.policies import OnError
from runtime.schema import GraphText, NodeText, complaints, read_skeleton
from runtime.settings import Folders, checked
from runtime.table import NodeTable


def load_graph(file: Path, table: NodeTable, overrides: Sequence[Override] = ()) -> Graph:
    """Reads and checks a graph file, with values replaced; raises `GraphError` with all that is wrong."""
    return check_document(with_overrides(read_document(file), overrides), table)


def check_document(document: Document, table: NodeTable) -> Graph:
    """Returns the graph of a document; raises `GraphError` with all that is wrong."""
    text, nodes, found = read_skeleton(document)
    if text is None:
        raise GraphError(found)
    folder = document.file.resolve().parent if document.file else Path.cwd()
    if text.plugins:
        table = table.with_files(folder / plugin for plugin in text.plugins)
    check = _Check(document, table, text, nodes, folder, found)
    graph = check.run()
    check.check_outputs(graph)
    if check.found:
        raise GraphError(
            sorted(check.found, key=lambda item: (item.mark.line, item.mark.column) if item.mark else (0, 0))
        )
    return graph


@dataclass(slots=True)
class _Check:
    """One pass over a graph; `found` grows, and what is already bad is passed over."""

    document: Document
    table: NodeTable
    text: GraphText
    nodes: dict[str, NodeText]
    folder: Path
    found: list[Diagnostic]

    def run(self) -> Graph:
        known = {name: node for name, node in self.nodes.items() if self._has_type(name, node)}
        specs = {name: self.table[node.type] for name, node in known.items()}
        edges = {name: self._inputs(name, node, specs) for name, node in known.items()}
        order = self._order(edges)
        built = {name: self._build(name, known[name], specs[name], edges[name]) for name in order}
        self._check_ends(specs)
        enabled = {name for name in order if known[name].enabled}
        joined = self._bypass(order, specs, edges, enabled)
        return Graph(
            name=self.text.name or (self.document.file.stem if self.document.file else "graph"),
            mode=self.text.mode,
            quality=QUALITIES.get(self.text.quality, QUALITIES["balanced"]),
            nodes=tuple(replace(node, inputs=joined[name]) for name, node in built.items() if node and name in enabled),
            credits=self.text.credits,
            max_memory=int(self.text.max_memory),
            description=self.text.description,
            file=self.document.file,
        )

    def check_outputs(self, graph: Graph) -> None:
        """Refuses sinks that would write over a file that another node reads."""
        read = graph.files("source", "node")
        for sink in graph.of_role("sink"):
            for path in sink.files():
                if any(path.samefile(other) for other in read):
                    self._say("overwrite", f"{sink.name} would write over {path}, which the graph reads", sink.name)

    def _say(self, code: str, message: str, *place: str | int, key: bool = False) -> None:
        self.found.append(Diagnostic(code, message, self.document.mark(("nodes", *place), key=key)))

    def _has_type(self, name: str, node: NodeText) -> bool:
        if node.type in self.table:
            return True
        self._say(
            "unknown-type", f"there is no node type {node.type!r}{suggestion(node.type, self.table)}", name, "type"
        )
        return False

    def _inputs(self, name: str, node: NodeText, specs: Mapping[str, NodeSpec]) -> dict[str, Origin]:
        """Returns port to origin, resolved by name or by kind."""
        spec = specs[name]
        if node.inputs is None:
            required = [port.name for port in spec.ports if not port.optional]
            if required:
                self._say("no-input", f"{name} needs `in`: it takes {_ports(spec)}", name, key=True)
            return {}
        if isinstance(node.inputs, dict):
            return self._mapped(name, node.inputs, specs)
        names = [node.inputs] if isinstance(node.inputs, str) else node.inputs
        origins = {text: self._origin(name, text, specs) for text in names}
        given = {text: origin for text, origin in origins.items() if origin}
        if len(given) < len(names):
            return {}
        return self._by_kind(name, given, specs)

    def _mapped(self, name: str, inputs: Mapping[str, str], specs: Mapping[str, NodeSpec]) -> dict[str, Origin]:
        ports = {port.name: port for port in specs[name].ports}
        edges: dict[str, Origin] = {}
        for port, text in inputs.items():
            if port not in ports:
                message = f"{specs[name].name} has no input {port!r}; it takes {_ports(specs[name])}"
                self._say("unknown-port", message, name, "in", port, key=True)
                continue
            origin = self._origin(name, text, specs, port)
            if origin is None:
                continue
            kind = _kind(specs, origin)
            if not issubclass(kind, ports[port].kind):
                message = f"input {port!r} of {name} wants {ports[port].kind.__name__}, {text} gives {kind.__name__}"
                self._say("kind", message, name, "in", port)
                continue
            edges[port] = origin
        missing = [port for port in ports.values() if not port.optional and port.name not in inputs]
        if missing:
            self._say("no-input", f"{name} lacks its input {', '.join(port.name for port in missing)}", name, "in")
        return edges

    def _by_kind(self, name: str, given: Mapping[str, Origin], specs: Mapping[str, NodeSpec]) -> dict[str, Origin]:
        spec = specs[name]
        edges: dict[str, Origin] = {}
        for port in spec.ports:
            fitting = [text for text, origin in given.items() if issubclass(_kind(specs, origin), port.kind)]
            rivals = [other for other in spec.ports if other.kind is port.kind and not other.optional]
            if len(fitting) == 1 and (len(rivals) == 1 or port.optional):
                edges[port.name] = given[fitting[0]]
            elif not port.optional or len(fitting) > 1:
                reason = "several of them fit" if len(fitting) > 1 or len(rivals) > 1 else "none of them gives that"
                message = (
                    f"input {port.name!r} of {name} wants {port.kind.__name__}, and {reason}: write {_mapping(spec)}"
                )
                self._say("ambiguous-input", message, name, "in")
        unused = [text for text, origin in given.items() if origin not in edges.values()]
        if unused and len(edges) == len(spec.ports):
            self._say(
                "unused-input", f"{name} has no port for {', '.join(unused)}; it takes {_ports(spec)}", name, "in"
            )
        return edges

    def _origin(self, name: str, text: str, specs: Mapping[str, NodeSpec], port: str | None = None) -> Origin | None:
        source, dot, output = text.partition(".")
        place: Place = (name, "in", port) if port else (name, "in")
        if source not in self.nodes:
            if source not in self.text.nodes:
                self._say("unknown-node", f"there is no node {source!r}{suggestion(source, self.text.nodes)}", *place)
            return None
        if source not in specs:
            return None
        outputs = [out.name for out in specs[source].outputs]
        choices = ", ".join(f"{source}.{out}" for out in outputs)
        if not outputs:
            self._say("no-output", f"{source} is a sink and gives nothing", *place)
        elif dot and output not in outputs:
            ways = choices if outputs != [""] else f"{source} alone"
            self._say("unknown-output", f"{source} has no output {output!r}; write {ways}", *place)
        elif not dot and len(outputs) > 1:
            self._say("which-output", f"{source} has several outputs: write one of {choices}", *place)
        else:
            return source, output
        return None

    def _order(self, edges: Mapping[str, Mapping[str, Origin]]) -> list[str]:
        links: nx.DiGraph[str] = nx.DiGraph()
        links.add_nodes_from(edges)
        for name, inputs in edges.items():
            links.add_edges_from((source, name) for source, _ in inputs.values())
        try:
            place = {name: index for index, name in enumerate(edges)}
            return list(nx.lexicographical_topological_sort(links, key=lambda name: place[name]))
        except nx.NetworkXUnfeasible:
            cycle = [edge[0] for edge in nx.find_cycle(links)]
            self._say("cycle", f"the nodes run in a circle: {' -> '.join([*cycle, cycle[0]])}", cycle[0], key=True)
            return []

    def _build(self, name: str, node: NodeText, spec: NodeSpec, inputs: Mapping[str, Origin]) -> GraphNode | None:
        fixed_names, live_names = spec.fixed.model_fields, spec.live.model_fields
        for key in node.settings:
            if key not in fixed_names and key not in live_names:
                hint = suggestion(key, [*fixed_names, *live_names])
                self._say("unknown-setting", f"{spec.name} has no setting {key!r}{hint}", name, key, key=True)
        fixed = self._settings(spec.fixed, name, node)
        live = self._settings(spec.live, name, node)
        on_error = self._on_error(name, node)
        if spec.role == "source" and (node.workers > 1 or node.on_error):
            self._say("source", "a source has one thread, and its errors end the run: no workers, no on_error", name)
        if node.workers > 1 and spec.ordered:
            self._say(
                "workers", f"{spec.name} sees all frames in order and cannot have several workers", name, "workers"
            )
        if node.batch > 1 and not spec.batched:
            self._say("batch", f"{spec.name} takes one frame at a time and has no batch", name, "batch")
        if node.raw and spec.role != "sink":
            self._say("raw", "`raw` belongs to sinks", name, "raw", key=True)
        if fixed is None or live is None:
            return None
        return GraphNode(name, spec, inputs, fixed, live, node.workers, node.batch, on_error, node.raw)

    def _settings(self, model: type[BaseModel], name: str, node: NodeText) -> BaseModel | None:
        given = {key: value for key, value in node.settings.items() if key in model.model_fields}
        from_command_line = {
            key: Path.cwd() for key in given if (mark := self.document.mark(("nodes", name, key))) and mark.label
        }
        try:
            return checked(model, given, Folders(self.folder, from_command_line))
        except ValidationError as error:
            self.found.extend(complaints(error, self.document, ("nodes", name)))
            return None

    def _on_error(self, name: str, node: NodeText) -> OnError:
        if node.on_error == "repeat":
            self._check_repeat(name, node)
        if self.text.mode == "live":
            return node.on_error or "skip"
        if node.on_error == "skip":
            self._say(
                "on-error", "a file keeps all its frames: on_error is stop or repeat in file mode", name, "on_error"
            )
        return node.on_error or "stop"

    def _check_repeat(self, name: str, node: NodeText) -> None:
        spec = self.table[node.type]
        if spec.role == "sink":
            self._say("on-error", "a sink has no answer to repeat: on_error is skip or stop", name, "on_error")
        elif node.workers > 1:
            message = "with several workers the last good answer would depend on timing: use one, or on_error: stop"
            self._say("on-error", message, name, "on_error")

    def _check_ends(self, specs: Mapping[str, NodeSpec]) -> None:
        roles = [specs[name].role for name, node in self.nodes.items() if name in specs and node.enabled]
        if len(specs) < len(self.text.nodes):
            return  # what has no type may be the one that is missing
        mark = self.document.mark(("nodes",), key=True)
        for role in ("source", "sink"):
            if role not in roles:
                self.found.append(Diagnostic(f"no-{role}", f"the graph has no {role}", mark))

    def _bypass(
        self, order: Sequence[str], specs: Mapping[str, NodeSpec], edges: Mapping[str, Mapping[str, Origin]],
        enabled: set[str],
    ) -> dict[str, dict[str, Origin]]:  # fmt: skip
        """Returns the edges with disabled nodes left out: what they would have changed passes them by."""
        passes: dict[Origin, Origin] = {}
        joined: dict[str, dict[str, Origin]] = {}
        for name in order:
            joined[name] = {port: passes.get(origin, origin) for port, origin in edges[name].items()}
            if name in enabled:
                continue
            for output in specs[name].outputs:
                same = [
                    port.name for port in specs[name].ports if port.kind is output.kind and port.name in joined[name]
                ]
                if len(same) == 1:
                    passes[name, output.name] = joined[name][same[0]]
                elif any(origin[0] == name for other in order for origin in edges[other].values()):
                    message = (
                        f"{name} cannot be switched off: nothing that it takes can stand for its {output.kind.__name__}"
                    )
                    self._say("enabled", message, name, "enabled")
        return joined


def _kind(specs: Mapping[str, NodeSpec], origin: Origin) -> type:
    return next(output.kind for output in specs[origin[0]].outputs if not origin[1] or output.name == origin[1])


def _ports(spec: NodeSpec) -> str:
    return ", ".join(f"{port.name} ({port.kind.__name__}{_optional(port)})" for port in spec.ports) or "no input"


def _optional(port: Port) -> str:
    return ", optional" if port.optional else ""


def _mapping(spec: NodeSpec) -> str:
    return "in: {" + ", ".join(f"{port.name}: NODE" for port in spec.ports if not port.optional) + "}"

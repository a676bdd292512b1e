"""From a text to a checked graph. Each phase finds all that it can; later ones pass over what is already bad."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ValidationError

from runtime import rules
from runtime.codes import Code
from runtime.complaints import Owner, tell
from runtime.diagnostics import Diagnostic
from runtime.document import Document, read_document
from runtime.edges import Joiner, is_nearly_in
from runtime.errors import GraphError
from runtime.findings import Findings
from runtime.graph import Graph, GraphNode, Origin
from runtime.ladder_text import read_ladder
from runtime.node import QUALITIES, NodeSpec
from runtime.overrides import Override, clashes, replaced
from runtime.policies import OnError
from runtime.schema import ENGINE_KEYS, GraphText, NodeText, read_skeleton
from runtime.settings import Folders, checked
from runtime.shortcuts import End, found_ends
from runtime.spelling import did_you_mean
from runtime.suiting import check_inputs
from runtime.table import NodeTable


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to.

    Attributes:
        graph: the graph, or None when something keeps it from running.
        diagnostics: all that was found, in the order of the text.
    """

    graph: Graph | None
    diagnostics: tuple[Diagnostic, ...]

    def unwrap(self) -> Graph:
        """Returns the graph; raises `GraphError` with all that was found when there is none."""
        if self.graph is None:
            raise GraphError(self.diagnostics)
        return self.graph


def load_graph(file: Path, table: NodeTable, overrides: Sequence[Override] = (), ends: Sequence[End] = ()) -> Graph:
    """Returns the graph of a file, with values replaced; raises `GraphError` with all that is wrong."""
    return check_file(file, table, overrides, ends).unwrap()


def check_file(file: Path, table: NodeTable, overrides: Sequence[Override] = (), ends: Sequence[End] = ()) -> Checked:
    """Reads and checks a graph file, with values replaced.

    Args:
        file: the graph file.
        table: the node types, without those of its plug-ins.
        overrides: values from the command line.
        ends: faces, sources and sinks from the command line, to be found in the graph.
    """
    try:
        document = read_document(file)
    except GraphError as error:
        return Checked(None, error.diagnostics)
    return check_document(document, table, overrides, ends)


def check_document(
    document: Document, table: NodeTable, overrides: Sequence[Override] = (), ends: Sequence[End] = ()
) -> Checked:
    """Checks a document as `check_file` does."""
    document, found = replaced(document, overrides)
    settings: list[Override] = []
    folder = document.file.resolve().parent if document.file else Path.cwd()
    findings = Findings(document)
    text, nodes = read_skeleton(findings)
    types, faults = table.with_plugins(folder, text.plugins if text else (), document)
    if text and ends:
        settings, unfound = found_ends(ends, nodes, types)
        document, unset = replaced(document, settings)
        found = [*found, *unfound, *unset]
        findings = Findings(document)
        text, nodes = read_skeleton(findings)
    findings.add([*found, *faults, *clashes([*overrides, *settings])])
    if text is None:
        return Checked(None, findings.sorted())
    plugins_failed = bool(faults) or (not text.plugins and bool(document.data.get("plugins")))
    graph = _Check(findings, types, text, nodes, folder, plugins_failed=plugins_failed).run()
    return Checked(None if findings.failed() else graph, findings.sorted())


@dataclass(frozen=True, slots=True)
class _Check:
    """One pass over a document whose skeleton stands."""

    findings: Findings
    table: NodeTable
    text: GraphText
    nodes: Mapping[str, NodeText]
    folder: Path
    plugins_failed: bool

    def run(self) -> Graph:
        """Returns the graph, of whatever is sound of it."""
        specs = {name: self.table[node.type] for name, node in self.nodes.items() if self._has_type(name, node)}
        edges = Joiner(self.findings, self.nodes, specs, tuple(self.text.nodes), self.table).edges()
        whole = len(specs) == len(self.text.nodes)
        joined_well = not self.findings.failed()
        order = rules.order_of(self.findings, edges)
        built = {name: self._build(name, specs[name]) for name in order or specs}
        if whole:  # else what has no type may be the one that is missing
            rules.check_ends(self.findings, self.nodes, specs)
        if whole and joined_well and order and not self.findings.failed():
            rules.check_reach(self.findings, edges, specs)
        joined = rules.bypass(self.findings, order, self.nodes, specs, edges)
        nodes = {
            name: replace(node, inputs=joined[name])
            for name in order
            if (node := built[name]) and self.nodes[name].enabled
        }
        self._check_whole(nodes, complete=not self.findings.failed())
        return self._graph(tuple(nodes.values()))

    def _check_whole(self, nodes: Mapping[str, GraphNode], *, complete: bool) -> None:
        rules.check_device(self.findings, ("device",), self.text.device, self.table.unfit)
        rules.check_outputs(self.findings, nodes)
        check_inputs(self.findings, nodes)
        rules.check_live_keys(self.findings, self.text)
        if self.text.mode == "live" and complete:
            rules.check_guard(self.findings, nodes)

    def _graph(self, nodes: tuple[GraphNode, ...]) -> Graph:
        file = self.findings.document.file
        return Graph(
            name=self.text.name or (file.stem if file else "graph"),
            mode=self.text.mode,
            quality=QUALITIES.get(self.text.quality, QUALITIES["balanced"]),
            nodes=nodes,
            credits=self.text.credits,
            max_memory=int(self.text.max_memory),
            description=self.text.description,
            file=file,
            profile=self.text.profile,
            device=self.text.device,
            strict_device=self.text.strict_device,
            target_fps=self.text.target_fps,
            latency_budget_ms=self.text.latency_budget_ms,
            adapt=self.text.mode == "live" and self.text.adapt is not False,
            ladder=read_ladder(self.findings, self.text, {node.name: node for node in nodes}),
        )

    def _has_type(self, name: str, node: NodeText) -> bool:
        if node.type in self.table:
            return True
        if not self.plugins_failed:  # else it may be theirs
            help_text = did_you_mean(node.type, self.table)
            message = f"there is no node type {node.type!r}"
            self.findings.say(Code.UNKNOWN_TYPE, message, ("nodes", name, "type"), help=help_text)
        return False

    def _build(self, name: str, spec: NodeSpec) -> GraphNode | None:
        node = self.nodes[name]
        self._check_names(name, node, spec)
        rules.check_engine_keys(self.findings, name, node, spec, self.text.mode)
        fixed = self._settings(spec.fixed, name, node, spec)
        live = self._settings(spec.live, name, node, spec)
        if fixed is None or live is None:
            return None
        inputs: dict[str, Origin] = {}
        on_error: OnError = node.on_error or ("skip" if self.text.mode == "live" else "stop")
        built = GraphNode(name, spec, inputs, fixed, live, node.workers, node.batch, on_error, node.raw, node.device)
        if node.enabled:
            if node.settings.keys() <= {*spec.fixed.model_fields, *spec.live.model_fields}:  # else one is misspelled
                rules.check_together(self.findings, built)
            rules.check_files(self.findings, built)
            rules.check_models(self.findings, built, self.table.lacking)
            rules.check_device(self.findings, ("nodes", name, "device"), node.device, self.table.unfit)
        return built

    def _check_names(self, name: str, node: NodeText, spec: NodeSpec) -> None:
        known = [*spec.fixed.model_fields, *spec.live.model_fields]
        for key in node.settings:
            if key in known or (node.settings[key] is None and key in self.text.nodes):
                continue  # the latter is an input without brackets
            message = f"a {spec.name} has no setting {key!r}"
            help_text = _for_unknown_setting(key, spec, known, self.table)
            self.findings.say(Code.UNKNOWN_SETTING, message, ("nodes", name, key), key=True, help=help_text)

    def _settings(self, model: type[BaseModel], name: str, node: NodeText, spec: NodeSpec) -> BaseModel | None:
        document = self.findings.document
        given = {key: value for key, value in node.settings.items() if key in model.model_fields}
        from_command_line = {
            key: Path.cwd() for key in given if (mark := document.mark(("nodes", name, key))) and mark.label
        }
        try:
            return checked(model, given, Folders(self.folder, from_command_line))
        except ValidationError as error:
            both = {**spec.fixed.model_fields, **spec.live.model_fields}
            unknown = tuple(key for key in node.settings if key not in both)
            tell(error, self.findings, ("nodes", name), Owner(name, model, Code.MISSING_SETTING, (*given, *unknown)))
            return None


def _for_unknown_setting(key: str, spec: NodeSpec, known: Sequence[str], table: NodeTable) -> str:
    if is_nearly_in(key):
        return "its inputs stand under `in`"
    if stuck := re.match(r"(\w+)[:=](.*)", key):
        return f"a space is missing behind the colon: write {stuck[1]}: {stuck[2]}"
    help_text = did_you_mean(key, [*known, *ENGINE_KEYS])
    if help_text.startswith("there are") or not known:
        others = [
            other.name for other in table.values() if key in {**other.fixed.model_fields, **other.live.model_fields}
        ]
        if others:
            return f"{', '.join(others)} {'have' if len(others) > 1 else 'has'} one"
        return f"there are {', '.join(known)}" if known else f"a {spec.name} has no settings"
    return help_text

"""Joins nodes: which output feeds which port, by name or by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.codes import Code
from runtime.document import Place
from runtime.findings import Findings
from runtime.graph import Origin
from runtime.kinds import Kind
from runtime.node import NodeSpec, Port
from runtime.schema import NodeText
from runtime.spelling import closest, did_you_mean

Edges = Mapping[str, Mapping[str, Origin]]
"""For each node: port to origin."""


@dataclass(frozen=True, slots=True)
class Joiner:
    """Resolves the inputs of nodes.

    Attributes:
        findings: where mistakes go.
        nodes: the sound nodes, by name.
        specs: the types of those whose type is known.
        names: all names under `nodes`, those of broken nodes too.
        types: every node type there is.
    """

    findings: Findings
    nodes: Mapping[str, NodeText]
    specs: Mapping[str, NodeSpec]
    names: tuple[str, ...]
    types: Mapping[str, NodeSpec]

    def edges(self) -> Edges:
        """Returns the edges of all nodes whose type is known."""
        return {name: self._inputs(name, self.nodes[name]) for name in self.specs}

    def _inputs(self, name: str, node: NodeText) -> dict[str, Origin]:
        spec = self.specs[name]
        place: Place = ("nodes", name)
        if self._strays(name, node):
            return {}
        if node.inputs is None:
            missing = [port for port in spec.ports if not port.optional]
            if missing:
                helps = f"write {_mapping(spec, {})}" if len(missing) > 1 else "write in: NODE"
                message = f"{name} needs `in`: a {spec.name} takes {ports_of(spec)}"
                self.findings.say(Code.MISSING_INPUT, message, place, key=True, help=helps)
            return {}
        if not spec.ports:
            message = f"{name} is a source and takes no input"
            self.findings.say(Code.UNKNOWN_PORT, message, (*place, "in"), key=True, help="leave `in` out")
            return {}
        if isinstance(node.inputs, dict):
            return self._mapped(name, node.inputs)
        texts = [node.inputs] if isinstance(node.inputs, str) else node.inputs
        places = [(*place, "in", *([index] if isinstance(node.inputs, list) else [])) for index in range(len(texts))]
        for index, text in enumerate(texts):
            if text in texts[:index]:
                message = f"{text} stands in `in` of {name} a second time"
                self.findings.say(Code.UNUSED_INPUT, message, places[index], help="remove it")
        origins = {text: self._origin(text, at) for text, at in zip(texts, places, strict=True)}
        given = {text: origin for text, origin in origins.items() if origin}
        return self._by_kind(name, given) if len(given) == len(origins) else {}

    def _strays(self, name: str, node: NodeText) -> bool:
        """Says so when inputs stand where they are no inputs: under another key, or without brackets."""
        spec = self.specs[name]
        unknown = [key for key in node.settings if key not in {**spec.fixed.model_fields, **spec.live.model_fields}]
        if node.inputs is None and any(is_nearly_in(key) for key in unknown):
            return True  # said where the unknown setting is
        others = [key for key in unknown if node.settings[key] is None and key in self.names]
        if others and isinstance(node.inputs, str):
            message = f"{', '.join(others)} stands outside of `in`"
            help_text = f"several inputs stand in brackets: [{', '.join([node.inputs, *others])}]"
            self.findings.say(Code.UNKNOWN_SETTING, message, ("nodes", name, others[0]), key=True, help=help_text)
        return bool(others)

    def _mapped(self, name: str, inputs: Mapping[str, str]) -> dict[str, Origin]:
        spec = self.specs[name]
        ports = {port.name: port for port in spec.ports}
        edges: dict[str, Origin] = {}
        for port, text in inputs.items():
            place: Place = ("nodes", name, "in", port)
            if port not in ports:
                message = f"a {spec.name} has no input {port!r}; it takes {ports_of(spec)}"
                self.findings.say(Code.UNKNOWN_PORT, message, place, key=True, help=did_you_mean(port, ports))
                continue
            origin = self._origin(text, place)
            if origin and self._fits(name, ports[port], text, origin):
                edges[port] = origin
        missing = [port.name for port in ports.values() if not port.optional and port.name not in inputs]
        if missing and all(port in ports for port in inputs):
            message = f"{name} lacks its input {', '.join(missing)}; a {spec.name} takes {ports_of(spec)}"
            self.findings.say(Code.MISSING_INPUT, message, ("nodes", name, "in"))
        return edges

    def _fits(self, name: str, port: Port, text: str, origin: Origin) -> bool:
        kind = self.kind(origin)
        if issubclass(kind, port.kind):
            return True
        message = f"input {port.name!r} of {name} wants {port.kind.__name__}, but {text} gives {kind.__name__}"
        self.findings.say(
            Code.KIND_MISMATCH, message, ("nodes", name, "in", port.name), help=self._maker(name, port.kind),
            notes=[self._declared(origin[0])],
        )  # fmt: skip
        return False

    def _by_kind(self, name: str, given: Mapping[str, Origin]) -> dict[str, Origin]:
        spec = self.specs[name]
        edges: dict[str, Origin] = {}
        for port in sorted(spec.ports, key=lambda port: port.optional):  # what is needed comes first
            fitting = [
                text
                for text, origin in given.items()
                if issubclass(self.kind(origin), port.kind) and not (port.optional and origin in edges.values())
            ]
            rivals = [other for other in spec.ports if other.kind is port.kind and not other.optional]
            if len(fitting) == 1 and (len(rivals) == 1 or port.optional):
                edges[port.name] = given[fitting[0]]
            elif not port.optional or len(fitting) > 1:
                self._say_ambiguous(name, port, fitting, rivals, given)
                return edges
        unused = [text for text, origin in given.items() if origin not in edges.values()]
        if unused:
            message = f"{name} has no input for {', '.join(unused)}; a {spec.name} takes {ports_of(spec)}"
            self.findings.say(Code.UNUSED_INPUT, message, ("nodes", name, "in"))
        return edges

    def _say_ambiguous(
        self, name: str, port: Port, fitting: list[str], rivals: list[Port], given: Mapping[str, Origin]
    ) -> None:
        spec = self.specs[name]
        place: Place = ("nodes", name, "in")
        if not fitting:
            kinds = ", ".join(f"{text} gives {self.kind(origin).__name__}" for text, origin in given.items())
            message = f"input {port.name!r} of {name} wants {port.kind.__name__}; {kinds or 'nothing is given'}"
            self.findings.say(Code.KIND_MISMATCH, message, place, help=self._maker(name, port.kind))
            return
        why = f"{' and '.join(fitting)} both give" if len(fitting) > 1 else "several of its inputs take"
        of_others = f" as {', '.join(repr(r.name) for r in rivals if r is not port)}" if len(rivals) > 1 else ""
        message = f"which input of {name} is {port.name!r}{of_others}? {why} {port.kind.__name__}"
        mapping = _mapping(spec, {text: self.kind(origin) for text, origin in given.items()})
        self.findings.say(Code.AMBIGUOUS_INPUT, message, place, help=f"write {mapping}")

    def _origin(self, text: str, place: Place) -> Origin | None:
        source, dot, output = text.partition(".")
        if source not in self.names:
            self._say_unknown(text, source, place)
            return None
        if source not in self.specs:
            return None  # what is wrong with it has been said
        outputs = [out.name for out in self.specs[source].outputs]
        choices = " or ".join(f"{source}.{out}" if out else source for out in outputs)
        if not outputs:
            self.findings.say(Code.NO_OUTPUT, f"{source} is a sink and gives nothing", place)
        elif dot and output not in outputs:
            help_text = f"write {choices}"
            self.findings.say(Code.UNKNOWN_OUTPUT, f"{source} has no output {output!r}", place, help=help_text)
        elif not dot and len(outputs) > 1:
            self.findings.say(Code.WHICH_OUTPUT, f"{source} has several outputs", place, help=f"write {choices}")
        else:
            return source, output or outputs[0]
        return None

    def _say_unknown(self, text: str, source: str, place: Place) -> None:
        parts = text.replace(",", " ").split()
        if len(parts) > 1 and all(part in self.names for part in parts):
            help_text = f"several inputs stand in brackets: [{', '.join(parts)}]"
        elif source in self.types:
            same = [name for name, spec in self.specs.items() if spec.name == source]
            help_text = f"{source} is a type; a node is named by its own name" + (f": {same[0]}" if same else "")
        else:
            help_text = did_you_mean(source, self.names)
        self.findings.say(Code.UNKNOWN_NODE, f"there is no node {source!r}", place, help=help_text)

    def kind(self, origin: Origin) -> type[Kind]:
        """Returns what an output gives."""
        outputs = self.specs[origin[0]].outputs
        return next(output.kind for output in outputs if not origin[1] or output.name == origin[1])

    def _declared(self, node: str) -> str:
        return f"{node} is a {self.specs[node].name} ({self.findings.line(('nodes', node))})"

    def _maker(self, name: str, kind: type[Kind]) -> str:
        """Returns which nodes could stand there: those of the graph, else the types that give this kind."""
        here = [
            f"{other}.{output.name}" if output.name else other
            for other, spec in self.specs.items() if other != name
            for output in spec.outputs if issubclass(output.kind, kind)
        ]  # fmt: skip
        if here:
            return f"{kind.__name__} comes from {' or '.join(here[-3:])}"
        types = [t for t, spec in self.types.items() if any(issubclass(o.kind, kind) for o in spec.outputs)]
        return f"a node of type {' or '.join(types)} gives {kind.__name__}" if types else ""


def is_nearly_in(key: str) -> bool:
    """Returns whether somebody who wrote this key meant `in`."""
    return key in {"input", "inputs", "from", "after"} or closest(key, ["in"]) is not None


def ports_of(spec: NodeSpec) -> str:
    """Returns the inputs of a type as words."""
    return ", ".join(
        f"{port.name} ({port.kind.__name__}{', optional' if port.optional else ''})" for port in spec.ports
    )


def _mapping(spec: NodeSpec, kinds: Mapping[str, type[Kind]]) -> str:
    """Returns the mapping to write, with the given nodes where their kinds fit, in their order."""
    left = dict(kinds)
    parts = []
    for port in spec.ports:
        found = next((text for text, kind in left.items() if issubclass(kind, port.kind)), None)
        if found:
            del left[found]
        if found or not port.optional:
            parts.append(f"{port.name}: {found or 'NODE'}")
    return f"in: {{{', '.join(parts)}}}"

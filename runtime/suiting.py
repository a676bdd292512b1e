"""Whether nodes can work with what they are given: asks node types for what `runtime/told.py` describes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel

from runtime.codes import Code
from runtime.findings import Findings
from runtime.graph import GraphNode
from runtime.kinds import Frame
from runtime.settings import values_of
from runtime.told import Given, Told, Unsuited


def given_of(nodes: Iterable[GraphNode]) -> dict[str, Given]:
    """Returns what each node is told of its inputs; the nodes stand in topological order, broken ones may be missing.

    What one says of its outputs takes the place of what it was told; the rest passes through. Pictures tell nothing.
    """
    given: dict[str, Given] = {}
    told: dict[str, Given] = {}
    for node in nodes:
        kinds = {port.name: port.kind for port in node.spec.ports}
        origins = [origin for port, (origin, _) in node.inputs.items() if kinds[port] is not Frame]
        given[node.name] = {
            topic: told_of for origin in reversed(origins) for topic, told_of in told.get(origin, {}).items()
        }
        gives = getattr(node.spec.target, "gives", None)
        own = gives(values_of(node.fixed)) if gives else {}
        told[node.name] = {**given[node.name], **{topic: Told(tuple(own[topic]), node.name) for topic in own}}
    return given


def unsuited(node: GraphNode, live: BaseModel, given: Given) -> Iterator[Unsuited]:
    """Yields what cannot work with what a node is given, under other live settings."""
    check = getattr(node.spec.target, "check_inputs", None)
    if check:
        yield from check({**values_of(node.fixed), **values_of(live)}, given)


def check_inputs(findings: Findings, nodes: Mapping[str, GraphNode]) -> None:
    """Finds settings that cannot work with what their node is given."""
    given = given_of(nodes.values())
    for node in nodes.values():
        for setting, topic, reason, help_text in unsuited(node, node.live, given[node.name]):
            here = ("nodes", node.name, setting)
            written = here in findings.document.values
            tellers = [given[node.name][topic].node] if topic else []
            notes = [f"{name} is a {nodes[name].spec.name} ({findings.line(('nodes', name))})" for name in tellers]
            findings.say(
                Code.UNSUITED_INPUT, f"{setting} of {node.name}: {reason}", here if written else here[:2],
                key=not written, help=help_text, notes=notes,
            )  # fmt: skip

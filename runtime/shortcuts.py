"""The command line's short ways to a graph's ends: -s for the face, -t for the source, -o for the sink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runtime.codes import Code
from runtime.diagnostics import Diagnostic
from runtime.node import NodeSpec
from runtime.overrides import Override
from runtime.schema import NodeText


@dataclass(frozen=True, slots=True)
class End:
    """A value for whichever node of a graph has the setting that a flag stands for."""

    flag: str
    value: str

    @property
    def setting(self) -> str:
        """The setting's name."""
        return {"-s": "face", "-t": "uri", "-o": "to"}[self.flag]

    def fits(self, spec: NodeSpec) -> bool:
        """Returns whether a node of this type may be meant."""
        match self.flag:
            case "-s":
                return "face" in spec.fixed.model_fields
            case "-t":
                return spec.role == "source" and "uri" in spec.fixed.model_fields
            case _:
                return spec.role == "sink" and "to" in spec.fixed.model_fields


def found_ends(
    ends: Sequence[End], nodes: Mapping[str, NodeText], table: Mapping[str, NodeSpec]
) -> tuple[list[Override], list[Diagnostic]]:
    """Returns what the ends mean in a graph, and which of them mean nothing, or several things."""
    overrides: list[Override] = []
    found: list[Diagnostic] = []
    for end in ends:
        fitting = [
            name for name, node in nodes.items() if node.enabled and node.type in table and end.fits(table[node.type])
        ]
        meant = Override(f"{''.join(fitting[:1])}.{end.setting}", end.value, end.flag, end.value)
        if len(fitting) == 1:
            overrides.append(meant)
        elif not fitting:
            message = f"no node of the graph has a setting {end.setting!r} that {end.flag} could set"
            found.append(Diagnostic(Code.NO_SUCH_END, message, meant.mark()))
        else:
            ways = " or ".join(f"--set {name}.{end.setting}={end.value}" for name in fitting)
            message = f"{end.flag} could mean {' or '.join(fitting)}"
            found.append(Diagnostic(Code.SEVERAL_ENDS, message, meant.mark(), f"use {ways}"))
    return overrides, found

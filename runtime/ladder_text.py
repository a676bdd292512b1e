"""Reads the ladder that a graph file gives: texts such as `faces.every_ms=500` and `fps=20`, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from runtime.codes import Code
from runtime.document import Place, parse_value
from runtime.errors import GraphError
from runtime.findings import Findings
from runtime.graph import GraphNode
from runtime.live_settings import in_words
from runtime.rung import FPS, Rung
from runtime.schema import GraphText
from runtime.settings import checked
from runtime.spelling import did_you_mean

FORM = "write NODE.SETTING=VALUE, or fps=NUMBER"


def read_ladder(findings: Findings, text: GraphText, nodes: Mapping[str, GraphNode]) -> tuple[Rung, ...] | None:
    """Returns a graph's own ladder, or None where it has none; steps of nodes that are switched off are left out.

    Args:
        findings: takes what is wrong with it.
        text: the graph file.
        nodes: the sound and enabled nodes.
    """
    if text.ladder is None:
        return None
    rungs = (_rung(findings, index, step, text, nodes) for index, step in enumerate(text.ladder))
    return tuple(rung for rung in rungs if rung is not None)


def _rung(findings: Findings, index: int, step: str, text: GraphText, nodes: Mapping[str, GraphNode]) -> Rung | None:
    place: Place = ("ladder", index)
    path, equals, written = (part.strip() for part in step.partition("="))
    node, dot, setting = path.partition(".")
    try:
        value = parse_value(written)
    except GraphError:
        equals = ""
    if not equals or not (dot or path == FPS):
        findings.say(Code.BAD_VALUE, f"{step!r} is no step of a ladder", place, help=FORM)
    elif path == FPS:
        return _cap(findings, value, place)
    elif node in nodes:
        return _setting(findings, nodes[node], setting, value, place)
    elif node not in text.nodes:
        findings.say(Code.UNKNOWN_NODE, f"there is no node {node!r}", place, help=did_you_mean(node, text.nodes))
    return None


def _cap(findings: Findings, value: Any, place: Place) -> Rung | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 1:
        return Rung(None, FPS, value)
    findings.say(Code.OUT_OF_RANGE, f"fps is a number, 1 or more, not {value!r}", place)
    return None


def _setting(findings: Findings, node: GraphNode, setting: str, value: Any, place: Place) -> Rung | None:
    live, fixed = node.spec.live, node.spec.fixed
    if setting in fixed.model_fields:
        message = f"another {setting} rebuilds {node.name}, so no step can change it"
        findings.say(Code.UNKNOWN_SETTING, message, place, help=_choice(node))
    elif setting not in live.model_fields:
        message = f"a {node.spec.name} has no setting {setting!r}"
        findings.say(Code.UNKNOWN_SETTING, message, place, help=did_you_mean(setting, live.model_fields))
    else:
        try:
            made = checked(live, {**node.live.model_dump(mode="json"), setting: value})
            return Rung(node.name, setting, getattr(made, setting))
        except ValidationError as error:
            findings.say(Code.BAD_VALUE, str(in_words(error, node.name, live)), place)
    return None


def _choice(node: GraphNode) -> str:
    names = ", ".join(node.spec.live.model_fields)
    return f"live settings are {names}" if names else f"a {node.spec.name} has no live settings"

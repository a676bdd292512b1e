"""The engine's own keys of graphs and nodes: what they are for, and which of them a node type can have.

Their types and defaults are in `runtime/schema.py`; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic.json_schema import JsonSchemaValue

from runtime.node import NodeSpec
from runtime.schema import NodeText
from runtime.setting_schema import model_schemas

GRAPH_KEYS: Mapping[str, str] = {
    "name": "What the graph is called in messages; by default its file's name.",
    "description": "One line about what it is for.",
    "mode": "live: the newest frame wins. file: every frame, in order, nothing dropped.",
    "quality": "What a live graph asks of a camera; it never shrinks a file.",
    "nodes": "The nodes by name; the names are yours to choose.",
    "credits": "Most frames in flight; by default the planner decides.",
    "max_memory": "Ceiling for the pictures in flight, in bytes or as 512 MiB.",
    "target_fps": "Rate that a live graph holds and does not pass; null is the source's, else that of `quality`.",
    "latency_budget_ms": "How old a live picture may be when shown (p95), by default 100; null does not limit it.",
    "adapt": "Whether a live graph takes less work upon itself while it cannot hold the two above; null is true.",
    "ladder": "Steps by which it does, as NODE.SETTING=VALUE or fps=NUMBER, the first one first; null chooses them.",
    "plugins": "Python files with further node types; relative paths start at this file.",
    "device": "Where networks run whose node names no device: auto (the planner chooses), cpu, coreml:ane, cuda:0, ...",
    "strict_device": "true takes it for an error when a device leaves operators of a network to the CPU.",
}

NODE_KEYS: Mapping[str, str] = {
    "workers": "Threads that run it side by side; frames stay in order.",
    "batch": "Most frames that it takes at once; a live graph never waits for more.",
    "on_error": "When it raises: skip the frame, stop the run, or repeat its last good answer; null is skip in live "
    "graphs and stop in file graphs.",
    "enabled": "false leaves the node out; what it would have changed passes it by.",
    "raw": "true also shows frames in which a face may be bare.",
    "device": "Where its networks run; null is the graph's device, auto leaves it to the planner.",
}


def may_run_networks(spec: NodeSpec) -> bool:
    """Returns whether a node of a type can get at networks: those come with a `Context`."""
    return spec.role == "node" and spec.context is not None


def key_schemas(spec: NodeSpec) -> Mapping[str, JsonSchemaValue]:
    """Returns the schemas of the engine's keys that say something for a node type, besides `type` and `in`."""
    applies = {
        "workers": spec.role == "node" and not spec.ordered,
        "batch": spec.batched,
        "on_error": spec.role != "source",
        "enabled": True,
        "raw": spec.role == "sink",
        "device": may_run_networks(spec),
    }
    schemas = model_schemas(NodeText, [key for key in NODE_KEYS if applies[key]]).fields
    if spec.role == "sink":  # it has no answer to repeat
        return {**schemas, "on_error": _without("repeat", schemas["on_error"])}
    return schemas


def _without(choice: str, schema: JsonSchemaValue) -> JsonSchemaValue:
    """Returns a schema in which a choice of its enums is left out."""
    parts = [_without(choice, part) for part in schema.get("anyOf", ())]
    choices = [item for item in schema.get("enum", ()) if item != choice]
    return {**schema, **({"anyOf": parts} if parts else {}), **({"enum": choices} if choices else {})}

"""What holds for a graph as a whole: ends, circles, dead ends, switched-off nodes, files, and bare faces."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from runtime.codes import Code
from runtime.diagnostics import shortened
from runtime.document import Place
from runtime.edges import Edges
from runtime.findings import Findings
from runtime.graph import GraphNode, Origin, stand_ins, without_stand_in
from runtime.keys import may_run_networks
from runtime.node import NodeSpec
from runtime.order import circle_in, in_order, reached, reversed_links
from runtime.schema import AUTO, GraphText, NodeText
from runtime.settings import NamedPath, is_dir, is_file, named_models, named_paths, values_of
from runtime.spelling import closest
from runtime.table import Lacking, Unfit


def order_of(findings: Findings, edges: Edges) -> list[str]:
    """Returns the nodes so that each follows what it depends on, else as written; none where they run in circles."""
    after = _after(edges)
    order = in_order(after)
    if len(order) == len(edges):
        return order
    while circle := circle_in(after):
        _say_circle(findings, circle)
        after = {name: before - set(circle) for name, before in after.items() if name not in circle}
    return []


def check_ends(findings: Findings, nodes: Mapping[str, NodeText], specs: Mapping[str, NodeSpec]) -> None:
    """Finds missing sources and sinks."""
    roles = {specs[name].role for name in specs if nodes[name].enabled}
    off = {specs[name].role: name for name in specs if not nodes[name].enabled}
    for code, role, help_text in (
        (Code.NO_SOURCE, "source", "add for example camera: {type: source, uri: auto}"),
        (Code.NO_SINK, "sink", "add for example screen: {type: sink, in: NODE, to: auto}"),
    ):
        if role in off and role not in roles:
            message = f"{off[role]} is switched off, and the graph has no other {role}"
            findings.say(code, message, ("nodes", off[role], "enabled"))
        elif nodes and role not in roles:
            findings.say(code, f"the graph has no {role}", ("nodes",), key=True, help=help_text)


def check_reach(findings: Findings, edges: Edges, specs: Mapping[str, NodeSpec]) -> None:
    """Finds nodes that no source feeds, and nodes and outputs that feed no sink."""
    after = _after(edges)
    fed = reached(reversed_links(after), (name for name, spec in specs.items() if spec.role == "source"))
    useful = reached(after, (name for name, spec in specs.items() if spec.role == "sink"))
    for name in specs.keys() - fed:
        message = f"no source feeds {name}, so it would never run"
        findings.say(Code.UNREACHABLE, message, ("nodes", name), key=True, help="join it with `in`")
    if len(fed) == len(specs):
        _check_use(findings, edges, specs, useful)


def _check_use(findings: Findings, edges: Edges, specs: Mapping[str, NodeSpec], useful: set[str]) -> None:
    used = {origin for inputs in edges.values() for origin in inputs.values()}
    for name, spec in specs.items():
        if name not in useful:
            message = f"nothing of {name} reaches a sink, so its work is wasted"
            findings.say(Code.UNUSED_NODE, message, ("nodes", name), key=True, help="use it, or remove it")
        elif len(spec.outputs) > 1:
            for output in spec.outputs:
                if (name, output.name) not in used:
                    message = f"nobody takes the output {name}.{output.name}"
                    findings.say(Code.UNUSED_OUTPUT, message, ("nodes", name), key=True)


def bypass(
    findings: Findings, order: list[str], nodes: Mapping[str, NodeText], specs: Mapping[str, NodeSpec], edges: Edges
) -> dict[str, dict[str, Origin]]:
    """Returns the edges with disabled nodes left out: what they would have changed passes them by."""
    passes: dict[Origin, Origin] = {}
    joined: dict[str, dict[str, Origin]] = {}
    for name in order:
        joined[name] = {port: passes.get(origin, origin) for port, origin in edges[name].items()}
        if nodes[name].enabled or specs[name].role == "source":
            continue
        stands = stand_ins(specs[name], joined[name])
        for output in specs[name].outputs:
            if output.name in stands:
                passes[name, output.name] = joined[name][stands[output.name]]
            elif users := [o for o in order if nodes[o].enabled and (name, output.name) in edges[o].values()]:
                message = without_stand_in(name, output)
                notes = [f"{user} needs it ({findings.line(('nodes', user))})" for user in users]
                help_text = f"join {' and '.join(users)} to something else, or switch that off too"
                place = ("nodes", name, "enabled")
                findings.say(Code.NOT_SWITCHABLE, message, place, help=help_text, notes=notes)
    return joined


def check_engine_keys(findings: Findings, name: str, node: NodeText, spec: NodeSpec, mode: str) -> None:
    """Finds keys that the engine cannot keep for this type or mode."""
    source, sink, several = spec.role == "source", spec.role == "sink", node.workers > 1
    repeat = node.on_error == "repeat"
    one_thread = f"{name} is a source: it has one thread, and its errors end the run"
    for wrong, code, key, message, help_text in (
        (source and several, Code.SOURCE_KEYS, "workers", one_thread, ""),
        (source and node.on_error, Code.SOURCE_KEYS, "on_error", one_thread, ""),
        (not source and several and spec.ordered, Code.WORKERS, "workers",
         f"a {spec.name} sees all frames in order, so it has one worker", ""),
        (node.batch > 1 and not spec.batched, Code.BATCH, "batch", f"a {spec.name} takes one frame at a time", ""),
        (node.device and not may_run_networks(spec), Code.DEVICE, "device",
         f"a {spec.name} runs no network", "remove it"),
        (node.raw and not sink, Code.RAW, "raw", f"`raw` belongs to sinks, and {name} is a {spec.name}", ""),
        (not source and node.on_error == "skip" and mode == "file", Code.ON_ERROR, "on_error",
         "a file keeps all its frames, so none may be skipped", "write stop or repeat"),
        (sink and repeat, Code.ON_ERROR, "on_error",
         "a sink gives nothing that could be repeated", "write skip or stop"),
        (not source and not sink and repeat and several, Code.ON_ERROR, "on_error",
         "with several workers the last good answer depends on timing", "set workers: 1, or on_error: stop"),
    ):  # fmt: skip
        if wrong:
            findings.say(code, message, ("nodes", name, key), key=code is Code.RAW, help=help_text)


def check_live_keys(findings: Findings, text: GraphText) -> None:
    """Warns of keys that say nothing in file mode."""
    if text.mode == "live":
        return
    asked = [key for key in ("target_fps", "latency_budget_ms", "ladder") if (key,) in findings.document.values]
    for key in [*asked, *(["adapt"] if text.adapt else [])]:
        message = f"{key} says nothing in file mode, where every frame comes out, however long it takes"
        findings.say(Code.LIVE_ONLY, message, (key,), key=True, help="remove it, or set mode: live")


def check_guard(findings: Findings, nodes: Mapping[str, GraphNode]) -> None:
    """Warns of live sinks that show bare faces, or that stand still when one cannot be swapped."""
    after = _after({name: node.inputs for name, node in nodes.items()})
    for name, node in nodes.items():
        if node.spec.role != "sink":
            continue
        if node.raw:
            message = f"{name} shows every picture, with bare faces too"
            findings.say(Code.RAW_SINK, message, ("nodes", name, "raw"), key=True)
        elif not any(_answers_always(nodes[origin]) for origin in reached(after, [name])):
            message = f"{name} has no guard before it: its picture stands still while a face cannot be swapped"
            help_text = "put a guard before it, or set raw: true where no faces are swapped"
            findings.say(Code.UNGUARDED_SINK, message, ("nodes", name), key=True, help=help_text)


def check_together(findings: Findings, node: GraphNode) -> None:
    """Finds settings that do not go together, as the node's own `check_settings` says."""
    check = getattr(node.spec.target, "check_settings", None)
    for setting, reason in check(values_of(node.fixed)) if check else ():
        here = ("nodes", node.name, setting)
        if here in findings.document.values:
            findings.say(Code.BAD_VALUE, f"{setting} of {node.name}: {reason}", here)
        else:
            message = f"{node.name} needs the setting {setting!r}"
            findings.say(Code.MISSING_SETTING, message, here[:2], key=True, help=reason)


def check_files(findings: Findings, node: GraphNode) -> None:
    """Finds files that are not there, among the settings that the text gives."""
    for named in (*named_paths(node.fixed), *named_paths(node.live)):
        if ("nodes", node.name, named.setting) not in findings.document.values:
            continue
        place = ("nodes", node.name, *named.steps)
        if named.mark.format == "state" or (node.spec.role == "sink" and named.mark.format == "address"):
            if not is_dir(named.path.parent):
                message = f"the folder of {named.setting} is not there: {shortened(named.path.parent)}"
                findings.say(Code.MISSING_FOLDER, message, place, help="make it first")
        elif not is_file(named.path):
            _say_missing_file(findings, named, place)


def check_models(findings: Findings, node: GraphNode, lacking: Lacking) -> None:
    """Finds models that are not here, named by the text or by a default."""
    for setting, name in (*named_models(node.fixed), *named_models(node.live)):
        missing = lacking(name)
        if not missing:
            continue
        here = ("nodes", node.name, setting)
        written = here in findings.document.values
        others = ", ".join(model for model in missing if model != name)
        message = f"the model {name} is not here" if name in missing else f"the model {name} needs {others}: not here"
        kind, _, own = name.rpartition(":")
        way = f"import {own}.{kind}" if kind else f"pull {name}"  # `dfm:NAME` is a file of the user's own
        help_text = f"get it with: python dlc.py models {way}"
        findings.say(Code.MISSING_MODEL, message, here if written else here[:2], key=not written, help=help_text)


def check_device(findings: Findings, place: Place, device: str | None, unfit: Unfit) -> None:
    """Finds a device that does not exist, or that nothing here can run."""
    if device is not None and device != AUTO and (fault := unfit(device)):
        code = Code.MISSING_DEVICE if fault.exists else Code.UNKNOWN_DEVICE
        findings.say(code, fault.message, place, help=fault.help)


def check_outputs(findings: Findings, nodes: Mapping[str, GraphNode]) -> None:
    """Finds sinks that write over a file that another node reads, and sinks that write one file."""
    read = [path for node in nodes.values() if node.spec.role != "sink" for path in node.files()]
    written: dict[Path, str] = {}
    for node in nodes.values():
        for named in named_paths(node.fixed) if node.spec.role == "sink" else ():
            place = ("nodes", node.name, named.setting)
            if is_file(named.path) and any(named.path.samefile(other) for other in read):
                message = f"{node.name} would write over {named.path.name}, which the graph reads"
                findings.say(Code.OVERWRITE, message, place, help="choose another name")
            first = written.setdefault(named.path.resolve(), node.name)
            if first != node.name:
                message = f"{node.name} would write over what {first} writes"
                findings.say(Code.OVERWRITE, message, place, help="choose another name")


def _after(edges: Edges) -> dict[str, set[str]]:
    """Returns, for each node, those that it takes something from."""
    return {name: {origin for origin, _ in inputs.values()} for name, inputs in edges.items()}


def _say_circle(findings: Findings, circle: list[str]) -> None:
    ends = zip([circle[-1], *circle], circle, strict=False)
    notes = [f"{name} takes {origin} ({findings.line(('nodes', name, 'in'))})" for origin, name in ends]
    message = f"the nodes run in a circle: {' -> '.join([*circle, circle[0]])}"
    findings.say(Code.CYCLE, message, ("nodes", circle[0]), key=True, notes=notes)


def _answers_always(node: GraphNode) -> bool:
    """Whether it is told of frames that failed, as a guard is, and so can answer for them."""
    return node.spec.role == "node" and any(port.tolerant for port in node.spec.ports)


def _say_missing_file(findings: Findings, named: NamedPath, place: Place) -> None:
    if is_dir(named.path):
        message, help_text = f"{named.setting} names a folder: {named.path}", "name a file in it"
    else:
        message = f"there is no file {shortened(named.path)}"
        help_text = _for_missing_file(findings, named, place)
    findings.say(Code.MISSING_FILE, message, place, help=help_text)


def _for_missing_file(findings: Findings, named: NamedPath, place: Place) -> str:
    mark = findings.document.mark(place)
    written = mark.text[mark.column - 1 : mark.column - 1 + mark.length] if mark else ""
    if not str(named.path).isprintable():
        return "\\ has a meaning in double quotes: use single quotes, or / in paths"
    if set(written) & set("“”„"):
        return 'these quotes are typographic: use " or none'
    folder = named.path.parent
    there = [file.name for file in folder.iterdir() if file.suffix == named.path.suffix] if is_dir(folder) else []
    if near := closest(named.path.name, there):
        return f"did you mean {near!r}?"
    if written.strip("'\"").startswith(("/", "~")):
        return ""
    return f"relative paths start at {'the working directory' if mark and mark.label else 'the graph file'}"

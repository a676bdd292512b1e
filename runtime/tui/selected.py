"""One line about the node that the cursor is on: what the table has no room for."""

from __future__ import annotations

from runtime.tui import amounts
from runtime.tui.line import Line, Part, clean, packed, part
from runtime.tui.node_rows import BOTTLENECK, CURSOR, counters, origins
from runtime.tui.scene import Scene
from runtime.view import NodeNow


def selected(scene: Scene, width: int) -> Line:
    """Returns the line."""
    node = scene.node
    if node is None:
        return Line()
    now = scene.now_of(node)
    parts = [
        part((f"{CURSOR} ", "strong"), (clean(node.name), "strong"), f" {clean(node.type)}"),
        part((f"{BOTTLENECK} sets the pace", "warning") if node.name == scene.state.bottleneck else "", rank=1),
        part(("bypassed", "warning") if now.bypassed else "", rank=1),
        *(_figures(now) if now.calls else [part(("on ", "quiet"), runs_on(now), rank=2)]),
        part((counters(now), "plain"), rank=4),
        part((origins(node), "quiet"), rank=5),
        part((clean(node.summary), "quiet"), rank=6),
    ]
    return packed(parts, width)


def runs_on(now: NodeNow) -> str:
    """Returns a node's device, and what really runs it where that is told."""
    return f"{clean(now.device)} ({clean(now.placement)})" if now.placement else clean(now.device)


def _figures(now: NodeNow) -> list[Part]:
    return [
        part(("on ", "quiet"), runs_on(now), rank=2),
        part(("p99 ", "quiet"), f"{amounts.milliseconds(now.p99)} ms", rank=3),
        part((f"{now.errors} errors", amounts.bad(now.errors, "error")), rank=1),
        part((f"{now.skipped} skipped", amounts.bad(now.skipped, "warning")), rank=2),
    ]

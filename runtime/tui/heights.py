"""How a terminal's lines are shared out among the parts of the dashboard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runtime.tui import heading, journey

INLINE = 10
"""Lines of the dashboard under a prompt."""

_LOG_WANTED = 8
"""Lines of the log before each node gets a second line."""


@dataclass(frozen=True, slots=True)
class Heights:
    """Lines for each part; `tall` gives each node two of them."""

    heading: int = 0
    journey: int = 0
    nodes: int = 0
    selected: int = 0
    log: int = 0
    keys: int = 0
    tall: bool = False


def heights(height: int, nodes: int, keys: int) -> Heights:
    """Shares out lines: what matters most gets its first lines first.

    Args:
        height: lines of the terminal, less those that an answer takes.
        nodes: of the graph.
        keys: lines that all keys need.
    """
    nodes = max(1, nodes)
    wishes = [
        ("heading", 1), ("nodes", 2), ("journey", 2), ("keys", 1), ("heading", 1), ("log", 2), ("nodes", nodes - 1),
        ("journey", journey.HEIGHT - 2), ("selected", 1), ("heading", heading.HEIGHT - 2), ("keys", keys - 1),
        ("log", _LOG_WANTED - 2),
    ]  # fmt: skip
    given = _given(height, wishes)
    left = height - sum(given.values())
    tall = left >= nodes and given["nodes"] > nodes
    if tall:
        given["nodes"] += nodes
        left -= nodes
    given["log"] += left
    return Heights(**given, tall=tall)


def inline_heights(answer: int) -> Heights:
    """Returns the shares of the few lines under a prompt: no table, but the node that the cursor is on.

    An answer takes its lines from the log and then from that node.
    """
    return Heights(heading=2, journey=journey.HEIGHT, selected=answer < INLINE - 7, log=max(0, 2 - answer), keys=1)


def _given(height: int, wishes: Iterable[tuple[str, int]]) -> dict[str, int]:
    given = dict.fromkeys(("heading", "journey", "nodes", "selected", "log", "keys"), 0)
    for name, rows in wishes:
        given[name] += min(rows, max(0, height - sum(given.values())))
    return given

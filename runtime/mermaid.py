"""A graph as the text of a Mermaid flowchart, which GitHub and many editors draw.

Sources are rounded, sinks have double sides; dotted edges lead to ports that also take skipped frames.
"""

from __future__ import annotations

import json
import re

from runtime.captions import origin_words, port_words, printable, settings_words
from runtime.graph import Edge, Graph, GraphNode
from runtime.node import Role

_SHAPES: dict[Role, tuple[str, str]] = {"source": ("([", "])"), "node": ("[", "]"), "sink": ("[[", "]]")}


def mermaid(graph: Graph) -> str:
    """Returns the flowchart, a line for each node and each edge."""
    ids = {node.name: f"n{number}" for number, node in enumerate(graph.nodes, 1)}  # a name may be a word of Mermaid's
    return "\n".join(
        [
            "---",
            f"title: {json.dumps(graph.name)}",
            "---",
            "flowchart LR",
            *(f"    {ids[node.name]}{_box(node, graph)}" for node in graph.nodes),
            *(f"    {ids[edge.origin[0]]} {_arrow(edge)} {ids[edge.to.name]}" for edge in graph.edges()),
        ]
    )


def _box(node: GraphNode, graph: Graph) -> str:
    opening, closing = _SHAPES[node.spec.role]
    lines = [node.name, node.spec.name, *settings_words(node, graph)]
    return f'{opening}"{"<br>".join(_escaped(line) for line in lines)}"{closing}'


def _arrow(edge: Edge) -> str:
    output = edge.origin[1] and f"{origin_words(edge.origin)}, "
    return f'{"-.->" if edge.port.tolerant else "-->"}|"{_escaped(output + port_words(edge))}"|'


def _escaped(text: str) -> str:
    """Returns text as a quoted label takes it: whatever Mermaid, Markdown or HTML might read is a character code."""
    return re.sub(r"[^\w .,:=()/+-]", lambda match: f"#{ord(match[0])};", printable(text))

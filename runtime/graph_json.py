"""A graph as data for other programs. The keys stay as they are; new ones may be added.

    version       1
    name, description, mode
    file          where the graph comes from, or null
    quality       {name, width, height, fps}: asked of live sources
    credits       frames in flight, or null when the planner decides
    max_memory    ceiling for buffers, bytes
    nodes         in topological order, each
        name, type
        role      source | node | sink
        settings  all of them, defaults included; paths are absolute
        workers, batch, on_error, raw
    edges         in the order of the nodes that they lead to, each
        from      node
        output    its output; empty when it has only one
        to, port  node and port that it leads to
        kind      what flows: Frame, Faces, Patches, or a plug-in's own
        optional  the port may stay unconnected
        tolerant  the port also takes frames that were skipped on their way

Nodes that are switched off are not part of a checked graph.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from runtime.captions import quality_name
from runtime.graph import Edge, Graph, GraphNode


def graph_data(graph: Graph) -> dict[str, Any]:
    """Returns the graph as dictionaries, lists, text and numbers."""
    return {
        "version": 1,
        "name": graph.name,
        "description": graph.description,
        "mode": graph.mode,
        "file": str(graph.file.resolve()) if graph.file else None,
        "quality": {"name": quality_name(graph), **asdict(graph.quality)},
        "credits": graph.credits,
        "max_memory": graph.max_memory,
        "nodes": [_node_data(node) for node in graph.nodes],
        "edges": [_edge_data(edge) for edge in graph.edges()],
    }


def _node_data(node: GraphNode) -> dict[str, Any]:
    return {
        "name": node.name,
        "type": node.spec.name,
        "role": node.spec.role,
        "settings": node.fixed.model_dump(mode="json") | node.live.model_dump(mode="json"),
        "workers": node.workers,
        "batch": node.batch,
        "on_error": node.on_error,
        "raw": node.raw,
    }


def _edge_data(edge: Edge) -> dict[str, Any]:
    return {
        "from": edge.origin[0],
        "output": edge.origin[1],
        "to": edge.to.name,
        "port": edge.port.name,
        "kind": edge.kind.__name__,
        "optional": edge.port.optional,
        "tolerant": edge.port.tolerant,
    }

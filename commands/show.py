"""`show`: a graph as a picture, in text, as Mermaid, or as JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from commands.common import GraphName, Sets, graph_file, node_table

if TYPE_CHECKING:
    from runtime.graph import Graph

Format = Annotated[Literal["text", "mermaid", "json"], typer.Option("--format", help="What to print.")]


def show(
    graph: GraphName = "live_balanced",
    sets: Sets = None,
    form: Format = "text",
) -> None:
    """Draws a graph after checking it: its nodes, and what flows between them.

    Nodes that are switched off are left out, and their edges pass them by, as in a run. Its models need not be here.
    """
    from runtime.graph_json import graph_data
    from runtime.loading import load_graph
    from runtime.mermaid import mermaid
    from runtime.overrides import parse_overrides

    loaded = load_graph(graph_file(graph), node_table(runs=False), parse_overrides(sets or ()))
    sys.stdout.reconfigure(errors="replace")  # a name that this terminal cannot write is no reason to fail
    if form == "text":
        _draw(loaded)
    else:
        print(mermaid(loaded) if form == "mermaid" else json.dumps(graph_data(loaded), indent=2))


def _draw(graph: Graph) -> None:
    from rich.console import Console

    from runtime.drawing import drawing
    from runtime.rails import ASCII

    screen = Console(highlight=False, width=None if sys.stdout.isatty() else 80)
    text = drawing(graph, screen.width)
    try:
        "".join(map(chr, ASCII)).encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text.plain = text.plain.translate(ASCII)
    screen.print(text, no_wrap=True, overflow="ignore", crop=False)

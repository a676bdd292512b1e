"""A graph drawn in text: its nodes from top to bottom, with rails beside them for what flows.

Every edge also says where it comes from, so the drawing can do without rails where there is no room for them, and
without colours always.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.cells import cell_len, chop_cells
from rich.text import Text

from runtime.captions import legend, mode_words, origin_words, port_words, printable, settings_words
from runtime.graph import Graph
from runtime.rails import Cell, Row, joints, rail_rows

Piece = tuple[str, str]
"""Some words that stay on one line if they can, and their style."""

Styles = Mapping[str, str]
"""A colour for each kind."""

MIN_WIDTH = 24
"""Columns below which nothing is narrowed any more."""

_MOST_PADDING = 20
"""Longer names push what stands behind them, instead of pushing everything on the page."""

_COLORS = ("cyan", "green", "magenta", "yellow", "blue", "red")


def drawing(graph: Graph, width: int = 80) -> Text:
    """Returns the drawing, no line of it wider than `width` (or 24) columns."""
    width = max(width, MIN_WIDTH)
    rows = rail_rows(joints(graph))
    gutter = max(len(row.cells) for row in rows)
    if gutter > width // 2:
        gutter = 0
    styles = _styles(graph)
    lines = [*_header(graph, width), Text()]
    for row in rows:
        for number, text in enumerate(_lines_of(row, graph, width - gutter, styles)):
            cells = row.below if number else row.cells
            lines.append(_rails(cells, gutter, styles) + text)
    explained = [line for words in legend(graph) for line in _folded(_words(words, "dim"), width, " ")]
    lines += [Text(), *explained] if explained else []
    for line in lines:
        line.rstrip()
    return Text("\n").join(lines)


def _header(graph: Graph, width: int) -> list[Text]:
    words = [(graph.name, "bold"), (graph.description, ""), *((line, "dim") for line in mode_words(graph))]
    return [line for text, style in words if text for line in _folded(_words(printable(text), style), width, " ")]


def _lines_of(row: Row, graph: Graph, width: int, styles: Styles) -> list[Text]:
    if row.edge is not None:
        edge = [edge for edge in graph.edges() if edge.to.name == row.node][row.edge]
        label = [
            *_words(port_words(edge), styles[edge.kind.__name__]),
            *_words(f"from {origin_words(edge.origin)}", "dim"),
        ]
        return [Text("  ") + line for line in _folded(label, width - 2, " ")]
    subject = graph.node(row.node)
    names = _column(node.name for node in graph.nodes)
    types = _column(node.spec.name for node in graph.nodes)
    head = [(_padded(subject.name, names), "bold"), (_padded(subject.spec.name, types), "")]
    settings = [(word, "dim") for word in settings_words(subject, graph)]
    indent = names + types + 4
    return _folded([*head, *settings], width, indent=indent if indent < width // 2 else 4)


def _rails(cells: Sequence[Cell], gutter: int, styles: Styles) -> Text:
    if not gutter:
        return Text()
    pieces = [(glyph, styles[kind] if kind else "") for glyph, kind in cells]
    return Text.assemble(*pieces, " " * (gutter - len(cells)))


def _styles(graph: Graph) -> Styles:
    """Returns a colour for each kind; the words beside the rails say the same."""
    kinds = dict.fromkeys(output.kind.__name__ for node in graph.nodes for output in node.spec.outputs)
    return {kind: _COLORS[number % len(_COLORS)] for number, kind in enumerate(kinds)}


def _folded(pieces: Iterable[Piece], width: int, gap: str = "  ", indent: int = 2) -> list[Text]:
    """Returns lines of whole pieces; only a piece that is wider than a line is cut."""
    lines = [Text()]
    for words, style in pieces:
        space = gap if lines[-1] else ""
        if lines[-1] and lines[-1].cell_len + cell_len(space) + cell_len(words.rstrip()) > width:
            lines.append(Text(" " * indent))
            space = ""
        room = width - lines[-1].cell_len - cell_len(space)
        lines[-1].append(space)
        first, *rest = [words] if cell_len(words.rstrip()) <= room else chop_cells(words, width - indent)
        lines[-1].append(first, style)
        lines += [Text(" " * indent).append(part, style) for part in rest]
    return lines


def _words(text: str, style: str) -> list[Piece]:
    return [(word, style) for word in text.split()]


def _column(words: Iterable[str]) -> int:
    return min(max(map(cell_len, words)), _MOST_PADDING)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))

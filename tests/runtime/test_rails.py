"""The rails beside a drawn graph lead where the words say."""

from itertools import pairwise

from hypothesis import given

from runtime.rails import MARKERS, folded_rows, joints, rail_rows
from tests.runtime.drawn import graphs, shipped


@given(graphs())
def test_rails_lead_from_each_edges_origin_to_its_node(graph):
    rows = rail_rows(joints(graph))
    place = {row.node: index for index, row in enumerate(rows) if row.edge is None}
    incoming = {item.name: [edge for edge in graph.edges() if edge.to is item] for item in graph.nodes}

    def glyph(index, lane):
        cells = rows[index].cells
        return cells[2 * lane][0] if 2 * lane < len(cells) else " "

    assert all(cell[0] == " " for cell in rows[-1].below), "no rail goes on when nobody waits for it"
    for index, row in enumerate(rows):
        if row.edge is not None:
            start, end = place[incoming[row.node][row.edge].origin[0]], place[row.node]
            (target,) = [lane for lane, cell in enumerate(rows[end].cells[::2]) if cell[0] in MARKERS.values()]
            assert all(glyph(below, target) in "│├┤╭╮" for below in range(index + 1, end))
            bends = [lane for lane, cell in enumerate(row.cells[::2]) if cell[0] in "├┤╰╯╭╮" and lane != target]
            (lane,) = bends or [target]
            assert glyph(start, lane) in "▼●╮┬"
            assert all(glyph(above, lane) in "│├┤" for above in range(start + 1, index))
            low, high = sorted((2 * lane, 2 * target))
            assert all(cell[0] in "─│" for cell in row.cells[low + 1 : high])


def test_folded_rails_have_one_row_for_each_node():
    rows = folded_rows(joints(shipped("live_balanced")))
    assert ["".join(glyph for glyph, _ in row.cells).rstrip() for row in rows] == [
        "▼",
        "├─●",
        "├─●",
        "├─├─●",
        "├─│─●",
        "│ │ ●",
        "╰─┴─●",
        "    ■",
    ]


@given(graphs())
def test_folded_rails_go_on_below_where_the_next_row_takes_them_up(graph):
    rows = folded_rows(joints(graph))
    assert [row.node for row in rows] == [item.name for item in graph.nodes]
    for above, below in pairwise(rows):
        for column, (glyph, _) in enumerate(above.cells):
            under = below.cells[column][0] if column < len(below.cells) else " "
            if glyph in "│├┤╭╮┬┼":
                assert under in "│├┤╰╯┴┼▼●■"
            if glyph in " ─╰╯┴■":
                assert under in " ─╭╮┬▼●■"

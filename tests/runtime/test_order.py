"""Order, circles and reach agree with networkx on random graphs."""

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from runtime.order import circle_in, in_order, reached, reversed_links

NAMES = "abcdefgh"
GRAPHS = st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=14).map(
    lambda pairs: {name: {before for before, after in pairs if after == name} for name in NAMES}
)


def drawn(after):
    links = nx.DiGraph()
    links.add_nodes_from(after)
    links.add_edges_from((before, name) for name, befores in after.items() for before in befores)
    return links


@given(GRAPHS)
def test_a_graph_without_circles_is_ordered_as_written_where_that_is_free(after):
    links = drawn(after)
    if nx.is_directed_acyclic_graph(links):
        assert in_order(after) == list(nx.lexicographical_topological_sort(links))
        assert circle_in(after) == []
    else:
        assert len(in_order(after)) < len(after)


@given(GRAPHS)
def test_a_circle_is_one(after):
    circle = circle_in(after)
    if nx.is_directed_acyclic_graph(drawn(after)):
        assert circle == []
    else:
        assert all(before in after[name] for before, name in zip([circle[-1], *circle], circle, strict=False))


@given(GRAPHS, st.sampled_from(NAMES))
def test_what_can_be_reached_is_what_networkx_says(after, start):
    links = drawn(after)
    assert reached(after, [start]) == {start, *nx.ancestors(links, start)}
    assert reached(reversed_links(after), [start]) == {start, *nx.descendants(links, start)}

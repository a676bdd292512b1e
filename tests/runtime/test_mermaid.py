"""Graphs as Mermaid: every node and edge is there, and any text is quoted."""

import re

from hypothesis import given

from runtime.mermaid import mermaid
from tests.runtime.drawn import graphs, load, shipped


@given(graphs())
def test_every_node_and_every_edge_is_in_the_mermaid_text(graph):
    text = mermaid(graph)
    names = [item.name for item in graph.nodes]
    shown = re.findall(r'^    n(\d+) -\.?->\|"(.+)"\| n(\d+)$', text, re.MULTILINE)
    assert [(names[int(a) - 1], names[int(b) - 1]) for a, _, b in shown] == [
        (edge.origin[0], edge.to.name) for edge in graph.edges()
    ]
    assert all(edge.kind.__name__ in label for edge, (_, label, _) in zip(graph.edges(), shown, strict=True))
    boxes = re.findall(r'^    n\d+(?:\(\[|\[|\[\[)"(\w+)<br>(\w+)', text, re.MULTILINE)
    assert boxes == [(item.name, item.spec.name) for item in graph.nodes]


def test_mermaid_labels_hold_any_text():
    graph = load(
        "a: {type: listed}", """b: {type: step, in: {frame: a}, note: '"<b>`|#&]'}""", "c: {type: collect, in: b}"
    )
    assert mermaid(graph).splitlines() == [
        "---",
        'title: "graph"',
        "---",
        "flowchart LR",
        '    n1(["a<br>listed"])',
        '    n2["b<br>step<br>note=#34;#60;b#62;#96;#124;#35;#38;#93;"]',
        '    n3[["c<br>collect"]]',
        '    n1 -->|"frame: Frame"| n2',
        '    n2 -->|"Frame"| n3',
    ]


def test_mermaid_shows_edges_that_may_be_skipped_as_dotted():
    assert '-.->|"frame: Frame #124; None"| n7' in mermaid(shipped("live_balanced"))

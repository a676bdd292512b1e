"""Graphs drawn in text and as Mermaid: nothing is too wide, no edge is missing, and rails lead where the words say."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from commands.common import node_table, shipped_graphs
from runtime import Faces, Frame, node
from runtime.captions import origin_words, port_words
from runtime.drawing import drawing
from runtime.graph_json import graph_data
from runtime.loading import load_graph
from runtime.mermaid import mermaid
from runtime.overrides import Override
from runtime.rails import MARKERS, folded_rows, joints, rail_rows
from runtime.settings import Address
from runtime.signature import spec_of
from runtime.table import NodeTable
from runtime.testing import _Ends, load_text


class Parts(NamedTuple):
    left: Frame
    right: Frame
    found: Faces


class Only(NamedTuple):
    one: Frame


@node
def step(frame: Frame, other: Frame | None = None, *, note: str = "", mix: list[int] = []) -> Frame: ...  # noqa: B006


@node
def split(frame: Frame) -> Parts: ...


@node
def single(frame: Frame, *, to: Address = "auto", model: str = "plain") -> Only: ...


@node
def watch(frame: Frame | None, found: Faces, raw: Frame) -> Frame: ...


TABLE = NodeTable(map(spec_of, (*_Ends().definitions(), step, split, single, watch)))
OUTPUTS = {"listed": [""], "step": [""], "split": [".left", ".right"], "single": [".one"], "watch": [""]}
LIVE_BALANCED = """\
live_balanced
live face swap at 960x540 and 30 fps
mode: live (newest frame wins)
quality: balanced (asks cameras for 960x540 at 30 fps)

▼     camera     source  uri=auto
├─╮     Frame from camera
│ ●   faces      detect  model=blazeface
├─┤     Frame from camera
│ │     Faces from faces
│ ●   known      cache
├─│─╮   Frame from camera
│ ├─┤   Faces from known
│ │ ● swapped    swap    model=mesh  face=source_a.jpg
├─│─┤   Frame from camera
│ │ │   Patches from swapped
│ │ ● composite  blend
│ │ │   Frame from composite
│ │ ● labelled   label
│ │ │   frame: Frame | None from labelled
│ ╰─┤   faces: Faces | None from known
╰───┤   raw: Frame from camera
    ● guarded    guard
    │   Frame from guarded
    ■ screen     sink    to=auto

| None: the node also answers frames for which this input was skipped
"""


def shipped(name, *sets):
    return load_graph(shipped_graphs()[name], node_table(runs=False), [Override.parse(text) for text in sets])


def load(*lines):
    return load_text("\n".join(["mode: file", "nodes:", *(f"  {line}" for line in lines)]), TABLE)


def lines_of(graph, width=80):
    return drawing(graph, width).plain.split("\n")


def row_of(name, graph):
    return next(line for line in lines_of(graph) if re.search(rf"[▼●■].* {name} ", line))


@st.composite
def graphs(draw):
    """Up to 20 nodes of all types, with several sources, sinks, unused outputs, and long names in any alphabet."""
    stems = st.one_of(st.just("n"), st.text("abçλ漢_", min_size=1, max_size=40), st.just("x" * 90))
    frames, found, lines = [], [], []
    for number in range(draw(st.integers(2, 20))):
        name = f"{draw(stems)}{number}"
        usable = ["listed"] + ["step", "split", "single"] * bool(frames) + ["watch", "watch"] * bool(found)
        usable += ["collect", "collect"] * bool(frames)
        type_ = draw(st.sampled_from(usable)) if number else "listed"
        ports = {"watch": ["frame", "raw"], "listed": []}.get(type_, ["frame"])
        if type_ == "step" and draw(st.booleans()):
            ports = ["frame", "other"]
        inputs = {port: draw(st.sampled_from(frames)) for port in ports}
        if type_ == "watch":
            inputs["found"] = draw(st.sampled_from(found))
        joined = ", ".join(f"{port}: {origin}" for port, origin in inputs.items())
        lines.append(f"{name}: {{type: {type_}{', in: {' + joined + '}' if inputs else ''}}}")
        frames += [name + output for output in OUTPUTS.get(type_, [])]
        found += [f"{name}.found"] if type_ == "split" else []
    return load(*lines, f"end: {{type: collect, in: {draw(st.sampled_from(frames))}}}")


@pytest.mark.parametrize("name", shipped_graphs())
def test_shipped_graphs_fit_into_80_columns_and_have_rails(name):
    graph = shipped(name)
    lines = lines_of(graph)
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith(("▼", "│", "├", "╰", "●", "■", " ")) for line in lines) >= len(graph.nodes)
    assert drawing(graph).plain.count("▼") == 1


def test_the_default_graph_looks_like_this():
    assert drawing(shipped("live_balanced")).plain == LIVE_BALANCED.rstrip("\n")


@given(graphs(), st.integers(24, 100))
def test_no_line_is_wider_than_asked(graph, width):
    assert max(map(cell_len, lines_of(graph, width))) <= width


@given(graphs())
def test_every_node_and_every_edge_is_in_the_text(graph):
    words = "".join(re.sub(r"[▼●■│─├┤┬╮╭╰╯\s]", "", line) for line in lines_of(graph))
    for item in graph.nodes:
        assert item.name + item.spec.name in words
    said = Counter(f"{port_words(edge)}from{origin_words(edge.origin)}".replace(" ", "") for edge in graph.edges())
    assert all(words.count(text) >= count for text, count in said.items())
    assert len(graph.edges()) == sum(len(item.inputs) for item in graph.nodes)


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


def test_a_graph_with_too_many_rails_for_the_page_has_words_only():
    names = [f"camera_{number}" for number in range(25)]
    graph = load(*(f"{n}: {{type: listed}}" for n in names), *(f"to_{n}: {{type: collect, in: {n}}}" for n in names))
    lines = lines_of(graph)
    assert max(map(len, lines)) <= 80
    assert "  Frame from camera_24" in lines
    assert not re.search(r"[│├╰▼]", "".join(lines))
    assert "▼" in drawing(graph, 120).plain


@pytest.mark.parametrize(
    ("port", "words"),
    [
        ("b: {type: step, in: {frame: a}}", "a: Frame"),
        ("b: {type: step, in: {frame: a, other: a}}", "other: Frame = None from a"),
        ("b: {type: watch, in: {frame: a, found: s.found, raw: a}}", "frame: Frame | None from a"),
        ("b: {type: watch, in: {frame: a, found: s.found, raw: a}}", " Faces from s.found"),
        ("b: {type: single, in: a}", " Frame from a"),
        ("b: {type: single, in: a}", " Frame from b.one"),
    ],
)
def test_an_edge_names_its_port_where_that_is_not_obvious(port, words):
    end = "b.one" if "single" in port else "b"
    graph = load("a: {type: listed}", "s: {type: split, in: a}", port, f"c: {{type: collect, in: {end}}}")
    assert words.replace("a: Frame", "frame: Frame from a") in drawing(graph).plain


def test_special_ports_are_explained_only_where_there_are_any():
    assert "| None: the node also answers" in drawing(shipped("live_balanced")).plain
    assert "None" not in drawing(shipped("swap_image")).plain


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("type: single", "to=auto  model=plain"),
        (f"type: single, to: {__file__}", "to=test_drawing.py  model=plain"),
        ("type: single, to: 'rtsp://host/path', workers: 3", "to=rtsp://host/path  model=plain  workers=3"),
        ("type: step, note: a b, mix: [1, 2]", "step     note=a b  mix=[1, 2]"),
        ('type: step, note: "a\\e[31mb\\nc"', r"note=a\x1b[31mb\nc"),
        ("type: step, note: '', on_error: repeat", "step     on_error=repeat"),
        (f"type: step, note: {'y' * 99}", f"note={'y' * 47}..."),
    ],
)
def test_a_node_tells_its_paths_its_model_and_what_is_not_the_default(settings, words):
    end = "b.one" if "single" in settings else "b"
    graph = load("a: {type: listed}", f"b: {{{settings}, in: a}}", f"c: {{type: collect, in: {end}}}")
    assert words in row_of("b", graph)


def test_numbers_are_as_short_as_people_write_them():
    words = drawing(shipped("live_performance", "faces.min_score=0.25")).plain.split()
    assert {"every_ms=500", "min_score=0.25"} <= set(words)


def test_a_live_sink_that_shows_everything_says_so():
    assert row_of("screen", shipped("live_balanced", "screen.raw=true")).endswith("to=auto  raw=true")


def test_the_header_has_the_graphs_own_limits_and_no_foreign_control_characters():
    text = 'description: "a\\e[31m b\\n c"\ncredits: 3\nquality: quality\nnodes: {a: {type: listed}, c: {type: collect, in: a}}'
    assert lines_of(load_text(text, TABLE))[:5] == [
        "graph", r"a\x1b[31m b\n c", "mode: live (newest frame wins)",
        "quality: quality (asks cameras for 1280x720 at 24 fps)", "credits: 3",
    ]  # fmt: skip


def test_a_node_that_is_switched_off_is_passed_by():
    text = drawing(shipped("live_balanced", "labelled.enabled=false")).plain
    assert "labelled" not in text
    assert "frame: Frame | None from composite" in text


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


def test_data_has_every_edge_and_every_setting():
    data = graph_data(shipped("live_balanced", "swapped.opacity=0.5", "credits=2"))
    assert (data["version"], data["name"], data["mode"], data["credits"]) == (1, "live_balanced", "live", 2)
    assert data["quality"] == {"name": "balanced", "width": 960, "height": 540, "fps": 30}
    swapped = next(item for item in data["nodes"] if item["name"] == "swapped")
    assert swapped["settings"]["opacity"] == 0.5
    assert [Path(face).name for face in swapped["settings"]["face"]] == ["source_a.jpg"]
    assert (swapped["type"], swapped["role"], swapped["on_error"], swapped["raw"]) == ("swap", "node", "skip", False)
    assert data["edges"][-4] == {
        "from": "labelled", "output": "", "to": "guarded", "port": "frame", "kind": "Frame",
        "optional": False, "tolerant": True,
    }  # fmt: skip
    assert len(data["edges"]) == 12

"""Graphs drawn in text: nothing is too wide, and no edge is missing."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from commands.common import shipped_graphs
from runtime.captions import origin_words, port_words
from runtime.drawing import drawing
from runtime.testing import load_text
from tests.runtime.drawn import TABLE, graphs, lines_of, load, row_of, shipped

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

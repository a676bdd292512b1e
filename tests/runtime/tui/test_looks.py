"""Every theme, no colour at all, hostile words, any figures: lines keep their width and their meaning."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.theme import BUILTIN_THEMES

from runtime.scripted_link import ScriptedLink, example_graph, example_log, example_state
from runtime.tui.charts import WORK, histogram, sparkline, work_bar
from runtime.tui.detail_lines import about, histogram_lines, setting_help, setting_lines
from runtime.tui.heading import heading, loading_lines
from runtime.tui.heights import heights
from runtime.tui.journey import journey
from runtime.tui.line import Line, columns_of, difference
from runtime.tui.log_lines import board_lines, log_lines
from runtime.tui.node_rows import NodeRow, heading_line, layout, row_line, second_line
from runtime.tui.panel import Panel
from runtime.tui.scene import Scene
from runtime.tui.selected import selected
from runtime.view import AgeView, InputView, LoadingView, LogLine, NodeNow, NodeView, Refused, SettingView

HOSTILE = [
    "x" * 200,
    "[red]name[/red]",
    "[/]",
    "漢字漢字漢字漢字漢字",
    "\x1b[31mred\x1b]0;title\x07",
    "a\tb\nc\r\u202e",
    "",
    "e\u0301🙂",
]
words = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
figures = st.floats(0, 1e7)
counts = st.integers(0, 10**15)


def hostile_link():
    """A run in which every text comes from an enemy."""
    graph, state = example_graph(), example_state()
    names = [f"{text}{number}" for number, text in enumerate(HOSTILE)]
    rename = {node.name: name for node, name in zip(graph.nodes, names, strict=True)}
    nodes = tuple(
        replace(
            node, name=rename[node.name], type=HOSTILE[4], summary=HOSTILE[5],
            inputs=tuple(replace(item, node=rename[item.node]) for item in node.inputs),
            settings=tuple(SettingView(text, text, "", True, text, text) for text in HOSTILE),
        )
        for node in graph.nodes
    )  # fmt: skip
    now = tuple(
        replace(node, name=rename[node.name], device=HOSTILE[4], placement=HOSTILE[1], counters={HOSTILE[4]: 1})
        for node in state.nodes
    )
    return ScriptedLink(
        replace(graph, name=HOSTILE[4], nodes=nodes, source=HOSTILE[5], sink=HOSTILE[3], profile=HOSTILE[1], ladder=(HOSTILE[4],)),
        replace(state, nodes=now, reason=HOSTILE[5], cover_reason=HOSTILE[4], gpu=HOSTILE[1], thermal=HOSTILE[4],
                bottleneck=names[3], loading=()),
        tuple(LogLine(index, 0.0, "error", text, text) for index, text in enumerate(HOSTILE)),
    )  # fmt: skip


def contrast_of(style):
    """The contrast of text to its background as WCAG counts it: 1 is none, 21 black on white."""

    def luminance(color):
        parts = [part / 255 for part in color.triplet]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(style.color), luminance(style.bgcolor)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("keys", [(), ("enter",), ("l",), ("s",), ("r",)])
@pytest.mark.parametrize("size", [(80, 24), (160, 50), (30, 10)])
def test_hostile_words_neither_steer_the_terminal_nor_break_the_lines(play, keys, size):
    async def script(stage):
        await stage.press(*keys)
        return stage.rows()

    link = hostile_link()
    link.refusals["reload"] = Refused(HOSTILE[4], HOSTILE[0])
    rows = play(script, link=link, size=size)
    assert all(character.isprintable() for row in rows for character in row)
    assert {cell_len(row) for row in rows} == {size[0]}


@pytest.mark.parametrize("theme", BUILTIN_THEMES)
def test_every_theme_shows_the_same_words_in_readable_colours(play, theme):
    async def script(stage):
        plain = stage.text()
        stage.app.theme = theme
        await stage.pilot.pause()
        styles = {
            segment.style for strip in stage.app.screen._compositor.render_strips() for segment in strip
            if segment.text.strip() and segment.style
        }  # fmt: skip
        return plain, stage.text(), styles

    plain, text, styles = play(script)
    assert text == plain
    for style in styles:
        if style.color and style.bgcolor and style.color.triplet and style.bgcolor.triplet:
            assert contrast_of(style) >= 2.5, style


def test_without_colours_nothing_is_coloured_and_all_is_said(play, monkeypatch):
    async def script(stage):
        triplets = set()
        for strip in stage.app.screen._compositor.render_strips():
            for line_filter in stage.app._filters:
                strip = strip.apply_filter(line_filter, stage.app.screen.styles.background)  # noqa: PLW2901
            colors = [color for part in strip if part.style for color in (part.style.color, part.style.bgcolor)]
            triplets |= {color.triplet for color in colors if color and color.triplet}
        return stage.text(), triplets

    with_colours = play(script)[0]
    monkeypatch.setenv("NO_COLOR", "1")
    text, triplets = play(script)
    assert text == with_colours
    assert all(red == green == blue for red, green, blue in triplets)


def test_only_lines_that_changed_are_drawn(play, monkeypatch):
    drawn = []
    original = Panel.render_line

    def noted(panel, y):
        drawn.append((panel.id, y))
        return original(panel, y)

    async def script(stage):
        for _ in range(40):
            await stage.look()  # until every trend is full
        monkeypatch.setattr(Panel, "render_line", noted)
        await stage.look()
        nothing = list(drawn)
        nodes = tuple(replace(node, errors=node.errors + (node.name == "known")) for node in stage.link.state.nodes)
        stage.link.state = replace(stage.link.state, nodes=nodes)
        await stage.look()
        return nothing, drawn

    nothing, some = play(script)
    assert nothing == []
    assert some == [("nodes", 2)]


pieces = st.lists(st.tuples(st.text("ab 漢", max_size=3), st.sampled_from(["plain", "error"])), max_size=6)


@given(pieces, pieces, pieces, pieces)
def test_what_two_lines_share_is_not_sent_again(start, old, new, end):
    old, new = Line((*start, *old, *end)), Line((*start, *new, *end))
    width = max(columns_of(old), columns_of(new), 1) + 3

    def cells(line):
        columns = [
            (character, tone) for text, tone in line.pieces for c in text for character in [c, ""][: cell_len(c)]
        ]
        return columns + [(" ", "plain")] * (width - len(columns))

    first, last = difference(old, new, width)
    assert 0 <= first < last <= width
    assert cells(old)[:first] == cells(new)[:first]
    assert cells(old)[last:] == cells(new)[last:]


def test_the_shares_of_a_node_fill_their_bar_whatever_they_are():
    node = NodeNow("a", working=0.5, runnable=0.25, waiting=0.125, blocked=0.125)
    assert "".join(text for text, _ in work_bar(node, 8)) == WORK["working"] * 4 + WORK["runnable"] * 2 + "·x"
    assert work_bar(NodeNow("a"), 4)[0][0] == "    "
    assert len(set(WORK.values())) == 4


def test_a_sparkline_shows_the_newest_at_the_right():
    assert sparkline([0, 1, 2, 4], 6) == "  ▁▃▅█"
    assert sparkline([0, 1, 2, 4], 2) == "▁█"
    assert sparkline([5.0, 5.0], 2) == "▅▅"
    assert sparkline([4.0, 5.0], 2) == "▃▆"
    assert sparkline([0.0, 0.0], 3) == " ▁▁"


def test_a_histogram_with_little_room_shows_where_most_times_are():
    now = NodeNow("a", histogram=(0, 1, 90, 70, 2, 1, 0, 0, 1))
    assert [line.text.split()[-1] for line in histogram_lines(now, 60, 3)[1:]] == ["90", "70"]


def test_a_histogram_leaves_out_empty_ends():
    rows = histogram([0, 0, 3, 0, 6] + [0] * 7 + [1], 4)
    assert [(name, count) for name, _, count in rows][:3] == [("to 0.5 ms", 3), ("to 1 ms", 0), ("to 2 ms", 6)]
    assert rows[-1][0] == "over 500 ms"
    assert rows[2][1] == "████"


def test_what_has_no_room_ends_with_an_ellipsis():
    item = SettingView("every_ms", "250", "250", live=True, type="whole number", help="one two three four " * 8)
    node = NodeView("faces", "detect", settings=(item,))
    whole = setting_help(node, 0, 40, 99)
    assert not any("…" in line.text for line in whole)
    *kept, last = setting_help(node, 0, 40, 3)
    assert kept == whole[:2]
    assert whole[2].text.startswith(last.text.removesuffix(" …"))
    assert last.text.endswith(" …")
    assert setting_help(node, 0, 40, len(whole)) == whole


@pytest.mark.parametrize(("height", "shown"), [(8, ["one", "two", "three"]), (7, ["one …"])])
def test_the_newest_message_is_whole_where_there_is_room(height, shown):
    log = (*example_log()[:2], LogLine(4, 1.8e9, "error", "", "one\ntwo\nthree"))
    lines = [line.text for line in board_lines(log, 80, height)]
    assert [line[17:] for line in lines[2:]] == shown


def test_all_inputs_of_a_node_are_told_in_two_lines_where_one_is_too_short():
    node = next(node for node in example_graph().nodes if node.name == "guarded")
    lines = [line.text for line in about(NodeRow(node, NodeNow("guarded")), 80)]
    assert "raw: Frame from camera" in " ".join(" ".join(lines[1:3]).split())
    assert lines[2].startswith(" " * 9)


@given(st.integers(1, 60), st.integers(1, 40), st.integers(1, 3))
def test_lines_are_shared_out_exactly(height, nodes, keys):
    given_ = heights(height, nodes, keys)
    parts = (given_.heading, given_.journey, given_.nodes, given_.selected, given_.log, given_.keys)
    assert sum(parts) == height
    assert min(parts) >= 0
    assert not given_.tall or given_.nodes == 1 + 2 * nodes


@st.composite
def scenes(draw):
    names = draw(st.lists(words, min_size=1, max_size=12, unique=True))
    nodes = []
    for number, name in enumerate(names):
        origins = draw(st.lists(st.sampled_from(names[:number]), max_size=3)) if number else []
        inputs = tuple(InputView(f"p{index}", origin, kind="Frame") for index, origin in enumerate(origins))
        item = SettingView(draw(words), draw(words), draw(words), draw(st.booleans()), draw(words), draw(words))
        nodes.append(NodeView(name, draw(words), draw(words), inputs, (item,)))
    now = tuple(
        NodeNow(
            name, draw(words), draw(words), *(draw(figures) for _ in range(5)), draw(counts), draw(counts),
            draw(counts), *(draw(st.floats(0, 1)) for _ in range(4)), draw(st.booleans()),
            draw(st.dictionaries(words, counts, max_size=2)), tuple(draw(st.lists(counts, max_size=13))),
        )
        for name in names
    )  # fmt: skip
    graph = replace(example_graph(), name=draw(words), nodes=tuple(nodes), source=draw(words), profile=draw(words))
    state = replace(
        example_state(), reason=draw(words), cover_reason=draw(words), gpu=draw(words), age=AgeView(*(draw(figures),) * 4),
        fps=draw(figures), drops=draw(counts), presented=draw(counts), rss_mb=draw(figures), wall_s=draw(figures), nodes=now,
        bottleneck=draw(st.sampled_from(names)), loading=(LoadingView(draw(words), 0.5),),
    )  # fmt: skip
    scene = Scene()
    scene.take(state, graph)
    return scene


@settings(max_examples=60)
@given(scenes(), st.integers(20, 200))
def test_no_line_is_wider_than_the_terminal_or_holds_control_characters(scene, width):
    graph, state, node = scene.graph, scene.state, scene.node
    gutter, rows = scene.rows(width // 4)
    chosen = layout(rows, width, gutter)
    lines = [*heading(graph, state, width), *journey(graph, state, width), *loading_lines(state.loading, width, 4)]
    lines += [selected(scene, width), *about(rows[0], width), *setting_lines(node, 0, width)]
    lines += [*setting_help(node, 0, width, 3), *histogram_lines(rows[0].now, width, 9)]
    lines += [*log_lines(example_log(), width, whole=False), *log_lines(example_log(), width, whole=True)]
    lines += [heading_line(chosen, width, gutter, 12, 12)]
    lines += [row_line(row, chosen, width, gutter, chosen=True) for row in rows]
    lines += [second_line(row, width, gutter, chosen=False) for row in rows]
    for line in lines:
        assert cell_len(line.text) <= width, line.text
        assert all(character.isprintable() for character in line.text)

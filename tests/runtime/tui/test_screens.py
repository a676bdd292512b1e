"""Whole screens with fixed figures, as text. With REWRITE_SCREENS=1 in the environment they are written anew:
read the diff.

Text rather than SVG, so that a new version of Textual does not change them all.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.scripted_link import ScriptedLink, example_graph, example_state
from runtime.view import LinkClosed, LoadingView, LogLine, NodeNow

FOLDER = Path(__file__).parent / "screens"
PASSED = 20
"""Ticks that have gone by."""


def trouble():
    """A run in which everything is said that can be."""
    state = example_state(PASSED)
    nodes = [replace(node, bypassed=node.name == "labelled") for node in state.nodes]
    nodes[3] = replace(nodes[3], device="coreml", placement="CoreML 92 %, CPU 8 %", errors=12345, skipped=17)
    return ScriptedLink(
        state=replace(
            state, state="holding", reason="faces were not found for 0.3 s", fps=21.4, drops=311, skipped=17, blurred=40,
            cover_reason="no composite for frame 1391", withheld=3, gpu="M2 41 %", thermal="serious", power="battery",
            age=replace(state.age, p95=71.0, p99=98.2, max=140.0), step=2, nodes=tuple(nodes),
        )
    )  # fmt: skip


def loading():
    things = tuple(
        LoadingView(name, since) for name, since in (("blazeface", 41.0), ("facemesh", 1.0), ("faceres", 0.0))
    )
    things += (LoadingView("inswapper_128 for CoreML"), LoadingView("mesh"))
    nodes = tuple(NodeNow(node.name) for node in example_graph().nodes)
    return ScriptedLink(
        state=replace(example_state(), state="loading", reason="", loading=things, nodes=nodes, wall_s=0)
    )


def file_run():
    graph = replace(
        example_graph(), name="swap_video", mode="file", source="holiday.mp4, 1920x1080", sink="out.mp4", ladder=(),
        latency_budget_ms=None, target_fps=None,
    )  # fmt: skip
    return ScriptedLink(
        graph, replace(example_state(), total=5000, bottleneck="source", thermal="", power="", memory="")
    )


SCREENS = {
    "80x24": ((80, 24), ScriptedLink, PASSED, ()),
    "120x40": ((120, 40), ScriptedLink, PASSED, ()),
    "160x50": ((160, 50), trouble, 0, ("down", "down", "down")),
    "60x20": ((60, 20), trouble, 0, ("down", "down", "down")),
    "loading": ((80, 24), loading, 0, ()),
    "file": ((80, 24), file_run, 0, ()),
    "node": ((80, 24), ScriptedLink, PASSED, ("down", "down", "down", "enter", "down")),
    "ended": ((80, 24), ScriptedLink, PASSED, ("closed",)),
}


async def shown(stage, ticks, keys):
    for _ in range(ticks):
        await stage.look(1)
    for key in keys:
        if key == "closed":
            stage.link.closed = closed()
            stage.app.look()
            await stage.until(lambda: len(stage.app.screen_stack) > 1)
            await stage.pilot.pause()
        else:
            await stage.press(key)
    return stage.text()


def closed():
    error = LinkClosed("the engine was ended by signal 11 (segmentation fault) in node swapped")
    error.exit_code = 139
    return error


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_looks_as_it_did(play, name):
    size, link, ticks, keys = SCREENS[name]
    text = play(lambda stage: shown(stage, ticks, keys), size=size, link=link())
    file = FOLDER / f"{name}.txt"
    if os.environ.get("REWRITE_SCREENS"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    assert all(len(row) <= size[0] for row in text.splitlines())


def test_ten_lines_under_the_prompt(play):
    async def script(stage):
        await stage.press("p")
        return [row.rstrip() for row in stage.rows()]

    rows = play(script, size=(80, 10), inline=True)
    assert len(rows) == 10
    assert rows[0].startswith("live_balanced  RUNNING")
    assert rows[2].startswith("Age    p50 12.2")
    assert rows[7].endswith("the face is outside the p… (x2)"), rows
    assert rows[8] == "picture"
    assert rows[9].endswith("? help  q quit")


def test_a_node_beyond_the_lines_is_reached_with_the_cursor(play):
    async def script(stage):
        before = stage.text()
        await stage.press(*["down"] * 7)
        return before, stage.text()

    before, after = play(script, size=(80, 14))
    assert "■ screen" not in before
    assert "↓" in before
    assert "> " in next(row for row in after.splitlines() if "■ screen" in row)
    assert "↑" in after


def test_a_page_tells_how_much_of_it_is_further_down(play):
    async def script(stage):
        await stage.press("question_mark")
        first = stage.rows()[-1]
        await stage.press(*["pagedown"] * 5)
        return first, stage.rows()[-1]

    first, last = play(script)
    assert "more lines" in first
    assert "more lines" not in last


def test_everything_essential_is_on_80_columns(play):
    async def script(stage):
        return stage.text()

    link = trouble()
    link.lines += (LogLine(4, 1.8e9, "error", "", "last words"),)
    text = play(script, link=link)
    for words in (
        "live_balanced", "HOLDING", "faces were not found for 0.3 s", "demo clip, 960x540 at 30 fps → window",
        "linux, 2 cores", "serious", "battery", "normal", "p95 71.0", "p99 98.2", "budget 66 ms over", "21.4 of 30 fps low",
        "drops 311", "skipped 17", "held 12", "blurred 40", "withheld 3", "now: no composite for frame 1391", "credits 1/2",
        "cpu 0.41", "233 MB", "M2 41 %", "sound delay 95 ms", "◆", "12k", "bypassed", "834", "last words",
    ):  # fmt: skip
        assert words in text, words

"""Every key and every click of the dashboard does what the help says."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.events import MouseScrollDown

from runtime.scripted_link import ScriptedLink, example_graph, example_state
from runtime.tui.confirm import Confirm
from runtime.tui.detail import DetailScreen
from runtime.tui.keys import COMMANDS, key_lines
from runtime.tui.log_screen import LogScreen
from runtime.tui.page import Page
from runtime.tui.prompt import Prompt
from runtime.view import Refused

ROOT = Path(__file__).parents[3]


def pressed(play, *keys, link=None):
    async def script(stage):
        await stage.press(*keys)
        return stage.link.asked, stage.text()

    return play(script, link=link)


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        (["space"], [("pause", {})]),
        (["space", "space"], [("pause", {}), ("resume", {})]),
        (["full_stop"], [("step", {})]),
        (["b"], [("bypass", {"node": "camera", "on": True})]),
        (["down", "down", "b", "b"], [("bypass", {"node": "known", "on": True}), ("bypass", {"node": "known", "on": False})]),
        (["j", "j", "k", "b"], [("bypass", {"node": "faces", "on": True})]),
        (["plus"], [("step_quality", {"by": 1})]),
        (["minus"], [("step_quality", {"by": -1})]),
        (["p"], [("picture", {})]),
        (["r"], [("reload", {})]),
        (["w"], [("save", {})]),
        (["q"], [("stop", {"now": False})]),
        (["ctrl+c"], [("stop", {"now": False})]),
        (["up", "b"], [("bypass", {"node": "camera", "on": True})]),
        (["down"] * 20 + ["b"], [("bypass", {"node": "screen", "on": True})]),
    ],
)  # fmt: skip
def test_a_key_sends_its_command(play, keys, asked):
    assert pressed(play, *keys)[0] == asked


@pytest.mark.parametrize(
    ("key", "screen"),
    [("enter", DetailScreen), ("l", LogScreen), ("question_mark", Page), ("h", Page), ("f1", Page),
     ("s", Prompt), ("f", Prompt), ("ctrl+p", CommandPalette)],
)  # fmt: skip
def test_a_key_opens_its_screen_and_escape_leaves_it(play, key, screen):
    async def script(stage):
        await stage.press(key)
        opened = stage.app.screen
        await stage.press("escape")
        return opened, len(stage.app.screen_stack)

    opened, left = play(script)
    assert isinstance(opened, screen)
    assert left == 1


def test_what_was_done_is_told_and_forgotten_after_a_while(play):
    now = [0.0]

    async def script(stage):
        await stage.press("p")
        told = stage.text()
        now[0] = 11.0
        await stage.look()
        return told, stage.text()

    told, later = play(script, clock=lambda: now[0])
    assert "\npicture\n" in told
    assert "\npicture\n" not in later


def test_a_refusal_is_told_with_its_help(play):
    link = ScriptedLink(refusals={"picture": Refused("no frame was presented yet", "wait for the first one")})
    assert "refused: no frame was presented yet (wait for the first one)" in pressed(play, "p", link=link)[1]


def test_a_refusal_of_many_lines_gets_a_page_and_its_caret_stays_in_place(play):
    report = "live.yaml:3:9: error[unknown-setting]: no setting\n   3 |   a: {opasity: 1}\n     |       ^^^^^^^"
    link = ScriptedLink(refusals={"reload": Refused(report)})

    async def script(stage):
        await stage.press("r")
        page = stage.text()
        await stage.press("escape")
        return page, stage.text()

    page, board = play(script, link=link)
    assert f"reload was refused:\n{report}\n" in page
    assert "refused: live.yaml:3:9: error[unknown-setting]: no setting …" in board


def test_bypass_shows_in_the_table(play):
    _, text = pressed(play, "down", "down", "b")
    assert any("known" in line and "bypassed" in line for line in text.splitlines())


def test_a_setting_of_an_end_says_that_it_takes_a_new_run(play):
    asked, text = pressed(play, "enter", "enter")
    assert asked == []
    assert "uri changes only with a new run" in text


def test_the_nodes_screen_goes_on_to_neighbours_and_keeps_the_commands(play):
    async def script(stage):
        await stage.press("enter", "right", "right", "left", "b")
        return stage.rows()[0], stage.link.asked

    row, asked = play(script)
    assert row.startswith("faces  detect")
    assert asked == [("bypass", {"node": "faces", "on": True})]


def test_the_log_chooses_a_level(play):
    async def script(stage):
        await stage.press("l")
        info = stage.text()
        await stage.press("v")
        return info, stage.text()

    info, warning = play(script)
    assert "the bundled clip plays" in info
    assert "the bundled clip plays" not in warning
    assert "blurred: no composite (x4)" in warning


def test_a_live_run_stops_without_a_question_and_leaves_when_it_has_ended(play):
    async def script(stage):
        await stage.press("q")
        stopping = stage.text()
        stage.link.state = replace(stage.link.state, state="ended")
        stage.app.look()
        await stage.until(lambda: stage.app.return_code is not None and not stage.app.is_running)
        return stopping, stage.app

    stopping, app = play(script)
    assert "STOPPING" in stopping
    assert "q again does not wait" in stopping
    assert app.return_value == 0


def test_a_second_q_does_not_wait(play):
    async def script(stage):
        await stage.press("q")
        await stage.pilot.press("q")
        await stage.until(lambda: not stage.app.is_running)
        return stage.app, stage.link.asked

    app, asked = play(script)
    assert asked == [("stop", {"now": False}), ("stop", {"now": True})]
    assert app.return_value == 130


def test_a_refused_stop_is_told_and_a_second_q_leaves_all_the_same(play):
    link = ScriptedLink(refusals={"stop": Refused("not now")})

    async def script(stage):
        await stage.press("q")
        text = stage.text()
        await stage.pilot.press("q")
        await stage.until(lambda: not stage.app.is_running)
        return text, stage.app.return_value

    text, code = play(script, link=link)
    assert "refused: not now" in text
    assert code == 130


def test_quit_while_loading_leaves_at_once(play):
    link = ScriptedLink(refusals={"stop": Refused("the run is still loading")})
    link.state = replace(link.state, state="loading")

    async def script(stage):
        await stage.pilot.press("q")
        await stage.until(lambda: not stage.app.is_running)
        return stage.app.return_value

    assert play(script, link=link) == 130


@pytest.mark.parametrize(("answer", "asked"), [("y", 1), ("q", 1), ("n", 0), ("escape", 0)])
def test_a_file_that_is_not_finished_asks_first(play, answer, asked):
    link = ScriptedLink(replace(example_graph(), mode="file"), replace(example_state(), total=5000))

    async def script(stage):
        await stage.press("q")
        question = stage.app.screen
        await stage.press(answer)
        return question, stage.link.asked

    question, sent = play(script, link=link)
    assert isinstance(question, Confirm)
    assert sent == [("stop", {"now": False})] * asked


def test_all_keys_are_told_on_80_columns():
    text = " ".join(line.text for line in key_lines(80))
    assert len(key_lines(80)) == 2
    assert all(f" {item.word}" in text for item in COMMANDS)


def test_a_click_puts_the_cursor_on_a_node(play):
    async def script(stage):
        await stage.pilot.click("#nodes", offset=(12, 4))
        await stage.settle()
        return stage.app.scene.node.name

    assert play(script) == "composite"


def test_a_click_on_the_log_opens_it_and_the_wheel_moves_the_cursor(play):
    async def script(stage):
        nodes = stage.app.screen.query_one("#nodes")
        nodes.post_message(MouseScrollDown(nodes, 1, 1, 0, 1, 0, shift=False, meta=False, ctrl=False))
        await stage.pilot.pause()
        chosen = stage.app.scene.node.name
        await stage.pilot.click("#log", offset=(5, 1))
        await stage.settle()
        return chosen, stage.app.screen

    chosen, screen = play(script)
    assert chosen == "faces"
    assert isinstance(screen, LogScreen)

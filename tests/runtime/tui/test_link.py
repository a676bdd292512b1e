"""A slow, a broken and a closed link: keys work on, and what happened is said."""

import threading
from dataclasses import replace

import pytest

from runtime.scripted_link import ScriptedLink, example_graph, example_log
from runtime.tui.ended import EndScreen
from runtime.tui.page import Page
from runtime.view import LinkClosed, LogLine


def test_a_link_that_does_not_answer_holds_up_no_key_and_is_told(play):
    now = [0.0]

    async def script(stage):
        stage.link.gate.clear()
        stage.app.look()
        await stage.pilot.press("down", "down")
        chosen = stage.app.scene.node.name
        await stage.pilot.press("question_mark")
        opened = stage.app.screen
        await stage.pilot.press("escape")
        now[0] = 3.2
        stage.app.look()
        await stage.pilot.pause()
        late = stage.text()
        stage.link.gate.set()
        await stage.settle()
        return chosen, opened, late, stage.text()

    chosen, opened, late, after = play(script, clock=lambda: now[0])
    assert chosen == "known"
    assert isinstance(opened, Page)
    assert "NO ANSWER for 3 s" in late
    assert "NO ANSWER" not in after
    assert "RUNNING" in after


def test_a_command_that_takes_long_is_named_and_holds_up_no_look(play):
    now = [0.0]

    async def script(stage):
        stage.link.work.clear()
        await stage.pilot.press("r")
        now[0] = 2.0
        stage.link.state = replace(stage.link.state, presented=98765)
        stage.app.look()
        await stage.until(lambda: stage.app.scene.state.presented == 98765)
        await stage.pilot.pause()
        late = stage.text()
        stage.link.work.set()
        await stage.settle()
        return late, stage.text()

    late, after = play(script, clock=lambda: now[0])
    assert "reload takes 2 s so far" in late
    assert "RUNNING" in late
    assert "\nreload\n" in after
    assert "takes" not in after


def test_the_end_of_the_other_side_is_told_and_its_exit_code_returned(play):
    async def script(stage):
        error = LinkClosed("the engine was ended by signal 9")
        error.exit_code = 137
        stage.link.closed = error
        stage.app.look()
        await stage.pilot.press("p")
        await stage.until(lambda: isinstance(stage.app.screen, EndScreen))
        await stage.pilot.pause()
        text = stage.text()
        await stage.pilot.press("q")
        await stage.until(lambda: not stage.app.is_running)
        return text, stage.app.return_value

    text, code = play(script)
    assert "The engine has ended  exit code 137" in text
    assert "the engine was ended by signal 9" in text
    assert "frame 311: ValueError" in text
    assert "FAILED" in text
    assert code == 137


def test_a_link_that_breaks_is_told_like_one_that_closes(play):
    class Broken(ScriptedLink):
        def now(self):
            if self.asked:
                raise OSError("no such pipe")
            return super().now()

    async def script(stage):
        await stage.pilot.press("p")
        await stage.until(lambda: isinstance(stage.app.screen, EndScreen))
        await stage.pilot.pause()
        return stage.text()

    text = " ".join(play(script, link=Broken()).split())
    assert "the link to the engine failed: OSError: no such pipe" in text


def test_a_closed_link_after_quit_leaves_in_peace(play):
    async def script(stage):
        await stage.press("q")
        stage.link.closed = LinkClosed("bye")
        stage.app.look()
        await stage.until(lambda: not stage.app.is_running)
        return stage.app.return_value

    assert play(script) == 0


def test_the_end_of_a_run_leaves_by_itself(play):
    async def script(stage):
        stage.link.state = replace(stage.link.state, state="ended")
        stage.app.look()
        await stage.until(lambda: not stage.app.is_running)
        return stage.app.return_value

    assert play(script) == 0


def test_a_failed_run_stays_until_the_user_leaves(play):
    async def script(stage):
        stage.link.state = replace(stage.link.state, state="failed", reason="node swapped, frame 311: ValueError")
        await stage.look()
        text = stage.text()
        await stage.pilot.press("q")
        await stage.until(lambda: not stage.app.is_running)
        return text, stage.app.return_value

    text, code = play(script)
    assert "FAILED" in text
    assert "node swapped, frame 311: ValueError" in text
    assert code == 1


def test_another_graph_keeps_the_cursor_on_its_node(play):
    async def script(stage):
        await stage.press(*["down"] * 4)
        nodes = example_graph().nodes
        stage.link.graph_view = replace(example_graph(), name="rebuilt", nodes=(*nodes[:2], *nodes[3:]), version=1)
        stage.link.state = replace(stage.link.state, graph_version=1)
        await stage.look()
        return stage.app.scene.node.name, stage.text()

    name, text = play(script)
    assert name == "composite"
    assert "rebuilt" in text


def test_a_graph_without_nodes_and_a_node_without_figures_are_shown(play):
    async def script(stage):
        stage.link.state = replace(stage.link.state, nodes=())
        await stage.look()
        without = stage.text()
        stage.link.graph_view = replace(example_graph(), nodes=(), version=1)
        stage.link.state = replace(stage.link.state, graph_version=1)
        await stage.look()
        await stage.press("down", "b", "enter", "enter")
        return without, stage.link.asked

    without, asked = play(script)
    assert "composite" in without
    assert asked == []


def test_lines_of_the_log_come_once_and_their_counts_grow(play):
    async def script(stage):
        last = replace(example_log()[-1], count=5)
        stage.link.lines = (*example_log()[:-1], last, LogLine(4, 1.78e9, "warning", "", "one more"))
        await stage.look()
        return stage.app.scene.log

    log = play(script)
    assert [line.count for line in log.lines.values()] == [1, 1, 4, 5, 1]
    assert log.tally() == "5 errors, 5 warnings"


def test_the_threads_that_ask_end_with_the_dashboard(play):
    async def script(stage):
        return {thread.name for thread in threading.enumerate()}

    assert {"dashboard-looks", "dashboard-orders"} <= play(script)
    assert not any(thread.name.startswith("dashboard-") for thread in threading.enumerate())


@pytest.mark.parametrize("state", ["loading", "running", "paused", "holding", "adapting", "stopping"])
def test_every_state_is_a_word(play, state):
    async def script(stage):
        stage.link.state = replace(stage.link.state, state=state, reason="because")
        await stage.look()
        return stage.rows()[0]

    row = play(script)
    assert state.upper() in row
    assert "because" in row

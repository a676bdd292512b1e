"""What is typed in the dashboard: values of settings, names, and paths."""

from textual.events import Key
from textual.widgets import Input

from runtime.scripted_link import ScriptedLink
from runtime.tui.detail import DetailScreen
from runtime.tui.prompt import Prompt
from runtime.view import Refused


def test_a_live_setting_is_changed_on_the_nodes_screen(play):
    async def script(stage):
        await stage.press("down", "down", "down", "enter", "down", "enter")
        field = stage.app.screen.query_one(Input)
        before = field.value
        field.value = ""
        await stage.type("0.25")
        await stage.press("enter")
        return before, stage.link.asked, stage.text(), stage.app.screen

    before, asked, text, screen = play(script)
    assert before == "1.0"
    assert asked == [("set", {"setting": "swapped.opacity", "value": "0.25"})]
    assert isinstance(screen, DetailScreen)
    assert any("opacity" in line and "0.25" in line for line in text.splitlines())


def test_what_a_setting_is_refused_with_stands_in_the_prompt_until_it_is_mended(play):
    refused = Refused("setting opacity of swapped takes a number, 0 to 1, not 'much'", "write 0.5")
    link = ScriptedLink(refusals={"set": refused})

    async def script(stage):
        await stage.press("down", "down", "down", "enter", "down", "enter")
        await stage.type("much")
        await stage.press("enter")
        first, text = stage.app.screen, stage.text()
        link.refusals.clear()
        await stage.press("backspace")
        typed = stage.text()
        await stage.press("enter")
        return first, text, typed, stage.app.screen

    first, text, typed, last = play(script, link=link)
    assert isinstance(first, Prompt)
    assert "takes a number, 0 to 1" in text
    assert "write 0.5" in text
    assert "write 0.5" not in typed
    assert isinstance(last, DetailScreen)


def test_a_setting_of_any_node_is_set_by_name_with_completion(play):
    async def script(stage):
        await stage.press("s")
        await stage.type("swapped.oth")
        await stage.press("tab")
        completed = stage.app.screen.query_one(Input).value
        await stage.type("blur")
        await stage.press("enter")
        return completed, stage.link.asked

    completed, asked = play(script)
    assert completed == "swapped.others="
    assert asked == [("set", {"setting": "swapped.others", "value": "blur"})]


def test_an_assignment_without_a_value_is_answered_at_once(play):
    async def script(stage):
        await stage.press("s")
        await stage.type("faces")
        await stage.press("enter")
        return stage.text(), stage.link.asked

    text, asked = play(script)
    assert "a setting is written as node.setting=value" in text
    assert asked == []


def test_a_face_is_chosen_with_completion_of_its_path(play, tmp_path, monkeypatch):
    (tmp_path / "portraits").mkdir()
    (tmp_path / "portraits" / "ann.jpg").touch()
    (tmp_path / "portraits" / "anna.jpg").touch()
    (tmp_path / ".hidden").touch()
    monkeypatch.chdir(tmp_path)

    async def script(stage):
        await stage.press("f")
        shown = stage.text()
        await stage.press("p", "tab", "tab")
        folder = stage.text()
        await stage.press("tab", "enter")
        return shown, folder, stage.link.asked

    shown, folder, asked = play(script)
    assert "portraits/" in shown
    assert ".hidden" not in shown
    assert "portraits/anna.jpg" in folder
    assert asked == [("face", {"file": str(tmp_path / "portraits" / "ann.jpg")})]


def test_what_is_typed_before_a_prompt_is_open_is_not_lost(play):
    async def script(stage):
        names = {".": "full_stop", "=": "equals_sign", "\r": "enter"}
        for letter in "sswapped.opacity=1\r":
            stage.app.post_message(Key(names.get(letter, letter), letter))
        await stage.until(lambda: stage.link.asked)
        return stage.link.asked

    assert play(script) == [("set", {"setting": "swapped.opacity", "value": "1"})]

"""What a setting takes to change is said in one word everywhere, and whatever can change in a run can be changed."""

from textual.widgets import Input


def test_a_setting_that_rebuilds_its_node_is_changed_like_a_live_one(play):
    async def script(stage):
        await stage.press("down", "enter")
        screen = stage.text()
        await stage.press("enter")
        prompt = stage.text()
        stage.app.screen.query_one(Input).value = ""
        await stage.type("scrfd")
        await stage.press("enter")
        return screen, prompt, stage.link.asked

    screen, prompt, asked = play(script)
    assert any("model" in line and "rebuilds" in line for line in screen.splitlines())
    assert "a change rebuilds the node" in prompt
    assert asked == [("set", {"setting": "faces.model", "value": "scrfd"})]


def test_every_setting_but_those_of_ends_is_completed(play):
    async def script(stage):
        await stage.press("s")
        await stage.type("faces.mo")
        await stage.press("tab")
        changed = stage.app.screen.query_one(Input).value
        stage.app.screen.query_one(Input).value = "camera."
        await stage.settle()
        return changed, stage.text()

    changed, text = play(script)
    assert changed == "faces.model=blazeface"
    assert "camera.uri=" not in text

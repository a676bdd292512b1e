"""The dashboard can be left while a command hangs."""

from dataclasses import replace


def test_q_waits_for_no_other_command(play):
    now = [0.0]

    async def script(stage):
        stage.link.work.clear()
        await stage.pilot.press("r", "q")
        await stage.until(lambda: stage.link.asked)
        now[0] = 2.0
        await stage.look_until(lambda: "STOPPING" in stage.text())
        stopping = stage.text()
        stage.link.state = replace(stage.link.state, state="ended")
        await stage.look_until(lambda: not stage.app.is_running)
        stage.link.work.set()
        return stopping, stage.link.asked[0], stage.app.return_value

    stopping, asked, code = play(script, clock=lambda: now[0])
    assert asked == ("stop", {"now": False})
    assert "stopping; q again does not wait" in stopping
    assert "reload takes" not in stopping
    assert code == 0

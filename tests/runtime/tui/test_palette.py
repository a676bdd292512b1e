"""The palette has every command, and each does what its key does."""

import pytest

from runtime.tui.keys import COMMANDS


def test_the_palette_has_every_command(play):
    async def script(stage):
        return [command.title for command in stage.app.get_system_commands(stage.app.screen)]

    titles = play(script)
    assert len(titles) == len([item for item in COMMANDS if item.listed]) + 2
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("command", [item for item in COMMANDS if item.listed], ids=lambda item: item.action)
def test_a_command_of_the_palette_does_what_its_key_does(play, command):
    async def by_key(stage):
        await stage.press(command.keys.split(",")[0])
        return stage.link.asked, type(stage.app.screen)

    async def by_name(stage):
        found = {item.help: item.callback for item in stage.app.get_system_commands(stage.app.screen)}
        found[command.shown]()
        await stage.pilot.pause()
        await stage.settle()
        return stage.link.asked, type(stage.app.screen)

    assert play(by_name) == play(by_key)


def test_the_palette_runs_what_is_chosen_in_it(play):
    async def script(stage):
        await stage.press("ctrl+p")
        await stage.type("save the last")
        await stage.until(lambda: stage.app.screen.query("OptionList").first().option_count == 1)
        await stage.press("enter")
        await stage.until(lambda: stage.link.asked)
        return stage.link.asked

    assert play(script) == [("picture", {})]

"""A dashboard without a terminal, in front of a scripted link: what it shows as text, and keys to press."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from runtime.scripted_link import ScriptedLink
from runtime.tui.app import Dashboard

NEVER_S = 3600.0
PATIENCE_S = 20.0


class Stage:
    """The dashboard under test, its link, and whoever presses keys."""

    def __init__(self, app, pilot, link):
        self.app, self.pilot, self.link = app, pilot, link

    async def until(self, reached):
        """Waits for something that is about to happen."""
        end = time.monotonic() + PATIENCE_S
        while not reached():
            assert time.monotonic() < end, "it never happened"
            await self.pilot.pause()

    async def look_until(self, reached):
        """Asks again and again, as the clock does: a look is not asked for while another is under way."""
        await self.until(lambda: self.app.look() or reached())

    async def settle(self):
        """Waits until everything that was asked for is shown."""
        await self.until(lambda: not self.app.busy)
        await self.pilot.pause()

    async def press(self, *keys):
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text):
        await self.pilot.press(*("space" if c == " " else c for c in text))
        await self.settle()

    async def look(self, ticks=0):
        if ticks:
            self.link.advance(ticks)
        self.app.look()
        await self.settle()

    def rows(self):
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    def text(self):
        return "\n".join(row.rstrip() for row in self.rows()) + "\n"


@asynccontextmanager
async def staged(size=(80, 24), link=None, *, inline=False, clock=None):
    link = link or ScriptedLink()
    app = Dashboard(link, inline=inline, period_s=NEVER_S, clock=clock or (lambda: 0.0))
    async with app.run_test(size=size) as pilot:
        stage = Stage(app, pilot, link)
        await stage.until(lambda: app.scene.graph is not None)
        await stage.settle()
        yield stage


@pytest.fixture
def play(monkeypatch):
    """Runs `async def script(stage)` in front of a dashboard; returns what the script returns."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()

    def run(script, **options):
        async def whole():
            async with staged(**options) as stage:
                return await script(stage)

        return asyncio.run(whole())

    yield run
    monkeypatch.undo()
    time.tzset()

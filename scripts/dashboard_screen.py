#!/usr/bin/env python3
"""Draws the dashboard in front of a scripted link as SVG: `scripts/dashboard_screen.py FILE.svg [COLUMNS LINES]`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from runtime.scripted_link import ScriptedLink  # noqa: E402
from runtime.tui.app import Dashboard  # noqa: E402

TICKS = 60


async def picture(columns: int, lines: int) -> str:
    """Returns the screen after some looks, the cursor on the node that sets the pace."""
    link = ScriptedLink(moving=True)
    app = Dashboard(link, period_s=0.02)
    async with app.run_test(size=(columns, lines)) as pilot:
        while link.ticks < TICKS:
            await pilot.pause()
        await pilot.press("down", "down", "down")
        return app.export_screenshot(title="dlc")


if __name__ == "__main__":
    file, *size = sys.argv[1:]
    width, height = map(int, size or (100, 30))
    Path(file).write_text(asyncio.run(picture(width, height)), encoding="utf-8")

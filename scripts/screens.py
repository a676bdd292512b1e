#!/usr/bin/env python3
"""Draws the dashboard of a real run as SVG: `scripts/screens.py FOLDER`. It needs tmux, whose terminal it runs in.

A user's session: it runs, is resized, is paused, its file is broken and mended, and it is left.
"""

from __future__ import annotations

import html
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from copy import copy
from pathlib import Path

from rich.color_triplet import ColorTriplet
from rich.console import Console
from rich.terminal_theme import MONOKAI, TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parents[1]
PATIENCE_S = 60.0
SETTLE_S = 20.0
"""How long it runs before it is drawn: figures of the first frames are those of a cold machine."""

SIZES = ((80, 24), (120, 40), (160, 50))


_RUN = re.compile(r'x="([\d.]+)"( y="[\d.]+") textLength="([\d.]+)"([^>]*)>((?:&#160;)*)([^<]*?)((?:&#160;)*)</text>')


def _without_spaces(run: re.Match[str]) -> str:
    """Returns a run of text that begins where its first letter stands: some programs leave spaces at its ends out."""
    x, y, length, more, before, text, after = run.groups()
    count = len(html.unescape(before + text + after))
    cell = float(length) / count
    start, letters = before.count("&"), len(html.unescape(text))
    return f'x="{float(x) + start * cell:.1f}"{y} textLength="{letters * cell:.1f}"{more}>{text}</text>'


def _theme() -> TerminalTheme:
    """Returns a terminal whose background is the dashboard's: cells that it leaves empty look like the others."""
    theme = copy(MONOKAI)
    theme.background_color = ColorTriplet(0x12, 0x12, 0x12)
    return theme


class Terminal:
    """A terminal of tmux, on a server of its own.

    Args:
        folder: where its shell starts.
    """

    def __init__(self, folder: Path) -> None:
        self._tmux = ["tmux", "-L", f"dlc-screens-{os.getpid()}", "-f", "/dev/null"]
        shell = ["env", "PS1=$ ", "COLORTERM=truecolor", "sh"]
        self._run("new-session", "-d", "-x", "120", "-y", "40", "-c", str(folder), *shell)
        self._run("set", "-g", "default-terminal", "tmux-256color")
        self._run("set", "-ga", "terminal-overrides", ",*:RGB")

    def type(self, text: str, *keys: str) -> None:
        """Types a text, then keys by tmux's names."""
        if text:
            self._run("send-keys", "-l", text)
        if keys:
            self._run("send-keys", *keys)

    def leave(self) -> None:
        """Leaves a screen; a key that came at once would count as pressed together with escape."""
        self.type("", "Escape")
        self.settle(1)

    def resize(self, columns: int, lines: int) -> None:
        """Makes it another size, and waits until all of it is drawn."""
        self._run("resize-window", "-x", str(columns), "-y", str(lines))
        self.settle(2)

    def until(self, words: str) -> None:
        """Waits until something is on the screen."""
        end = time.monotonic() + PATIENCE_S
        while words not in self._run("capture-pane", "-p"):
            if time.monotonic() > end:
                raise TimeoutError(f"{words!r} is not on the screen:\n{self._run('capture-pane', '-p')}")
            self.settle(0.1)

    def settle(self, seconds: float) -> None:
        """Lets it run on."""
        time.sleep(seconds)

    def draw(self, file: Path) -> None:
        """Writes what is on the screen."""
        lines = self._run("capture-pane", "-e", "-p", "-N").splitlines()
        size = self._run("display", "-p", "#{pane_width}").strip()
        console = Console(
            record=True, width=int(size), file=io.StringIO(), force_terminal=True, color_system="truecolor"
        )
        for line in lines:
            console.print(Text.from_ansi(line), no_wrap=True, overflow="crop", crop=True)
        console.save_svg(str(file), title="dlc", theme=_theme(), unique_id=file.stem)
        text = _RUN.sub(_without_spaces, file.read_text(encoding="utf-8"))
        file.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", encoding="utf-8")

    def close(self) -> None:
        """Ends everything in it."""
        self._run("kill-server")

    def _run(self, *arguments: str) -> str:
        return subprocess.run([*self._tmux, *arguments], check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own command


def session(terminal: Terminal, graph: Path, pictures: Path) -> None:
    """Does what a user does."""
    text = graph.read_text(encoding="utf-8")
    terminal.type(f"{sys.executable} {ROOT / 'dlc.py'} run {graph.name} -t demo: -o null:", "Enter")
    terminal.until("RUNNING")
    terminal.settle(SETTLE_S)
    terminal.type("", "Down", "Down", "Down")
    for columns, lines in SIZES:
        terminal.resize(columns, lines)
        terminal.draw(pictures / f"dashboard_{columns}x{lines}.svg")
    terminal.resize(100, 30)
    terminal.type("", "Up", "Up", "Enter")
    terminal.settle(2)
    terminal.draw(pictures / "dashboard_node.svg")
    terminal.leave()
    terminal.type("s")
    terminal.until("Set node.setting")
    terminal.type("", "C-u")
    terminal.settle(1)
    terminal.type("swapped.opacity=0.8", "Enter")
    terminal.until("swapped.opacity is 0.8")
    graph.write_text(
        text.replace("type: label", "type: lable").replace("mode: feather", "mode: fether"), encoding="utf-8"
    )
    terminal.type("r")
    terminal.until("did you mean 'label'?")
    terminal.draw(pictures / "dashboard_refused.svg")
    graph.write_text(text, encoding="utf-8")
    terminal.leave()
    terminal.until("guarded")
    terminal.type("r")
    terminal.until("nothing has changed")
    terminal.type("w")
    terminal.until("saved swapped.opacity")
    terminal.type("q")
    terminal.until("capture to present")


def main(pictures: Path) -> None:
    """Draws all of them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, str(ROOT / "dlc.py"), "new", "mine"], cwd=folder, check=True)  # noqa: S603 - our own command
        terminal = Terminal(folder)
        try:
            session(terminal, folder / "mine.yaml", pictures)
        finally:
            terminal.close()


if __name__ == "__main__":
    if shutil.which("tmux") is None:
        sys.exit("this needs tmux")
    main(Path(sys.argv[1]).resolve())

"""Puts a terminal back as it was, for a dashboard that could not do it itself."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from typing import cast

try:
    import termios
except ModuleNotFoundError:  # Windows has none
    termios = None  # type: ignore[assignment]

_PLAIN = (
    "\x1b[?1049l"  # the screen that was there before
    "\x1b[?25h"  # the cursor
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l"  # no reports of the mouse
    "\x1b[?1004l\x1b[?2004l\x1b[?2048l"  # nor of focus, pasting and size
    "\x1b[<u"  # plain keys
    "\x1b[0m\r"
)


def terminal_settings(file: int) -> tuple[int, ...]:
    """Returns the settings of a terminal as numbers, or nothing where there is no terminal or no such thing."""
    if termios is None or not os.isatty(file):
        return ()
    *flags, characters = termios.tcgetattr(file)
    return (*flags, *(character[0] if isinstance(character, bytes) else character for character in characters))


def restore_terminal(file: int, settings: Sequence[int], *, screen: bool) -> None:
    """Gives a terminal its settings back; one that is gone is left alone.

    Args:
        file: the terminal.
        settings: from `terminal_settings`.
        screen: whether a dashboard has left without taking back what it asked of the terminal.
    """
    if termios is None or not settings:
        return
    with contextlib.suppress(OSError, termios.error):
        flags, characters = list(settings[:6]), list(settings[6:])
        is_number = {termios.VMIN, termios.VTIME} if not flags[3] & termios.ICANON else set()
        coded: list[bytes | int] = [
            value if index in is_number else bytes((value,)) for index, value in enumerate(characters)
        ]
        termios.tcsetattr(file, termios.TCSANOW, cast("list[int | list[bytes | int]]", [*flags, coded]))
        if screen:
            os.write(file, _PLAIN.encode())

"""Python itself: version, processor, and whether Rosetta translates it."""

from __future__ import annotations

import platform
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from commands.checks.finding import Finding

OLDEST, NEWEST = (3, 11), (3, 14)
"""Versions that dlc is made for (pyproject.toml, requires-python)."""

_NEW_VENV = "rm -rf .venv && {python} -m venv .venv && .venv/bin/pip install -e ."


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python.

    Attributes:
        version: for example (3, 12, 4).
        bits: 64 or 32.
        processor: what it is compiled for.
        translated: whether Rosetta translates it.
    """

    version: tuple[int, ...]
    bits: int
    processor: str
    translated: bool = False


def this_interpreter() -> Interpreter:
    """Returns the Python that runs this."""
    from runtime.apple import is_translated

    translated = sys.platform == "darwin" and is_translated()
    return Interpreter(sys.version_info[:3], struct.calcsize("P") * 8, platform.machine(), translated)


def check_interpreter(python: Interpreter) -> Iterator[Finding]:
    """Yields what is to be said of a Python."""
    text = f"Python {'.'.join(map(str, python.version))}, {python.bits} bit, {python.processor}"
    oldest, newest = (".".join(map(str, version)) for version in (OLDEST, NEWEST))
    remedy = f"install Python {newest}, then: {_NEW_VENV.format(python=f'python{newest}')}"
    if python.version[:2] < OLDEST or python.bits < 64:
        yield Finding("python", "wrong", f"{text}: too old, dlc needs {oldest} with 64 bits", remedy, stops=True)
    elif python.version[:2] > NEWEST:
        yield Finding("python", "note", f"{text}: newer than dlc has been run on ({newest})", remedy)
    else:
        yield Finding("python", "ok", text)
    if python.translated:
        yield Finding(
            "rosetta", "wrong",
            "this Python is made for Intel and translated by Rosetta: no CoreML, half the speed",
            f"install a Python for Apple silicon (arm64), then: {_NEW_VENV.format(python='/opt/homebrew/bin/python3')}",
        )  # fmt: skip

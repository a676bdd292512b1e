"""The latest lines of the log, for readers that come and go. Bounded; equal messages are one line with a count."""

from __future__ import annotations

import logging
import re
import threading
from collections import deque
from dataclasses import dataclass

from runtime.errors import NodeError
from runtime.view import Level, LogLine

KEPT = 1000
"""Lines that are kept; older ones are forgotten."""

NEAR = 16
"""A message is grouped with an equal one among so many latest lines."""

LONGEST = 4000
"""Characters of a line; the rest is left out."""

_VARYING = re.compile(r"\bframe \d+| \(and \d+ more before it\)")
"""The number of a frame, and how many errors a line stands for."""


@dataclass(slots=True)
class _Entry:
    index: int
    key: tuple[Level, str, str]
    time: float
    text: str
    count: int = 1
    told: int = 0


class LogRing(logging.Handler):
    """Keeps what is logged. Messages that differ in nothing but the number of a frame, or of errors, count as equal."""

    def __init__(self, level: int = logging.INFO) -> None:
        super().__init__(level)
        self._entries: deque[_Entry] = deque(maxlen=KEPT)
        self._next = 0
        self._reading = threading.Lock()  # guards the two above

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a message."""
        try:
            text = record.getMessage()[:LONGEST]
        except Exception:  # noqa: BLE001 - a message whose arguments do not fit must not end a node's thread
            text = str(record.msg)[:LONGEST]
        level = _level(record.levelno)
        key = (level, _node(record), _VARYING.sub("", text))
        with self._reading:
            recent = (self._entries[-1 - back] for back in range(min(NEAR, len(self._entries))))
            entry = next((entry for entry in recent if entry.key == key), None)
            if entry is None:
                entry = _Entry(self._next, key, record.created, text, count=0)
                self._entries.append(entry)
                self._next += 1
            entry.count += 1
            entry.time, entry.text = record.created, text

    def after(self, index: int) -> tuple[LogLine, ...]:
        """Returns the lines behind an index, and those before it whose count has grown since they were last told."""
        with self._reading:
            new = [entry for entry in self._entries if entry.index > index or entry.count > entry.told]
            for entry in new:
                entry.told = entry.count
            return tuple(
                LogLine(entry.index, entry.time, entry.key[0], entry.key[1], entry.text, entry.count) for entry in new
            )


def _level(number: int) -> Level:
    if number >= logging.ERROR:
        return "error"
    return "warning" if number >= logging.WARNING else "info" if number >= logging.INFO else "debug"


def _node(record: logging.LogRecord) -> str:
    """Returns the node that a message comes from or speaks of, or nothing."""
    spoken = next((item.node for item in record.args or () if isinstance(item, NodeError)), "")
    return spoken or (record.name.removeprefix("dlc.") if record.name.startswith("dlc.") else "")

"""What stands for one admitted frame while it is in flight."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

from runtime.kinds import Frame
from runtime.live_settings import LiveSettings


class Tombstone(Enum):
    """Stands where a node's answer would be, had the frame not been skipped there."""

    SKIPPED = "skipped"


SKIPPED: Final = Tombstone.SKIPPED


class Token:
    """One admitted frame: its number, its settings, and a slot for each node output.

    Attributes:
        seq: dense number from 0.
        frame: the frame as it came from the source.
        settings: what all nodes use for this frame.
        values: one slot for each output of the graph.
        presented_at: when the last sink took it (ns), or None.
        withheld: whether a sink refused to show it.
        open_ends: terminal stages that have yet to see it.
    """

    __slots__ = ("frame", "open_ends", "presented_at", "seq", "settings", "values", "withheld")

    def __init__(self, frame: Frame, settings: LiveSettings, slots: int, ends: int) -> None:
        self.seq = frame.seq
        self.frame = frame
        self.settings = settings
        self.values: list[Any] = [SKIPPED] * slots
        self.presented_at: int | None = None
        self.withheld = False
        self.open_ends = ends

    def let_go(self) -> None:
        """Forgets all pictures, once the frame is at its last end: threads that still know it hold no buffers."""
        self.values.clear()
        del self.frame

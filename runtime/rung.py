"""One step of a ladder: a live setting and its value, or a limit to the frames that enter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FPS = "fps"
"""What a rung without a node sets: the most frames a second that enter the graph."""

Place = tuple[str | None, str]
"""A node's name and a setting of it."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A step.

    Attributes:
        node: whose setting it is, or None for the rate.
        setting: its name, or `fps`.
        value: what it becomes.
    """

    node: str | None
    setting: str
    value: Any

    @property
    def place(self) -> Place:
        """Which setting of which node."""
        return self.node, self.setting

    @property
    def is_cap(self) -> bool:
        """Whether it limits the frame rate."""
        return self.node is None

    @property
    def name(self) -> str:
        """The setting as graph files name it."""
        return self.setting if self.node is None else f"{self.node}.{self.setting}"

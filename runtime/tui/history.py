"""What a dashboard remembers of past snapshots: for each node how long calls took, for its sparkline."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from runtime.view import StateView

LENGTH = 240
"""Snapshots that are kept: a minute at four a second."""


class History:
    """How long the calls of each node took of late: means of the second before each snapshot, ms."""

    def __init__(self) -> None:
        self._of: dict[str, deque[float]] = {}

    def add(self, state: StateView) -> None:
        """Takes what a node needed in a snapshot, where it has run; forgets nodes that are gone."""
        for gone in self._of.keys() - {node.name for node in state.nodes}:
            del self._of[gone]
        if state.state == "paused":
            return
        for node in state.nodes:
            if node.recent:
                self._of.setdefault(node.name, deque(maxlen=LENGTH)).append(node.recent)

    def of(self, node: str) -> Sequence[float]:
        """Returns what is remembered of a node, oldest first."""
        return self._of.get(node, ())

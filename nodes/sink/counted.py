"""A sink that counts, and the one that does nothing else."""

from __future__ import annotations

from runtime.kinds import Frame
from runtime.node import Sink


class CountedSink(Sink):
    """Base of all sinks here: `counters` reach the run's statistics."""

    def __init__(self) -> None:
        self._written = 0

    def counters(self) -> dict[str, int]:
        """Returns whole numbers by name."""
        return {"written": self._written}


class Null(CountedSink):
    """Takes frames and counts them."""

    def write(self, frame: Frame) -> None:  # noqa: ARG002  # the contract's signature
        """Counts the frame."""
        self._written += 1

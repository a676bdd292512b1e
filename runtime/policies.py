"""What stands for a node's answer when it raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

OnError = Literal["skip", "stop", "repeat"]

Answer = Sequence[Any]
"""One value for each output of a node."""


class ErrorPolicy(Protocol):
    """Answers for a node that raised.

    Attributes:
        needs_last: whether the node's last good answer has to be kept.
    """

    needs_last: bool

    def answer(self, last: Answer | None) -> Answer | None:
        """Returns what stands for the outputs (empty: nothing does), or None to end the run.

        Args:
            last: the node's last good answer, if it has one.
        """
        ...


class Skip:
    """The frame is lost from this node on."""

    needs_last = False

    def answer(self, last: Answer | None) -> Answer | None:  # noqa: ARG002 - the policy's signature
        """Returns nothing: tombstones stay."""
        return ()


class Stop:
    """The run ends."""

    needs_last = False

    def answer(self, last: Answer | None) -> Answer | None:  # noqa: ARG002 - the policy's signature
        """Returns None."""
        return None


class Repeat:
    """The node's last good answer is given again; without one the run ends."""

    needs_last = True

    def answer(self, last: Answer | None) -> Answer | None:
        """Returns the last good answer."""
        return last


POLICIES: Mapping[OnError, ErrorPolicy] = {"skip": Skip(), "stop": Stop(), "repeat": Repeat()}

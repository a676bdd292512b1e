"""What a check found, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

State = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: its name, one word.
        state: `ok`, `note` (works, but less well or differs from the usual), `wrong` (something does not work).
        message: what is there.
        remedy: the command that mends it, or what to do; empty where there is nothing to do.
        stops: whether the default graph cannot run because of it.
    """

    check: str
    state: State
    message: str
    remedy: str = ""
    stops: bool = False

    def without(self, secrets: Iterable[tuple[str, str]]) -> Finding:
        """Returns the finding with each private text replaced by its public one."""
        message, remedy = self.message, self.remedy
        for private, public in secrets:
            message, remedy = message.replace(private, public), remedy.replace(private, public)
        return replace(self, message=message, remedy=remedy)

"""How many threads each library may use, decided in one place so that nothing oversubscribes the machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Threads:
    """How many threads each library may use, decided in one place so that nothing oversubscribes the machine."""

    inference: int = 1
    opencv: int = 1
    decode: int = 1
    encode: int = 1

    @staticmethod
    def for_cores(cores: int) -> Threads:
        """Returns the shares for a machine: stages run side by side, so each library gets little for itself."""
        return Threads(decode=max(1, min(4, cores // 4)), encode=max(1, min(8, cores // 2)))

"""The processor of this machine: its name, the cores that this process may use, and its instruction sets."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cpu:
    """A processor as this process may use it."""

    name: str
    cores: int
    memory_bytes: int
    features: frozenset[str]


def probe_cpu() -> Cpu:
    """Returns this machine's processor."""
    return Cpu(platform.processor() or platform.machine(), os.cpu_count() or 1, 0, frozenset())

"""What Linux lets this process have: processors by its affinity, processor time and memory by its control groups.

Versions 1 and 2 of control groups (kernel documentation, admin-guide/cgroup-v1 and cgroup-v2). A limit of any group
above counts, too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/")
_NO_LIMIT = 2**60
"""Version 1 writes a number near 2^63 where memory is not limited."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What this process may use.

    Attributes:
        cpus: processors, as a share of time: 1.5 is one and a half; None where it is not limited.
        memory_bytes: None where it is not limited.
        memory_used_bytes: by the group that has the limit, without what the system can drop; None like the limit.
    """

    cpus: float | None = None
    memory_bytes: int | None = None
    memory_used_bytes: int | None = None


def allowance(root: Path = ROOT) -> Allowance:
    """Returns the tightest limits of this process's control groups; none where there are no such groups."""
    quotas = [quota for folder in _groups(root, "cpu") if (quota := _quota(folder)) is not None]
    memory = [limit for folder in _groups(root, "memory") if (limit := _memory(folder)) is not None]
    tightest = min(memory, default=(None, None))
    return Allowance(min(quotas, default=None), *tightest)


def usable_cpus() -> frozenset[int]:
    """Returns the numbers of the processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    counted = getattr(os, "process_cpu_count", os.cpu_count)
    return frozenset(range(counted() or 1))


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Yields the folders of this process's group and of those above it, for a controller."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        number, controllers, path = line.split(":", 2) if line.count(":") >= 2 else ("", "", "")
        if number == "0" and not controllers:
            top = root / "sys/fs/cgroup"
        elif controller in controllers.split(","):
            top = root / "sys/fs/cgroup" / controller
        else:
            continue
        parts = [part for part in path.split("/") if part and part != ".."]
        for depth in range(len(parts), -1, -1):
            yield top.joinpath(*parts[:depth])


def _quota(folder: Path) -> float | None:
    """Returns how many processors' time a group may take."""
    words = _read(folder / "cpu.max").split() or [
        _read(folder / "cpu.cfs_quota_us").strip(),
        _read(folder / "cpu.cfs_period_us").strip(),
    ]
    quota, period = (_number(word) for word in words[:2])
    return quota / period if quota and period and quota > 0 else None


def _memory(folder: Path) -> tuple[int, int] | None:
    """Returns a group's limit, and what it uses of it, in bytes."""
    limit = _number(_read(folder / "memory.max") or _read(folder / "memory.limit_in_bytes"))
    if limit is None or limit >= _NO_LIMIT:
        return None
    used = _number(_read(folder / "memory.current") or _read(folder / "memory.usage_in_bytes")) or 0
    entries = dict(line.split()[:2] for line in _read(folder / "memory.stat").splitlines() if line.count(" "))
    droppable = _number(entries.get("inactive_file", "")) or 0
    return limit, max(0, used - droppable)


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.lstrip("-").isdecimal() else None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

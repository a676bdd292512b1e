"""What this process takes of the machine now."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

try:
    import resource
except ModuleNotFoundError:  # Windows has none
    resource = None  # type: ignore[assignment]


def rss_mb() -> float:
    """Returns the memory that the process holds; outside Linux the most that it has held, and 0 on Windows."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return peak_rss_mb() or 0.0
    return pages * resource.getpagesize() / 1e6


def peak_rss_mb() -> float | None:
    """Returns the most memory that the process has held; the unit that the system counts in is not the same on all.

    Linux hands `ru_maxrss` on from whoever started the process: a small run from a large program would look large.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    if resource is None:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6

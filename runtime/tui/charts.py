"""Small charts of block characters. What a glyph means does not depend on its colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runtime.tui.amounts import milliseconds
from runtime.tui.line import Piece
from runtime.view import HISTOGRAM_EDGES_MS, NodeNow

_EIGHTHS = "▁▂▃▄▅▆▇█"
_LEFT_EIGHTHS = " ▏▎▍▌▋▊▉█"

WORK = {"working": "█", "runnable": "▒", "waiting": "·", "blocked": "x"}
"""A glyph for each way in which a node spends its time."""

_TONES: dict[str, Piece] = {
    "working": (WORK["working"], "accent"),
    "runnable": (WORK["runnable"], "accent"),
    "waiting": (WORK["waiting"], "quiet"),
    "blocked": (WORK["blocked"], "warning"),
}


def sparkline(values: Iterable[float], width: int) -> str:
    """Returns the latest values, newest at the right; blank where there are none yet.

    From bottom to top it spans the values, but no less than half of the largest: small changes look small.
    """
    latest = list(values)[-width:]
    top, bottom = max(latest, default=0.0), min(latest, default=0.0)
    span = max(top - bottom, top / 2)
    low = (top + bottom - span) / 2
    bars = "".join(_EIGHTHS[min(7, int(8 * (value - low) / span))] if span else _EIGHTHS[0] for value in latest)
    return bars.rjust(width)


def gauge(share: float, width: int) -> str:
    """Returns a bar for a share of 1; what is more than the whole fills it."""
    filled = round(8 * width * min(1.0, max(0.0, share)))
    full, rest = divmod(filled, 8)
    bar = "█" * full + (_LEFT_EIGHTHS[rest] if rest else "")
    return bar.ljust(width, "░")


def work_bar(node: NodeNow, width: int) -> tuple[Piece, ...]:
    """Returns how a node spends its time, a glyph for each share; blank before there are shares."""
    shares = [getattr(node, name) for name in WORK]
    if sum(shares) <= 0:
        return ((" " * width, "quiet"),)
    cells = _parts_of(width, shares)
    return tuple((_TONES[name][0] * count, _TONES[name][1]) for name, count in zip(WORK, cells, strict=True) if count)


def histogram(counts: Sequence[int], width: int) -> list[tuple[str, str, int]]:
    """Returns a row for each bin between the first and the last that hold something: its range, a bar, its count."""
    filled = [index for index, count in enumerate(counts) if count]
    if not filled:
        return []
    top = max(counts)
    rows = []
    for index in range(filled[0], filled[-1] + 1):
        bar = gauge(counts[index] / top, width).rstrip("░")
        rows.append((_bin(index), bar, counts[index]))
    return rows


def _bin(index: int) -> str:
    if index >= len(HISTOGRAM_EDGES_MS):
        return f"over {milliseconds(HISTOGRAM_EDGES_MS[-1])} ms"
    return f"to {HISTOGRAM_EDGES_MS[index]:g} ms"


def _parts_of(width: int, shares: Sequence[float]) -> list[int]:
    """Returns whole columns for shares, together `width`; the largest remainders are rounded up."""
    whole = sum(shares)
    exact = [width * share / whole for share in shares]
    parts = [int(value) for value in exact]
    for index in sorted(range(len(exact)), key=lambda i: parts[i] - exact[i])[: width - sum(parts)]:
        parts[index] += 1
    return parts

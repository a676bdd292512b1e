"""Numbers as people read them at a glance: short, of steady width, with their unit."""

from __future__ import annotations

from runtime.tui.line import Tone

NONE = "-"
"""Stands where there is no figure yet."""


def milliseconds(value: float) -> str:
    """Returns a time in ms without its unit: `0.42`, `12.3`, `1234`."""
    if value < 1:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def rate(value: float) -> str:
    """Returns frames a second."""
    return f"{value:.1f}" if value < 999.95 else f"{value:.0f}"


def count(value: int) -> str:
    """Returns a number in full."""
    return f"{value:,}"


def short(value: int) -> str:
    """Returns a number in at most four characters: `999`, `9.9k`, `123k`, `1.2M`."""
    if value < 1000:
        return str(value)
    for limit, unit in ((1e6, "k"), (1e9, "M"), (1e12, "G")):
        if value < limit:
            scaled = value / limit * 1000
            return f"{scaled:.1f}{unit}" if scaled < 9.95 else f"{int(scaled)}{unit}"
    return "many"


def megabytes(value: float) -> str:
    """Returns a size."""
    return f"{value:.0f} MB" if value < 999.5 else f"{value / 1000:.1f} GB"


def duration(seconds: float) -> str:
    """Returns a time as `0:42`, `12:05` or `1:02:03`."""
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def percent(share: float) -> str:
    """Returns a share of 1."""
    return f"{100 * share:.0f} %"


def bad(number: int, tone: Tone) -> Tone:
    """Returns the tone for a count of things that should not happen."""
    return tone if number else "plain"

"""One measured figure beside the bar that it is meant to hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measurement.

    Attributes:
        name: what was measured.
        value: the figure.
        unit: of the figure.
        bar: the figure to hold on two cores of a server processor, or None.
        at_most: whether the bar is an upper one.
        note: how it was taken.
    """

    name: str
    value: float
    unit: str
    bar: float | None = None
    at_most: bool = True
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the bar is held here, or nothing where there is none."""
        if self.bar is None:
            return ""
        return "held" if (self.value <= self.bar if self.at_most else self.value >= self.bar) else "missed"

    def line(self) -> str:
        """Returns the figure as one line of text."""
        bar = "" if self.bar is None else f"{'<=' if self.at_most else '>='} {self.bar:g}"
        return f"{self.name:<44}{self.value:9.2f} {self.unit:<9}{bar:<9}{self.verdict:<7}{self.note}".rstrip()

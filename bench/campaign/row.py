"""A row of the campaign's table: one fault, over all its runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from bench.campaign.judge import Verdict

HEAD = (
    f"{'fault':<28} {'shown':>5} {'passed':>6} {'held':>5} {'blurred':>7} {'withheld':>8} {'bare':>4} {'spans':>5}"
    f" {'clear':>4}"
)


@dataclass(slots=True)
class Row:
    """One fault.

    Attributes:
        fault: its name.
        presented, passed, held, blurred: pictures, as the judge sees them.
        withheld: frames that the sink refused.
        bare: pictures with a face that must not be seen.
        unknown: pictures with a face that the detector has not found yet, or has given up: nobody could know.
        unexplained: pictures that were held or blurred for no reason.
        spans: spans of held or blurred pictures, by their reasons.
        clear_s: the longest time to a clear picture after somebody had gone.
        problems: where bare and unexplained pictures are, and runs that ended as they should not.
    """

    fault: str
    presented: int = 0
    passed: int = 0
    held: int = 0
    blurred: int = 0
    withheld: int = 0
    bare: int = 0
    unknown: int = 0
    unexplained: int = 0
    spans: Counter[str] = field(default_factory=Counter)
    clear_s: float = 0.0
    problems: list[str] = field(default_factory=list)

    def add(self, verdict: Verdict, withheld: int, where: str) -> None:
        """Adds a run."""
        self.presented += verdict.shown.total()
        self.passed += verdict.shown["passed"]
        self.held += verdict.shown["held"]
        self.blurred += verdict.shown["blurred"]
        self.withheld += withheld
        self.bare += len(verdict.bare)
        self.unknown += len(verdict.unknown)
        self.unexplained += len(verdict.unexplained)
        self.spans += verdict.spans
        self.clear_s = max(self.clear_s, verdict.clear_s)
        for what, moments in (("bare", verdict.bare), ("held or blurred for no reason", verdict.unexplained)):
            if moments:
                self.problems.append(f"{where}: {what} at {', '.join(map(str, moments[:8]))}")

    def as_json(self) -> dict[str, object]:
        """Returns the row for a JSON file."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def line(self) -> str:
        """Returns the row as text, and its problems below it."""
        figures = (
            f"{self.fault:<28.28} {self.presented:>5} {self.passed:>6} {self.held:>5} {self.blurred:>7}"
            f" {self.withheld:>8} {self.bare:>4} {self.spans.total():>5} {self.clear_s:>4.1f}"
        )
        return "\n".join([figures, *(f"    {problem}" for problem in self.problems)])


def total(rows: Iterable[Row]) -> Row:
    """Returns the sum of rows; of the times the longest."""
    whole = Row("all")
    for row in rows:
        for name in ("presented", "passed", "held", "blurred", "withheld", "bare", "unknown", "unexplained"):
            setattr(whole, name, getattr(whole, name) + getattr(row, name))
        whole.spans += row.spans
        whole.clear_s = max(whole.clear_s, row.clear_s)
    return whole

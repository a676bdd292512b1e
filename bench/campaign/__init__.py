"""The fault campaign: many runs in which everything goes wrong, and a judge who looks at each presented picture.

`script.py` is what happens, `cases.py` the faults, `stage.py` plays a script on the real engine, `duty.py` says what
must be hidden, `judge.py` looks at the pixels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

import numpy as np

from bench.campaign.cases import CASES
from bench.campaign.judge import Judge
from bench.campaign.stage import play

LENGTH = 150
"""Pictures of one run."""


@dataclass(slots=True)
class Row:
    """One fault, over all its runs.

    Attributes:
        fault: its name.
        presented, passed, held, blurred: pictures, as the judge sees them.
        withheld: frames that the sink refused.
        bare: pictures with a face that must not be seen.
        unknown: pictures with a face that the detector has not found yet, or has given up.
        unexplained: pictures that were held or blurred for no reason.
        spans: spans of held or blurred pictures.
        clear_s: the longest time to a clear picture after somebody had gone.
        problems: what else went wrong, and the seeds of bare and unexplained pictures.
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


def campaign(frames: int, seed: int = 0, length: int = LENGTH) -> Iterator[Row]:
    """Yields a row for each fault; each is run until its share of the frames has been presented."""
    for fault in CASES:
        yield run_fault(fault, -(-frames // len(CASES)), seed, length)


def run_fault(fault: str, frames: int, seed: int = 0, length: int = LENGTH) -> Row:
    """Runs one fault with one seed after another until so many frames have been presented."""
    row, turn = Row(fault), 0
    while row.presented < frames and turn < 10 + 4 * frames // length:
        _add(row, fault, seed, turn, length)
        turn += 1
    return row


def _add(row: Row, fault: str, seed: int, turn: int, length: int) -> None:
    random = np.random.default_rng([seed, turn, *fault.encode()])
    script = CASES[fault](random, length)
    script.speak()
    judge = Judge(script)
    snapshot, error = play(script, judge.see)
    verdict = judge.verdict
    row.presented += verdict.shown.total()
    row.passed += verdict.shown["passed"]
    row.held += verdict.shown["held"]
    row.blurred += verdict.shown["blurred"]
    row.withheld += snapshot.run.withheld
    row.bare += len(verdict.bare)
    row.unknown += len(verdict.unknown)
    row.unexplained += len(verdict.unexplained)
    row.spans += verdict.spans
    row.clear_s = max(row.clear_s, verdict.clear_s)
    for what, moments in (("bare", verdict.bare), ("unexplained", verdict.unexplained)):
        if moments:
            row.problems.append(f"seed {seed} turn {turn}: {what} at {moments[:8]}")
    if (error is not None) != script.ends_badly:
        row.problems.append(f"seed {seed} turn {turn}: ended with {error!r}")


HEAD = (
    f"{'fault':<27} {'shown':>5} {'passed':>6} {'held':>5} {'blurred':>7} {'withheld':>8} {'bare':>4} {'spans':>5}"
    f" {'clear':>5}"
)


def line(row: Row) -> str:
    """Returns a row of the table."""
    return (
        f"{row.fault:<27} {row.presented:>5} {row.passed:>6} {row.held:>5} {row.blurred:>7} {row.withheld:>8}"
        f" {row.bare:>4} {row.spans.total():>5} {row.clear_s:>4.1f}s"
    )


def as_json(row: Row) -> dict[str, object]:
    """Returns a row for a JSON file."""
    return asdict(row)

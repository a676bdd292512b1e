"""The fault campaign: many runs in which everything goes wrong, and a judge who looks at each presented picture.

`script.py` is what happens, `cases.py`, `faults.py` and `scenes.py` are the faults, `stage.py` plays a script on the
real engine, `duty.py` says what must be hidden, `judge.py` looks at the pixels. `film.py` does the same with the real
networks over clips with ground truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.campaign.cases import CASES
from bench.campaign.film import films, judged
from bench.campaign.judge import Judge
from bench.campaign.row import Row
from bench.campaign.stage import play
from bench.truth import Truth

SHORTEST, LENGTH = 40, 150
"""Pictures of one scripted run."""


def campaign(frames: int, seed: int = 0) -> Iterator[Row]:
    """Yields a row for each scripted fault; each is run until its share of the frames has been presented."""
    share = -(-frames // len(CASES))
    for fault in CASES:
        yield run_fault(fault, share, seed, min(LENGTH, max(SHORTEST, share)))


def run_fault(fault: str, frames: int, seed: int = 0, length: int = LENGTH) -> Row:
    """Runs one fault, each time another script, until so many frames have been presented."""
    row, turn = Row(fault), 0
    while row.presented < frames and turn < 10 + 4 * frames // length:
        random = np.random.default_rng([seed, turn, *fault.encode()])
        script = CASES[fault](random, length)
        script.speak()
        judge = Judge(script)
        snapshot, error = play(script, judge.see)
        row.add(judge.verdict, snapshot.run.withheld, f"turn {turn}")
        if (error is not None) != script.ends_badly:
            row.problems.append(f"turn {turn}: ended with {error!r}")
        turn += 1
    return row


def campaign_on(clip: Path, truth: Truth, seed: int = 0) -> Iterator[Row]:
    """Yields a row for each fault of the real networks and nodes over a clip."""
    for fault, film in films(clip, truth, np.random.default_rng(seed)):
        row = Row(f"{clip.stem}: {fault}")
        verdict, snapshot = judged(film)
        row.add(verdict, snapshot.run.withheld, "frames")
        yield row

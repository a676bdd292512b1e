"""What the controller learns of its rungs, seen by when it goes back up."""

from dataclasses import replace

import pytest

from bench.adapt import DEVICE, LADDER, PLANT, reversals
from bench.plant import simulate
from runtime.adapt import Controller


def run(plant, seconds, load, seed=0):
    control = Controller(LADDER, target_fps=30, budget_ms=100, source_fps=30)
    return list(simulate(plant, control, seconds, load=load, seed=seed))


@pytest.mark.parametrize(
    ("plant", "load", "seed"), [(PLANT, 2.1, 1), (PLANT, 2.7, 1), (DEVICE, 1.8, 1), (DEVICE, 1.0, 2)]
)
def test_costs_that_vary_by_15_percent_make_no_rung_come_and_go(plant, load, seed):
    """Each of these turned back two or four times while the rung above was judged by the moment."""
    moments = run(replace(plant, noise=0.15), 65, lambda at: load if at >= 5 else 1.0, seed)
    assert reversals(moments) == 0


def test_a_load_that_went_away_is_forgotten_at_once_though_costs_vary():
    moments = run(replace(PLANT, noise=0.1), 45, lambda at: 2.6 if 5 <= at < 25 else 1.0)
    down = max(len(moment.decision.taken) for moment in moments)
    back = next(moment.at for moment in moments if moment.at > 25 and len(moment.decision.taken) < down)
    assert back <= 26
    assert moments[-1].decision.taken == ()

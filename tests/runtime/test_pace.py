"""A rate below the source's is held evenly, and at the gate only."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.clock import SECOND, ManualClock
from runtime.pace import Pace, limit_below


def entering(fps, source_fps, frames, jitter=()):
    """Returns which frames of a source enter; `jitter` shifts their times, as shares of their distance."""
    clock = ManualClock()
    pace = Pace(clock.now, fps)
    taken = []
    for index in range(frames):
        shift = jitter[index % len(jitter)] if jitter else 0
        clock.advance(round((index + shift) / source_fps * SECOND) - clock.now())
        if pace.take():
            taken.append(index)
    return taken


@pytest.mark.parametrize(
    ("fps", "source", "gaps"),
    [(15, 30, {2}), (20, 30, {1, 2}), (27, 30, {1, 2}), (10, 60, {6}), (30, 30, {1}), (None, 60, {1})],
)
def test_frames_enter_evenly(fps, source, gaps):
    taken = entering(fps, source, 300)
    assert {later - earlier for earlier, later in itertools.pairwise(taken)} == gaps
    assert len(taken) == pytest.approx(300 * (fps or source) / source, abs=1)


@given(st.sampled_from([12, 15, 20, 24, 27]), st.lists(st.floats(-0.4, 0.4), min_size=5, max_size=20))
def test_jitter_of_a_camera_costs_no_rate(fps, jitter):
    assert len(entering(fps, 30, 300, jitter)) == pytest.approx(10 * fps, abs=2)


def test_a_rate_that_the_source_does_not_pass_is_no_limit():
    assert limit_below(30, 30.0) is None
    assert limit_below(30, 29.97) is None
    assert limit_below(30, None) is None
    assert limit_below(24, 30.0) == 24

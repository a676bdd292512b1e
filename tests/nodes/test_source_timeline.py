"""Time stamps: what rises is left alone, everything else is mended without moving the rest."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from nodes.source.timeline import Timeline

BASE = Fraction(1, 1000)


def placed(stamps, rate=Fraction(25)):
    timeline = Timeline(BASE, rate)
    return [int(timeline.place(stamp) / BASE) for stamp in stamps]


@given(st.lists(st.integers(1, 10**6), min_size=1), st.integers(-(10**6), 10**9))
def test_rising_stamps_are_left_alone(steps, start):
    stamps = list(accumulate(steps, initial=start))
    assert placed(stamps) == stamps


@given(st.lists(st.none() | st.integers(-(10**4), 10**6), min_size=2))
def test_whatever_comes_the_time_rises(stamps):
    assert all(a < b for a, b in pairwise(placed(stamps)))


def test_a_missing_stamp_lies_one_frame_after_the_last():
    assert placed([0, 40, None, 120]) == [0, 40, 80, 120]
    assert placed([None, None, None]) == [0, 40, 80]


def test_a_stamp_that_falls_back_a_little_moves_no_other_frame():
    assert placed([0, 40, 40, 80, 60, 120]) == [0, 40, 41, 80, 81, 120]


def test_stamps_that_start_again_are_joined():
    assert placed([5000, 5040, 0, 40, 80]) == [5000, 5040, 5080, 5120, 5160]


def test_a_loop_goes_on_after_the_duration_or_after_one_frame():
    timeline = Timeline(BASE, Fraction(25))
    first = [timeline.place(stamp) for stamp in (10, 50)]
    timeline.loop(Fraction(100, 1000))
    second = [timeline.place(stamp) for stamp in (10, 50)]
    timeline.loop(None)
    third = timeline.place(10)
    assert [int(time / BASE) for time in (*first, *second, third)] == [10, 50, 110, 150, 190]

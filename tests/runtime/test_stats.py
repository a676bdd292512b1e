"""Counters: what percentiles say, and what a window forgets."""

from hypothesis import given
from hypothesis import strategies as st

from runtime.stats import WINDOW, Percentiles, Window


def test_percentiles_of_nothing_are_zero():
    assert Percentiles.of([]) == Percentiles()


def test_percentiles_are_ranks_of_the_samples_in_milliseconds():
    found = Percentiles.of(range(1_000_000, 101_000_000, 1_000_000))
    assert (found.p50, found.p95, found.p99, found.max, found.mean) == (50, 95, 99, 100, 50.5)


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=50))
def test_percentiles_are_ordered_samples(samples):
    found = Percentiles.of(samples)
    assert found.p50 <= found.p95 <= found.p99 <= found.max == max(samples) / 1e6
    assert round(found.p50 * 1e6) in samples


def test_a_window_counts_all_and_remembers_the_latest():
    window = Window()
    for value in range(WINDOW + 10):
        window.add(value)
    assert window.count == WINDOW + 10
    assert window.total == sum(range(WINDOW + 10))
    assert sorted(window.samples()) == list(range(10, WINDOW + 10))

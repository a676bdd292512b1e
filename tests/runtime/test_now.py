"""Rates, shares and the bottleneck, from two snapshots made by hand."""

from dataclasses import replace

import pytest

from runtime.now import SPAN_S, LastSecond, Sample, view_of
from runtime.stats import NodeStats, Percentiles, RunStats, Snapshot

STAGES = (("b", "c"), ("d",))


def node(stage="b+c", working=0.0, waiting=0.0, blocked=0.0, calls=0, errors=0, workers=1):
    ms = Percentiles()
    return NodeStats("t", stage, workers, calls, errors, 0, "cpu", ms, 0.0, waiting, working, blocked)


def sample(time_s, mode="live", admitted=0, drops=0, cover=(0, 0, 0), state="running", **nodes):
    held, blurred, withheld = cover
    run = RunStats(
        admitted, admitted, drops, 0, withheld, held, blurred, 0, 0, 1, time_s, 0.0, Percentiles(p50=12.34), 0.0
    )
    return Sample(time_s, time_s / 2, Snapshot("g", mode, state, 3, run, nodes, STAGES), {})


def pair(mode="live", admitted=30, drops=0, seconds=1.0, cover=(0, 0, 0), **nodes):
    full = {name: node() for name in ("a", "b", "c", "d")}
    before = sample(10.0, mode, **full)
    return before, sample(10.0 + seconds, mode, admitted, drops, cover, **{**full, **nodes})


def seen(before, after, bypassed=frozenset()):
    return view_of(before, after, bypassed=bypassed)


def test_rates_speak_of_the_time_between():
    view = seen(*pair(admitted=15, seconds=0.5, b=node(calls=15)))
    assert view.fps == 30
    assert view.nodes[1].fps == 30
    assert view.cpu == pytest.approx(0.5)
    assert view.sound_delay_ms == 12.3


def test_a_node_that_gets_slower_shows_it_in_the_next_second():
    before, after = pair(b=node(working=0.4, calls=20), d=node("d", working=0.2))
    view = seen(before, after)
    assert view.nodes[1].recent == pytest.approx(20.0)
    assert view.nodes[3].recent == 0.0  # no call of it ended


def test_before_the_second_look_there_are_no_rates_and_no_division_by_nothing():
    first = sample(1.0, a=node())
    view = seen(first, first)
    assert (view.fps, view.bottleneck, view.nodes[0].working) == (0, "", 0)


def test_shares_sum_to_one_and_the_rest_is_the_turn_of_others():
    view = seen(*pair(b=node(working=0.2, waiting=0.5), d=node("d", working=0.8, waiting=0.1, blocked=0.1)))
    b, d = view.nodes[1], view.nodes[3]
    assert (b.working, b.waiting, b.runnable) == pytest.approx((0.2, 0.5, 0.3))
    assert (d.working, d.waiting, d.blocked, d.runnable) == pytest.approx((0.8, 0.1, 0.1, 0.0))


def test_a_call_that_began_before_is_cut_to_the_span():
    view = seen(*pair(b=node(working=3.0, waiting=1.0)))
    assert view.nodes[1].working == pytest.approx(0.75)


def test_workers_share_their_stage():
    assert seen(*pair(b=node(working=1.0, workers=2))).nodes[1].working == pytest.approx(0.5)


def test_a_source_that_waits_for_the_gate_is_blocked():
    assert seen(*pair(a=node("a", working=0.1))).nodes[0].blocked == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("mode", "drops", "work", "bottleneck"),
    [
        ("live", 0, {"d": 0.9}, "source"),  # nothing is dropped: frames come no faster
        ("live", 10, {"d": 0.9, "b": 0.3, "c": 0.3}, "d"),
        ("live", 10, {"d": 0.5, "b": 0.2, "c": 0.4}, "c"),  # together its stage works most
        ("live", 1, {"d": 0.9}, "source"),  # one hiccup among thirty frames
        ("file", 0, {"d": 0.9, "a": 0.5}, "d"),
        ("file", 0, {"d": 0.5, "a": 0.9}, "source"),
    ],
)
def test_the_bottleneck_is_whoever_sets_the_pace(mode, drops, work, bottleneck):
    nodes = {name: node(working=share) for name, share in work.items()}
    assert seen(*pair(mode, drops=drops, **nodes)).bottleneck == bottleneck


def test_nothing_sets_the_pace_while_nothing_moves():
    assert seen(*pair(admitted=0, d=node(working=0.9))).bottleneck == ""


@pytest.mark.parametrize(
    ("changes", "bypassed", "reason"),
    [
        ({}, frozenset(), "no picture in which every face is swapped"),
        ({"d": node(errors=2)}, frozenset(), "errors of d"),
        ({}, frozenset({"c"}), "c bypassed"),
    ],
)
def test_why_pictures_are_covered_is_told(changes, bypassed, reason):
    view = seen(*pair(cover=(20, 5, 0), **changes), bypassed)
    assert (view.state, view.reason, view.cover_reason) == ("holding", reason, reason)


def test_few_covered_pictures_are_no_state_of_their_own():
    view = seen(*pair(cover=(2, 0, 0)))
    assert (view.state, view.cover_reason != "") == ("running", True)


def test_a_node_that_was_made_anew_has_no_negative_rates():
    before, after = pair(b=node(calls=2, working=0.1))
    nodes = {**before.snapshot.nodes, "b": node(calls=90, working=5.0)}
    before = replace(before, snapshot=replace(before.snapshot, nodes=nodes))
    b = seen(before, after).nodes[1]
    assert (b.fps, b.working) == (0, 0)


def test_looks_are_compared_with_one_from_about_a_second_ago():
    last_second = LastSecond()
    looks = [sample(tick / 4) for tick in range(12)]
    assert last_second.add(looks[0]) is looks[0]
    compared = [last_second.add(look) for look in looks[1:]]
    assert compared[0] is looks[0]
    assert compared[-1].time_s == looks[-1].time_s - SPAN_S


def test_what_runs_a_node_is_told_where_that_is_not_the_cpu_alone():
    gpu = "CUDA: 95 nodes in 2 partitions; on the CPU: 3 Pad"
    b = replace(node(), device="cuda:0", networks={"mesh": gpu, "detector": gpu})
    c = replace(node(), networks={"mesh": "CPU"})
    view = seen(*pair(b=b, c=c))
    assert [item.placement for item in view.nodes] == ["", gpu, "", ""]

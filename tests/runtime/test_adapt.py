"""The controller, on a simulated machine: it settles, does not oscillate, and says what it does and why."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.adapt import reversals
from bench.plant import Plant, Work, simulate
from runtime.adapt import Controller
from runtime.demand import Demands
from runtime.ladder import Ladder
from runtime.limits import Limit
from runtime.observation import NodeLoad, Observation
from runtime.rung import Rung
from runtime.vitals import Vitals

CADENCE = ("faces", "every_ms")
COLOUR = ("swapped", "eye_colour")
JOIN = ("composite", "mode")
RUNGS = (
    Rung(*CADENCE, 500),
    Rung(*JOIN, "feather"),
    Rung(*COLOUR, 0.0),
    Rung(None, "fps", 24),
    Rung(None, "fps", 20),
    Rung(None, "fps", 15),
)
LADDER = Ladder(RUNGS, {CADENCE: 250, JOIN: "multiband", COLOUR: 1.0})


def plant(faces=8.0, swapped=12.0, composite=10.0, **options):
    nodes = {
        "faces": Work(faces, saves={(CADENCE, 500): 0.8}),
        "swapped": Work(swapped, saves={(COLOUR, 0.0): 0.85}),
        "composite": Work(composite, saves={(JOIN, "feather"): 0.6}),
    }
    return Plant(nodes, **options)


def controller(**options):
    return Controller(LADDER, **{"target_fps": 30, "budget_ms": 100, "source_fps": 30} | options)


def run(machine, seconds=60, control=None, **options):
    return list(simulate(machine, control or controller(), seconds, **options))


def changes(moments):
    return [moment for moment in moments if moment.decision.changed]


def test_a_graph_that_holds_its_rate_is_left_alone():
    assert changes(run(plant())) == []


def test_a_step_in_load_settles_within_three_seconds_and_does_not_oscillate_for_a_minute():
    moments = run(plant(noise=0.05), 65, load=lambda at: 2.6 if at >= 5 else 1)
    assert {moment.at for moment in changes(moments)} <= {5 + tick / 4 for tick in range(13)}
    assert moments[-1].seen.fps == pytest.approx(30, rel=0.03)
    assert moments[-1].seen.age_p95_ms <= 100


def test_when_the_load_has_gone_the_settings_come_back_one_by_one():
    moments = run(plant(), load=lambda at: 2.6 if 5 <= at < 20 else 1)
    assert moments[-1].decision.taken == ()
    assert moments[-1].decision.settings == LADDER.base
    climbs = [moment.at for moment in changes(moments) if moment.at > 20]
    assert all(later - earlier >= 3 for earlier, later in itertools.pairwise(climbs))
    assert "composite.mode goes back to multiband" in changes(moments)[-2].decision.reason


def test_a_climb_waits_until_it_is_predicted_to_hold():
    """Without its step the graph would take 88 % of the time: it could, but with too little to spare."""
    nodes = {"faces": Work(12, saves={(CADENCE, 500): 0.5}), "swapped": Work(12), "composite": Work(6)}
    moments = run(Plant(nodes), load=lambda at: 2.6 if 5 <= at < 20 else 1.95)
    assert len(moments[-1].decision.taken) == 1
    assert reversals(moments) == 0


def test_a_climb_that_fails_is_tried_again_later_and_later():
    """On the upper rung frames are lost for a reason that nobody can foresee."""
    control, taken, climbs = controller(), (), []
    for tick in range(1, 1200):
        fps = 30 if taken else 20
        faces = NodeLoad("faces", share=fps / 60, cpu_share=fps / 60)
        seen = Observation(1.0, fps, 30, 0, 20, 20, nodes={"faces": faces}, cores=2, cores_busy=fps / 60)
        decision = control.step(seen, tick / 4)
        if len(decision.taken) < len(taken):
            climbs.append(tick / 4)
        taken = decision.taken
    gaps = [later - earlier for earlier, later in itertools.pairwise(climbs)]
    assert len(gaps) >= 3
    assert all(later > 1.5 * earlier for earlier, later in itertools.pairwise(gaps))


def test_only_nodes_that_are_in_the_way_are_eased():
    """The swap waits for its device: that the detector rests and the join is plainer would be of no help."""
    nodes = {
        "faces": Work(3, saves={(CADENCE, 500): 0.8}),
        "swapped": Work(40, cpu_share=0.05, device="cuda:0", saves={(COLOUR, 0.0): 0.8}),
        "composite": Work(3, saves={(JOIN, "feather"): 0.6}),
    }
    moments = run(Plant(nodes, cores=8))
    assert changes(moments)[0].decision.limit is Limit.DEVICE
    assert "swapped waits for cuda:0" in changes(moments)[0].decision.reason
    assert next(RUNGS[index].place for index in moments[-1].decision.taken) == COLOUR
    assert moments[-1].decision.settings[CADENCE] == 250


def test_a_full_processor_is_told_from_one_busy_thread():
    full = changes(run(plant(26, 26, 26)))[0].decision
    thread = changes(run(plant(5, 60, 5, cores=8, credits=4)))[0].decision
    assert (full.limit, thread.limit) == (Limit.CPU, Limit.THREAD)
    assert "2.0 of 2 cores" in full.reason
    assert "the thread of swapped is busy" in thread.reason


def test_a_slow_source_is_no_reason_for_steps():
    moments = run(plant(source_fps=17))
    assert changes(moments) == []
    assert moments[-1].decision.limit is Limit.SOURCE
    reason = moments[-1].decision.lack
    assert reason == "the source gives 17.0 of 30 fps, and all of it comes out: no step would be of help"


def test_a_latency_over_the_budget_is_a_reason():
    nodes = {"faces": Work(15), "swapped": Work(20), "composite": Work(16, saves={(JOIN, "feather"): 0.2})}
    moments = run(Plant(nodes, cores=8), control=controller(budget_ms=50))
    first = changes(moments)[0].decision
    assert first.reason.startswith("frames are 61 ms old and may be 50: ")


def test_at_the_foot_of_the_ladder_it_says_so():
    moments = run(plant(100, 100, 100))
    assert len(moments[-1].decision.taken) == len(RUNGS)
    assert moments[-1].decision.cap_fps == 15
    assert "no step is left" in moments[-1].decision.lack


@pytest.mark.parametrize(("thermal", "fps"), [("nominal", None), ("fair", 27), ("serious", 21), ("critical", 15)])
def test_heat_lowers_the_rate_at_once(thermal, fps):
    moments = run(plant(), 10, vitals=lambda at: Vitals(thermal=thermal))
    assert moments[0].decision.cap_fps == fps
    assert moments[-1].seen.fps == pytest.approx(fps or 30)
    assert len(changes(moments)) == (fps is not None)


def test_after_heat_the_rate_comes_back_once_it_has_been_cool_for_a_while():
    moments = run(plant(), 20, vitals=lambda at: Vitals(thermal="serious" if at < 5 else "nominal"))
    (back,) = [moment for moment in changes(moments) if moment.at > 5]
    assert back.at == 10
    assert "thermal state is nominal again" in back.decision.reason
    assert moments[-1].decision.cap_fps is None


def test_a_sensor_at_the_edge_toggles_nothing():
    moments = run(plant(), vitals=lambda at: Vitals(thermal="fair" if round(at * 4) % 8 < 4 else "nominal"))
    assert len(changes(moments)) == 1


def test_nothing_is_given_back_while_it_is_hot():
    moments = run(
        plant(),
        load=lambda at: 2.6 if at < 10 else 1,
        vitals=lambda at: Vitals(thermal="fair" if at > 8 else "nominal"),
    )
    assert len(moments[-1].decision.taken) == len(next(m for m in moments if m.at == 8).decision.taken) > 0


@pytest.mark.parametrize(("memory", "share"), [("normal", 1), ("warn", 0.5), ("critical", 0.25)])
def test_short_memory_is_passed_on(memory, share):
    assert run(plant(), 5, vitals=lambda at: Vitals(memory=memory))[-1].decision.demand.memory_share == share


def test_worse_counts_at_once_and_better_after_five_seconds():
    demands = Demands()
    assert demands.step("serious", "warn", 0).thermal == "serious"
    assert demands.step("fair", "warn", 1).thermal == "serious"
    assert demands.step("fair", "warn", 5.9).thermal == "serious"
    assert demands.step("fair", "critical", 6).memory == "critical"
    assert demands.step("fair", "critical", 11).thermal == "fair"


def test_what_somebody_has_set_is_left_alone():
    moments = run(plant(), load=lambda at: 3, taken_over=frozenset({CADENCE}))
    assert all(CADENCE not in moment.decision.settings for moment in moments)
    assert all(0 not in moment.decision.taken for moment in moments)
    assert moments[-1].decision.taken != ()


def test_a_rung_whose_setting_is_taken_over_is_given_up():
    control = controller()
    run(plant(), 20, control, load=lambda at: 2.6)
    after = run(plant(), 1, control, load=lambda at: 2.6, taken_over=frozenset({CADENCE}))
    assert CADENCE not in [RUNGS[index].place for index in after[-1].decision.taken]


costs = st.floats(0.5, 80)
shares = st.floats(0.1, 1.0)


@st.composite
def machines(draw):
    names = ["faces", "swapped", "composite"]
    places = [(CADENCE, 500), (COLOUR, 0.0), (JOIN, "feather")]
    nodes = {
        name: Work(draw(costs), draw(shares), draw(st.sampled_from(["cpu", "cuda:0"])), {place: draw(shares)})
        for name, place in zip(names, places, strict=True)
    }
    source = draw(st.sampled_from([10, 24, 30, 60]))
    return Plant(
        nodes, source, draw(st.integers(1, 8)), draw(st.integers(1, 4)), draw(st.sampled_from([0, 0.03, 0.06]))
    )


states = st.lists(
    st.builds(
        Vitals,
        thermal=st.sampled_from(["nominal", "fair", "serious", "critical"]),
        memory=st.sampled_from(["normal", "warn", "critical"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(machines(), st.lists(st.floats(0.2, 5), min_size=1, max_size=8), states, st.integers(0, 99))
def test_it_stays_on_the_ladder_and_never_moves_more_than_one_rung(machine, loads, vitals, seed):
    """Whatever the machine does: heat, memory and a load that jumps every four seconds."""
    before = ()
    moments = simulate(
        machine, controller(), 40, seed=seed, load=lambda at: loads[int(at / 4) % len(loads)],
        vitals=lambda at: vitals[int(at / 5) % len(vitals)],
    )  # fmt: skip
    for moment in moments:
        taken = moment.decision.taken
        assert set(taken) <= set(range(len(RUNGS)))
        assert len(set(taken)) == len(taken)
        assert taken in (before, before[:-1]) or taken[:-1] == before
        assert moment.decision.settings == LADDER.settings(taken)
        before = taken


@settings(max_examples=300, deadline=None)
@given(machines(), st.floats(0.2, 5), st.integers(0, 99))
def test_under_a_constant_load_it_comes_to_rest(machine, load, seed):
    """After 15 s nothing changes any more but for one climb that fails."""
    moments = run(machine, 75, load=lambda at: load, seed=seed)
    late = [moment for moment in moments if moment.at > 15]
    assert reversals(late) <= 1


@pytest.mark.parametrize(("lasts", "steps"), [(3, False), (8, True)])
def test_a_call_that_hangs_is_no_load_unless_that_goes_on(lasts, steps):
    """For a while nothing comes out; then the window in which the call ends holds more work than there was time."""
    control, changed = controller(), False
    for tick in range(4, 60):
        at = tick / 4 - 2
        share, fps = (0.3, 30.0) if at < 0 or at > lasts + 0.5 else (0.0, 0.0) if at < lasts else (2 * lasts, 2.0)
        nodes = {"faces": NodeLoad("faces", share=share, cpu_share=0.1)}
        seen = Observation(0.5, fps, 30, 15, 20, 20, nodes=nodes, cores=2, cores_busy=0.1)
        changed |= control.step(seen, tick / 4).changed
    assert changed is steps


def unforeseeable(fps_of, seconds, sets=lambda at: 0):
    """Yields decisions on a run whose rate depends on the rungs and costs nothing that could be seen."""
    control, taken = controller(), ()
    for tick in range(1, seconds * 4):
        fps = fps_of(taken)
        faces = NodeLoad("faces", share=0.9 if not taken else 0.3, cpu_share=0.1)
        seen = Observation(
            1.0, fps, 30, 0, 20, 20, nodes={"faces": faces}, cores=2, cores_busy=0.1, sets=sets(tick / 4)
        )
        decision = control.step(seen, tick / 4)
        yield tick / 4, decision
        taken = decision.taken


def test_what_was_learnt_is_believed_for_a_minute_and_a_half():
    """A rung that once saved two thirds: whether it still would, only a try can tell."""
    climbs = [at for at, decision in unforeseeable(lambda taken: 30 if taken else 20, 600) if decision.changed]
    ups = climbs[1::2]
    assert ups[0] > 90
    assert all(later - earlier > 90 for earlier, later in itertools.pairwise(ups))


def test_after_somebody_has_set_something_nothing_that_was_learnt_counts():
    decisions = list(unforeseeable(lambda taken: 30 if taken else 20, 40, sets=lambda at: int(at > 20)))
    climbs = [at for (_, before), (at, after) in itertools.pairwise(decisions) if len(after.taken) < len(before.taken)]
    assert climbs
    assert 20 < climbs[0] < 24

"""How stages are cut and credits are set."""

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import Frame, node
from runtime.costs import Cost, Costs
from runtime.cuts import MOST_NODES, all_cuts, fused_cut, stages_before
from runtime.plan import Demand, Machine, fitting_batches, live_credits, make_plan, predict
from runtime.signature import spec_of
from runtime.table import NodeTable
from runtime.testing import load_text


@node
class Step:
    def __call__(self, frame: Frame, other: Frame | None = None) -> Frame:
        return frame

    def batch(self, items):
        return [frame for frame, _ in items]


def load(text):
    from runtime.testing import _Ends

    return load_text(text, NodeTable(spec_of(definition) for definition in (*_Ends().definitions(), Step)))


def chain(count, mode="file", extra=""):
    lines = [f"mode: {mode}", *extra.splitlines(), "nodes:", "  a: {type: listed}"]
    names = ["a", *(f"n{index}" for index in range(count))]
    lines += [f"  {name}: {{type: step, in: {{frame: {before}}}}}" for before, name in pairwise(names)]
    return load("\n".join([*lines, f"  z: {{type: collect, in: {names[-1]}}}"]))


@pytest.mark.parametrize(
    ("costs", "stages"),
    [
        ([0.1, 0.1, 0.1], (("n0", "n1", "n2", "z"),)),
        ([3, 4, 5], (("n0",), ("n1",), ("n2", "z"))),
        ([3, 0.2, 5], (("n0", "n1"), ("n2", "z"))),
        ([3, 0.9, 2], (("n0",), ("n1", "n2", "z"))),
    ],
)
def test_cheap_neighbours_share_a_stage_and_prefer_the_cheaper_side(costs, stages):
    cost = {f"n{index}": value for index, value in enumerate(costs)} | {"z": 0.01}
    assert fused_cut(chain(3), cost) == stages


def test_a_node_with_workers_keeps_a_stage_to_itself():
    graph = load(
        "mode: file\nnodes:\n  a: {type: listed}\n  b: {type: step, in: {frame: a}, workers: 2}\n  z: {type: collect, in: b}"
    )
    assert fused_cut(graph, {"b": 0.01, "z": 0.01}) == (("b",), ("z",))


@st.composite
def diamonds(draw):
    count = draw(st.integers(1, 8))
    lines = ["mode: file", "nodes:", "  a: {type: listed}"]
    known = ["a"]
    for index in range(count):
        frame, other = draw(st.sampled_from(known)), draw(st.sampled_from(known))
        lines.append(f"  n{index}: {{type: step, in: {{frame: {frame}, other: {other}}}}}")
        known.append(f"n{index}")
    graph = load("\n".join([*lines, f"  z: {{type: collect, in: {known[-1]}}}"]))
    costs = {name: draw(st.sampled_from([0.01, 0.4, 2.0, 9.0])) for name in [*known[1:], "z"]}
    return graph, costs


@given(diamonds())
def test_stages_hold_each_node_once_and_are_convex(case):
    graph, costs = case
    stages = fused_cut(graph, costs)
    assert sorted(name for stage in stages for name in stage) == sorted(costs)
    stage_of = {name: index for index, stage in enumerate(stages) for name in stage}
    links = nx.DiGraph()
    links.add_nodes_from(range(len(stages)))
    for item in graph.nodes:
        for origin, _ in item.inputs.values():
            if origin in stage_of and stage_of[origin] != stage_of[item.name]:
                links.add_edge(stage_of[origin], stage_of[item.name])
    assert nx.is_directed_acyclic_graph(links)
    assert all(before < after for before, after in links.edges)


@pytest.mark.parametrize(
    ("fps", "path", "bottleneck", "expected"),
    [(30, 7, 3, 1), (30, 40, 20, 2), (60, 32, 20, 2), (60, 100, 30, 4), (240, 10, 10, 1), (30, 0, 1e-6, 1)],
)
def test_live_credits_are_rate_times_path_within_what_the_bottleneck_can_use(fps, path, bottleneck, expected):
    assert live_credits(fps, path, bottleneck) == expected


EVEN = dict.fromkeys(("n0", "n1", "n2", "z"), 5.0)


def costs_of(wall_ms, frame_bytes=1, rate=30.0, **others):
    nodes = {name: Cost(ms, ms) for name, ms in wall_ms.items()}
    return Costs({"a": Cost(0, 0), **nodes}, frame_bytes=frame_bytes, rate=rate, **others)


def test_a_file_gets_enough_credits_for_all_workers_and_no_more_than_its_memory_allows():
    assert make_plan(chain(3), costs_of(EVEN), Machine(8)).credits == 8
    small = chain(3, extra="max_memory: 20 MB")
    assert make_plan(small, costs_of(EVEN, frame_bytes=10_000_000), Machine(8)).credits == 2


def test_credits_of_the_graph_win():
    assert make_plan(chain(3, extra="credits: 3"), costs_of(EVEN), Machine(8)).credits == 3


@pytest.mark.parametrize(
    ("mode", "costs", "cores", "stages"),
    [
        ("file", [5, 5, 5, 5], 8, (("n0",), ("n1",), ("n2",), ("z",))),
        ("file", [5, 5, 5, 5], 2, (("n0", "n1"), ("n2", "z"))),
        ("file", [5, 5, 5, 5], 1, (("n0", "n1", "n2", "z"),)),
        ("file", [9, 3, 3, 3], 8, (("n0",), ("n1", "n2", "z"))),
        ("live", [5, 5, 5, 5], 8, (("n0", "n1", "n2", "z"),)),
        ("live", [5, 5, 9, 9], 8, (("n0", "n1", "n2"), ("z",))),
    ],
)
def test_the_cut_is_the_one_that_hands_over_least_of_those_that_are_as_fast_as_any(mode, costs, cores, stages):
    wall = dict(zip(("n0", "n1", "n2", "z"), costs, strict=True))
    cut = set(make_plan(chain(3, mode=mode), costs_of(wall), Machine(cores)).stages)
    assert len(cut) == len(stages)
    if len(set(costs)) > 1 and mode == "file":
        assert cut == set(stages)


@given(diamonds(), st.integers(1, 4))
def test_no_cut_is_faster_than_the_chosen_one_and_none_as_fast_has_a_shorter_path(case, cores):
    graph, wall = case
    demand = Demand(graph, costs_of(wall), Machine(cores))
    stages, _ = demand.best_cut()
    cuts = all_cuts(graph)
    if cuts is None:
        return
    least = min(map(demand.bottleneck_ms, cuts))
    assert demand.bottleneck_ms(stages) <= least * 1.02 + 1e-9
    assert all(
        demand.path_ms(cut) >= demand.path_ms(stages) - 1e-3 for cut in cuts if demand.bottleneck_ms(cut) <= least
    )
    before = stages_before(graph, stages)
    assert all(index < stage for stage, indices in enumerate(before) for index in indices)


def test_a_graph_that_is_too_large_to_search_is_fused_and_says_so():
    graph = chain(MOST_NODES)
    plan = make_plan(graph, costs_of({**{f"n{index}": 0.1 for index in range(MOST_NODES)}, "z": 0.1}), Machine(2))
    assert all_cuts(graph) is None
    assert len(plan.stages) == 1
    assert "too many ways to cut" in plan.reasons[0]


@pytest.mark.parametrize(("cores", "fps"), [(8, 200), (2, 100), (1, 50)])
def test_a_file_is_predicted_to_go_as_fast_as_its_slowest_stage_or_the_processor(cores, fps):
    graph, costs = chain(3), costs_of(EVEN)
    machine = Machine(cores)
    assert predict(graph, costs, machine, make_plan(graph, costs, machine)).fps == pytest.approx(fps, rel=0.05)


def test_a_live_graph_is_predicted_to_keep_the_rate_of_its_source_and_the_age_of_its_path():
    graph, costs = chain(3, mode="live"), costs_of(EVEN)
    foretold = predict(graph, costs, Machine(4), make_plan(graph, costs, Machine(4)))
    assert foretold.fps == pytest.approx(30, rel=0.02)
    assert foretold.age_ms == pytest.approx(20, abs=0.5)
    assert foretold.limit == "the source, at 30 fps"
    assert foretold.node_ms["n1"] == pytest.approx(5, abs=0.2)


@pytest.mark.parametrize(
    ("target", "fps", "limit"), [(10, 10, "target_fps, at 10 fps"), (60, 30, "the source, at 30 fps")]
)
def test_a_live_graph_is_planned_for_its_own_rate_where_its_source_gives_more(target, fps, limit):
    graph, costs = chain(3, mode="live", extra=f"target_fps: {target}"), costs_of(EVEN)
    plan = make_plan(graph, costs, Machine(4))
    foretold = predict(graph, costs, Machine(4), plan)
    assert foretold.fps == pytest.approx(fps, rel=0.02)
    assert foretold.limit == limit
    assert f"{fps} fps x" in plan.reasons[-1]


def test_nodes_on_one_device_take_turns():
    graph = chain(3)
    costs = Costs({"a": Cost(0, 0), **{name: Cost(5, 0.1) for name in ("n0", "n1", "n2")}, "z": Cost(0.1, 0.1)})
    apart = Machine(8, devices={"n0": "cuda:0", "n1": "cuda:1", "n2": "coreml:ane"})
    shared = Machine(8, devices=dict.fromkeys(("n0", "n1", "n2"), "cuda:0"))
    assert predict(graph, costs, apart, make_plan(graph, costs, apart)).fps == pytest.approx(200, rel=0.05)
    assert predict(graph, costs, shared, make_plan(graph, costs, shared)).fps == pytest.approx(1000 / 14.7, rel=0.05)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(1, 12))
def test_batches_of_a_file_never_need_more_frames_than_there_are_credits(batches, credits_):
    lines = ["mode: file", "nodes:", "  a: {type: listed}"]
    before = "a"
    for index, batch in enumerate(batches):
        lines.append(f"  n{index}: {{type: step, in: {{frame: {before}}}, batch: {batch}}}")
        before = f"n{index}"
    graph = load("\n".join([*lines, f"  z: {{type: collect, in: {before}}}"]))
    fitting = fitting_batches(graph, credits_)
    assert sum(batch - 1 for batch in fitting.values()) < credits_

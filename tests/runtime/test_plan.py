"""How stages are cut and credits are set."""

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import Frame, node
from runtime.plan import Cost, cut_stages, fitting_batches, live_credits, make_plan
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
    assert cut_stages(chain(3), cost) == stages


def test_a_node_with_workers_keeps_a_stage_to_itself():
    graph = load(
        "mode: file\nnodes:\n  a: {type: listed}\n  b: {type: step, in: {frame: a}, workers: 2}\n  z: {type: collect, in: b}"
    )
    assert cut_stages(graph, {"b": 0.01, "z": 0.01}) == (("b",), ("z",))


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
    stages = cut_stages(graph, costs)
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


def test_a_file_gets_enough_credits_for_all_workers_and_no_more_than_its_memory_allows():
    costs = {name: Cost(5, 5) for name in ("n0", "n1", "n2", "z")}
    plan = make_plan(chain(3), costs, target_fps=30, cores=8, frame_bytes=1)
    assert plan.credits == 8
    small = chain(3, extra="max_memory: 20 MB")
    assert make_plan(small, costs, target_fps=30, cores=8, frame_bytes=10_000_000).credits == 2


def test_credits_of_the_graph_win():
    costs = {name: Cost(5, 5) for name in ("n0", "n1", "n2", "z")}
    assert make_plan(chain(3, extra="credits: 3"), costs, target_fps=30, cores=8, frame_bytes=1).credits == 3


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

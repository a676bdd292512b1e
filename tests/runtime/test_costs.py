"""What is kept of costs, and what becomes of them elsewhere."""

import json
from dataclasses import asdict, replace

import pytest

from runtime.costs import Cost, CostFile, Costs
from runtime.facts import Time
from runtime.kinds import Frame
from runtime.node import Context, node
from runtime.placing import costs_on, place, place_by_rule
from runtime.plan import fitting_batches
from runtime.signature import spec_of
from runtime.table import NodeTable
from runtime.testing import load_text
from tests.junk import JUNK
from tests.runtime.test_placing import reader_table

COSTS = Costs(
    {"a": Cost(1, 1), "first": Cost(11, 11, (11.0,), {"net": 10}), "second": Cost(6, 6, (6.0,), {"net": 5})}
    | {"c": Cost(0.1, 0.1)},
    frames=20,
    rate=30,
)

TEXT = """
mode: file
device: {device}
nodes:
  a: {{type: listed}}
  first: {{type: reader, in: a}}
  second: {{type: reader, in: first{pin}}}
  c: {{type: collect, in: second}}
"""


class Table:
    """Times of one network by device, ms; half of a GPU's is the processor's."""

    def __init__(self, **ms):
        self._ms = ms

    def size(self, network):
        return 1_000_000_000

    def time(self, network, device, threads):
        ms = self._ms.get(device.partition(":")[0])
        return None if ms is None else Time(ms, ms if device == "cpu" else 0.5)


@node
class Several:
    """Uses a network, for several frames at once."""

    def __init__(self, context: Context) -> None:
        context.models.session("net")

    def __call__(self, frame: Frame) -> Frame:
        return frame

    def batch(self, items):
        return [frame for (frame,) in items]


def several_table():
    return NodeTable([*(spec for spec in reader_table().values() if spec.name != "reader"), spec_of(Several)])


def graph_of(device="auto", pin=""):
    return load_text(TEXT.format(device=device, pin=pin), reader_table())


def test_costs_come_back_from_their_file(tmp_path):
    CostFile(tmp_path / "deep" / "costs.json").put("key", COSTS)
    assert CostFile(tmp_path / "deep" / "costs.json").get("key") == COSTS
    assert CostFile(tmp_path / "deep" / "costs.json").get("other") is None


def test_costs_of_more_frames_are_not_written_over(tmp_path):
    file = CostFile(tmp_path / "costs.json")
    file.put("key", COSTS)
    file.put("key", Costs({}, frames=3))
    assert file.get("key") == COSTS


@pytest.mark.parametrize("text", JUNK)
def test_a_file_that_cannot_be_read_counts_as_empty_and_is_written_anew(tmp_path, text):
    path = tmp_path / "costs.json"
    path.write_text(text)
    file = CostFile(path)
    assert file.get("key") is None
    file.put("key", COSTS)
    assert CostFile(path).get("key") == COSTS


def without(entry, name):
    return {key: value for key, value in entry.items() if key != name}


@pytest.mark.parametrize(
    "changed",
    [
        lambda _entry: None,
        lambda _entry: [],
        lambda _entry: "costs",
        lambda entry: {**entry, "further": 1},
        lambda entry: {**entry, "frames": "20"},
        lambda entry: {**entry, "rate": None},
        lambda entry: {**entry, "rate": float("nan")},
        lambda entry: {**entry, "devices": "ab"},
        lambda entry: {**entry, "nodes": []},
        lambda entry: {**entry, "nodes": {"a": {"wall_ms": "1", "cpu_ms": 1.0, "samples": [], "networks": {}}}},
        lambda entry: {**entry, "nodes": {"a": without(entry["nodes"]["a"], "networks")}},
        lambda entry: {**entry, "nodes": {"a": {**entry["nodes"]["a"], "samples": [None]}}},
        lambda entry: {**entry, "sharing": without(entry["sharing"], "wake_ms")},
        *(lambda entry, name=name: without(entry, name) for name in asdict(COSTS)),
    ],
)
def test_an_entry_of_another_layout_is_absent_alone_and_made_again(tmp_path, changed):
    path = tmp_path / "costs.json"
    CostFile(path).put("key", COSTS)
    entry = json.loads(path.read_text())["key"]
    path.write_text(json.dumps({"key": entry, "other": changed(entry)}))
    file = CostFile(path)
    assert (file.get("key"), file.get("other")) == (COSTS, None)
    file.put("other", replace(COSTS, frames=1))
    assert CostFile(path).get("other").frames == 1


def test_a_pause_of_the_machine_is_not_work_of_the_node():
    assert Cost.of([1.0, 1.0, 1.0, 500.0], 1.0, {}).wall_ms == pytest.approx((3 + 6) / 4)


def test_a_network_that_runs_twice_a_frame_gains_twice_on_a_faster_device():
    moved = costs_on(COSTS, {"first": "cuda:0"}, Table(cpu=5, cuda=1))
    assert moved.nodes["first"].wall_ms == pytest.approx(11 - 2 * 4)
    assert moved.nodes["first"].cpu_ms == pytest.approx(11 - 2 * 4.5)
    assert moved.nodes["second"] == COSTS.nodes["second"]


def test_networks_go_where_the_slowest_stage_is_fastest_and_the_reason_has_the_figures():
    placement = place(graph_of(), COSTS, Table(cpu=5, cuda=1), ("cpu", "cuda:0"), cores=2)
    assert placement.devices == {"first": "cuda:0", "second": "cuda:0"}
    assert "5.0 ms on cpu, 1.0 ms on cuda:0" in placement.reasons[0]


def test_networks_stay_where_a_device_is_no_gain():
    placement = place(graph_of(), COSTS, Table(cpu=5, coreml=30), ("cpu", "coreml:ane"), cores=8)
    assert set(placement.devices.values()) == {"cpu"}


def test_sessions_on_one_device_add_up_so_that_one_of_two_may_stay_on_the_processor():
    placement = place(graph_of(), COSTS, Table(cpu=5, cuda=4.5), ("cpu", "cuda:0"), cores=16)
    assert sorted(placement.devices.values()) == ["cpu", "cuda:0"]


@pytest.mark.parametrize(("limit", "on_gpu"), [(1, 0), (2, 2), (100, 2)])
def test_networks_go_where_they_fit(limit, on_gpu):
    memory = {"cuda:0": limit * 10**9}
    placement = place(graph_of(), COSTS, Table(cpu=5, cuda=1), ("cpu", "cuda:0"), cores=2, memory=memory)
    assert len(placement.elsewhere) == on_gpu
    assert any("cuda:0 has 1.0 GB of memory, too little" in reason for reason in placement.reasons) == (limit == 1)


def test_of_two_networks_that_do_not_fit_together_one_stays_on_the_processor():
    other = replace(COSTS, nodes={**COSTS.nodes, "second": replace(COSTS.nodes["second"], networks={"other": 5})})
    memory = {"cuda:0": 3 * 10**9}
    placement = place(graph_of(), other, Table(cpu=5, cuda=1), ("cpu", "cuda:0"), cores=2, memory=memory)
    assert placement.devices == {"first": "cuda:0", "second": "cpu"}
    assert "about 4.0 GB" in placement.reasons[0]


def test_a_batch_shrinks_to_what_the_device_has_memory_for():
    graph = load_text(TEXT.replace("reader", "several").format(device="auto", pin=", batch: 8"), several_table())
    memory = {"cuda:0": 5 * 10**9}
    placement = place(graph, COSTS, Table(cpu=5, cuda=1), ("cpu", "cuda:0"), cores=2, memory=memory)
    assert placement.batches == {"second": 4}
    assert fitting_batches(graph, 20, placement.batches) == {"second": 4}


def test_what_the_graph_pins_stays():
    placement = place(graph_of(pin=", device: cpu"), COSTS, Table(cpu=5, cuda=1), ("cpu", "cuda:0"), cores=2)
    assert placement.devices["second"] == "cpu"
    assert "second on cpu, as the graph says" in placement.reasons


def test_a_device_of_which_nothing_is_known_is_not_tried():
    assert set(place(graph_of(), COSTS, Table(cpu=5), ("cpu", "cuda:0"), cores=2).devices.values()) == {"cpu"}


def test_a_node_stays_on_the_device_it_was_measured_on_where_nothing_else_is_known():
    measured = replace(COSTS, devices={"first": "cuda:0", "second": "cuda:0"})
    placement = place(graph_of(), measured, Table(cpu=5), ("cpu", "cuda:0"), cores=16)
    assert set(placement.devices.values()) == {"cuda:0"}
    assert "not known" in placement.reasons[0]


def test_the_network_that_takes_most_of_a_frame_comes_first():
    nodes = {
        "a": Cost(9, 9, networks={"small": 4}),
        "b": Cost(9, 9, networks={"large": 5, "small": 2}),
        "c": Cost(1, 1),
    }
    assert Costs(nodes).networks == ["small", "large"]


def test_without_costs_a_rule_decides_and_says_so():
    assert "nothing has been measured" in place_by_rule(graph_of(), ("cpu", "cuda:0")).reasons[0]

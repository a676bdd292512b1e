"""Predictions for this machine and for others."""

from dataclasses import replace

import pytest

from runtime.calibrate import fitted
from runtime.costs import Sharing
from runtime.cuts import finest_cut
from runtime.forecast import compare, forecast
from runtime.hardware import Hardware, profile
from runtime.plan import Machine, Plan, predict
from tests.runtime.test_costs import COSTS, Table, graph_of

HERE = Hardware("cpu", "a server", "Linux", 2, 0, (), 0, 1 << 34, None, (), frozenset(), here=True)


def test_another_machine_is_predicted_from_faster_cores_and_its_devices():
    here = forecast(graph_of(), COSTS, HERE, Table(cpu=5))
    there = forecast(graph_of(), COSTS, profile("m3-max", HERE), Table(cpu=5, coreml=0.5))
    assert there.prediction.fps > 2 * here.prediction.fps
    assert there.placement.devices["first"].startswith("coreml")
    assert there.as_data()["here"] is False
    assert there.as_data()["nodes"]["first"]["device"].startswith("coreml")


def test_threads_that_are_asked_for_are_taken():
    assert forecast(graph_of(), COSTS, HERE, Table(cpu=5), threads=3).threads.inference == 3


class Split(Table):
    """Work on the processor is split evenly over threads."""

    def time(self, network, device, threads):
        return replace(super().time(network, device, threads), ms=5 / threads)


def test_more_threads_than_cores_are_no_gain():
    made = {count: forecast(graph_of(), COSTS, HERE, Split(cpu=5), threads=count) for count in (1, 2, 64)}
    assert made[2].prediction.node_ms["first"] < made[1].prediction.node_ms["first"]
    assert made[64].prediction == made[2].prediction
    assert made[64].threads.inference == 64


def test_a_prediction_is_compared_node_by_node():
    made = forecast(graph_of(), COSTS, HERE, Table(cpu=5)).prediction
    run = {"fps": made.fps / 2, "age_ms": {"p50": made.age_ms}, "peak_rss_mb": None}
    nodes = {name: {"ms": {"p50": ms}} for name, ms in made.node_ms.items()}
    rows = {row.name: row for row in compare(made, {"run": run, "nodes": nodes})}
    assert rows["fps"].error == pytest.approx(1)
    assert rows["first"].error == pytest.approx(0)
    with pytest.raises(KeyError):
        compare(made, {"run": run, "nodes": {}})


SLOWED = {"first": 0.1, "second": 0.8}


@pytest.mark.parametrize(
    "true",
    [Sharing(), Sharing(SLOWED), Sharing(SLOWED, {"a": 1.0, "second": 3.0}), Sharing(SLOWED, {"first": 2.0}, 1.0)],
)
def test_the_fit_finds_how_threads_share_the_cores(true):
    graph, machine = graph_of(), Machine(4)
    plan = Plan(finest_cut(graph), 4, {}, ())
    ran = predict(graph, replace(COSTS, sharing=true), machine, plan)
    found = fitted(graph, COSTS, machine, plan, ran)
    again = predict(graph, replace(COSTS, sharing=found), machine, plan)
    assert again.fps == pytest.approx(ran.fps, rel=0.1)
    assert again.age_ms == pytest.approx(ran.age_ms, rel=0.1)
    assert {name: again.node_ms[name] for name in SLOWED} == pytest.approx(
        {name: ran.node_ms[name] for name in SLOWED}, rel=0.1
    )


def test_a_node_that_suffers_more_beside_others_is_predicted_to_be_slower_than_its_neighbours():
    plan = Plan(finest_cut(graph_of()), 4, {}, ())
    costs = replace(COSTS, sharing=Sharing({"second": 0.5}))
    predicted = predict(graph_of(), costs, Machine(4), plan).node_ms
    assert predicted["first"] == pytest.approx(COSTS.nodes["first"].typical_ms)
    assert predicted["second"] > 1.4 * COSTS.nodes["second"].typical_ms

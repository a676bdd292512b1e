"""Views travel as JSON and come back equal, also between peers of different age."""

import json

import pytest

from runtime.view import (
    HISTOGRAM_EDGES_MS,
    AgeView,
    GraphView,
    InputView,
    LoadingView,
    LogLine,
    NodeNow,
    NodeView,
    SettingView,
    StateView,
)

SETTING = SettingView("opacity", "0.5", "1", True, "number, 0 to 1", "how much", ("a", "b"), 0.0, 1.0, "px")
GRAPH = GraphView(
    "live",
    nodes=(NodeView("swapped", "swap", "Swaps.", (InputView("frame", "camera", "", "Frame"),), (SETTING,), False),),
    source="camera 0",
    latency_budget_ms=40.0,
    ladder=("full", "half"),
)
STATE = StateView(
    "paused",
    loading=(LoadingView("inswapper", 0.5), LoadingView("mesh")),
    age=AgeView(1.0, 2.0, 3.0, 4.0),
    nodes=(NodeNow("swapped", counters={"swaps": 3}, histogram=(0,) * (len(HISTOGRAM_EDGES_MS) + 1)),),
)
LINE = LogLine(3, 12.5, "warning", "swapped", "no face", 4)


@pytest.mark.parametrize("view", [SETTING, GRAPH, STATE, StateView(), LINE], ids=lambda view: type(view).__name__)
def test_a_view_comes_back_equal(view):
    assert type(view).from_json(json.loads(json.dumps(view.to_json()))) == view


def test_what_a_newer_peer_adds_is_passed_over():
    assert LogLine.from_json({**LINE.to_json(), "colour": "red"}) == LINE


def test_what_an_older_peer_lacks_takes_its_default():
    assert StateView.from_json({"state": "running"}) == StateView("running")


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        (LogLine, [], r"LogLine is a mapping, not \[\]"),
        (LogLine, {"index": 1}, "LogLine has no 'time'"),
        (LogLine, {**LINE.to_json(), "index": "1"}, "LogLine.index does not take '1'"),
        (LogLine, {**LINE.to_json(), "count": True}, "LogLine.count does not take True"),
        (StateView, {"nodes": 3}, "StateView.nodes does not take 3"),
        (StateView, {"age": None}, "AgeView is a mapping, not None"),
        (NodeNow, {"name": "a", "counters": [1]}, r"NodeNow.counters does not take \[1\]"),
    ],
)
def test_what_does_not_fit_is_refused(kind, data, message):
    with pytest.raises(ValueError, match=message):
        kind.from_json(data)

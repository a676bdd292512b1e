import json

import pytest

from models.calibration import NetworkTimes
from models.session import ModelStore
from tests.junk import JUNK

NETWORK = "blazeface_short"


@pytest.mark.parametrize("entry", ["x", [], ["1", "2"], 5, None, [1, 2], [float("nan"), 1.0], [-1.0, 1.0], [1.0] * 3])
def test_a_time_that_cannot_be_read_is_estimated_and_missing_until_it_is_measured(tmp_path, entry):
    measured = NetworkTimes("chip", tmp_path)
    measured.measure(ModelStore(), NETWORK, "cpu", 1)
    assert not NetworkTimes("chip", tmp_path).time(NETWORK, "cpu", 1).estimated
    assert NetworkTimes("chip", tmp_path).missing([NETWORK], ["cpu"], 1) == []
    file = tmp_path / "networks.json"
    file.write_text(json.dumps(dict.fromkeys(json.loads(file.read_text()), entry)))
    assert NetworkTimes("chip", tmp_path).time(NETWORK, "cpu", 1).estimated
    assert NetworkTimes("chip", tmp_path).missing([NETWORK], ["cpu"], 1) == [(NETWORK, "cpu")]


def test_more_threads_split_the_work_that_was_measured(tmp_path):
    times = NetworkTimes("chip", tmp_path)
    alone = times.measure(ModelStore(), NETWORK, "cpu", 1)
    several = times.time(NETWORK, "cpu", 4)
    assert (several.ms, several.cpu_ms, several.estimated) == (pytest.approx(alone.ms / 4), alone.cpu_ms, True)


def test_a_second_card_is_measured_too(tmp_path, monkeypatch):
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CUDAExecutionProvider"])
    assert NetworkTimes("chip", tmp_path).missing([NETWORK], ["cuda:1", "coreml:ane"], 1) == [(NETWORK, "cuda:1")]


@pytest.mark.parametrize("entry", [None, "x", [], -1.0, float("nan"), float("inf")])
def test_arithmetic_that_cannot_be_read_is_counted_again(tmp_path, entry):
    counted = NetworkTimes("chip", tmp_path).gflops(NETWORK)
    file = tmp_path / "networks.json"
    file.write_text(json.dumps(dict.fromkeys(json.loads(file.read_text()), entry)))
    assert NetworkTimes("chip", tmp_path).gflops(NETWORK) == counted > 0


@pytest.mark.parametrize("text", JUNK)
def test_a_file_that_cannot_be_read_counts_as_empty(tmp_path, text):
    (tmp_path / "networks.json").write_text(text)
    assert NetworkTimes("chip", tmp_path).time(NETWORK, "cpu", 1).estimated

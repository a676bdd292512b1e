import json

import pytest

from models.calibration import NetworkTimes
from models.session import ModelStore


@pytest.mark.parametrize("entry", ["x", [], ["1", "2"], 5, None])
def test_a_time_that_cannot_be_read_is_estimated(tmp_path, entry):
    measured = NetworkTimes("chip", tmp_path)
    measured.measure(ModelStore(), "blazeface_short", "cpu", 1)
    assert not NetworkTimes("chip", tmp_path).time("blazeface_short", "cpu", 1).estimated
    file = tmp_path / "networks.json"
    file.write_text(json.dumps(dict.fromkeys(json.loads(file.read_text()), entry)))
    assert NetworkTimes("chip", tmp_path).time("blazeface_short", "cpu", 1).estimated

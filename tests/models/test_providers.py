import re

import onnxruntime as ort
import pytest

from models.providers import DEVICES, OPTIONS, check_available, device_of, devices_here, options_of
from runtime.errors import ModelError


@pytest.mark.parametrize(
    ("name", "full", "provider", "unit"),
    [
        ("cpu", "cpu", "CPUExecutionProvider", ""),
        ("coreml", "coreml:all", "CoreMLExecutionProvider", "ALL"),
        ("coreml:ane", "coreml:ane", "CoreMLExecutionProvider", "CPUAndNeuralEngine"),
        ("cuda", "cuda:0", "CUDAExecutionProvider", "0"),
        ("cuda:1", "cuda:1", "CUDAExecutionProvider", "1"),
        ("openvino", "openvino:cpu", "OpenVINOExecutionProvider", "CPU"),
        ("directml", "directml:0", "DmlExecutionProvider", "0"),
        (
            "library:/lib/ep.so#MlxExecutionProvider",
            "library:/lib/ep.so#MlxExecutionProvider",
            "MlxExecutionProvider",
            "/lib/ep.so",
        ),
    ],
)
def test_a_name_stands_for_one_device(name, full, provider, unit):
    device = device_of(name)
    assert (device.name, device.provider, device.unit) == (full, provider, unit)


@pytest.mark.parametrize("name", ["gpu", "coreml:npu", "cuda:first", "cpu:0", "library:", ""])
def test_another_name_is_answered_with_those_that_there_are(name):
    with pytest.raises(ModelError, match=re.escape(f"there is no device {name!r}; devices are {DEVICES}")):
        device_of(name)


def test_options_are_filled_in(tmp_path):
    assert options_of(device_of("coreml:gpu"), tmp_path, version="1.32.0") == {
        "ModelFormat": "MLProgram",
        "MLComputeUnits": "CPUAndGPU",
        "RequireStaticInputShapes": "1",
        "EnableOnSubgraphs": "0",
        "SpecializationStrategy": "FastPrediction",
        "ModelCacheDirectory": str(tmp_path),
    }
    assert options_of(device_of("cuda:2"), tmp_path) == {"device_id": "2"}
    assert options_of(device_of("openvino:cpu"), tmp_path, 2)["num_of_threads"] == "2"


def test_a_version_that_does_not_know_an_option_is_an_error(tmp_path):
    with pytest.raises(
        ModelError, match=r"'coreml:all' needs the option ModelFormat of ONNX Runtime 1.21 .* version 1.20.1"
    ):
        options_of(device_of("coreml"), tmp_path, version="1.20.1")


def test_each_option_says_where_it_is_from():
    assert all(option.source for option in OPTIONS)
    assert len({(option.family, option.name) for option in OPTIONS}) == len(OPTIONS)


@pytest.mark.skipif("CUDAExecutionProvider" in ort.get_available_providers(), reason="it is here")
def test_a_provider_that_is_not_installed_is_an_error_and_no_fallback():
    with pytest.raises(ModelError, match=r"needs CUDAExecutionProvider, which .* lacks .*: install onnxruntime-gpu"):
        check_available(device_of("cuda:0"))
    assert "cuda:0" not in devices_here()
    assert devices_here()[0] == "cpu"

"""`--execution-provider`, as a value for the graph's device."""

import pytest

from commands.execution import device_override
from runtime.errors import ConfigurationError


@pytest.fixture
def here(monkeypatch):
    monkeypatch.setattr(
        "onnxruntime.get_available_providers", lambda: ["CoreMLExecutionProvider", "CPUExecutionProvider"]
    )


@pytest.mark.parametrize(
    ("flag", "device"),
    [("cpu", "cpu"), ("coreml,cpu", "coreml"), ("CUDA, coreml:ane", "coreml:ane"), ("CPUExecutionProvider", "cpu")],
)
def test_the_first_that_is_here_becomes_the_device(here, flag, device):
    (override,) = device_override(flag)
    assert (override.path, override.value) == ("device", device)


def test_that_another_one_is_taken_is_said(here, capsys):
    device_override("cuda,cpu")
    assert "no CUDAExecutionProvider; cpu is taken" in capsys.readouterr().err


@pytest.mark.parametrize(("flag", "said"), [("cuda", "install onnxruntime-gpu"), ("kuda,cpu", "did you mean 'cuda'?")])
def test_what_cannot_be_taken_is_an_error(here, flag, said):
    with pytest.raises(ConfigurationError) as error:
        device_override(flag)
    assert said in str(error.value)

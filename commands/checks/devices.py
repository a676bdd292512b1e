"""Where networks can run: a tiny session on each device, in a child process, since a broken driver may crash it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from commands.checks.finding import Finding
from runtime.hardware import COREML, CUDA, Hardware

TIMEOUT_S = 20.0
"""CoreML compiles on the first start."""

_ROOT = Path(__file__).parents[2]
_ADVICE = {
    "cuda": "install the driver, then: pip uninstall -y onnxruntime onnxruntime-gpu && "
    'pip install "onnxruntime-gpu[cuda,cudnn]"',
    "coreml": "update macOS, and: pip install -U onnxruntime",
    "openvino": "pip install -U onnxruntime-openvino",
    "directml": "update the driver of the GPU, and: pip install -U onnxruntime-directml",
    "cpu": "pip install --force-reinstall onnxruntime",
}


class Started(NamedTuple):
    """How a session started: how long that took, or why it did not."""

    ms: float
    fault: str = ""


Start = Callable[[str], Started]


def start_in_child(device: str) -> Started:
    """Starts a session in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])}
    began = time.perf_counter()
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "commands.checks.tiny", device],
            capture_output=True, text=True, timeout=TIMEOUT_S, check=False, env=environment,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Started(0, f"it has not started within {TIMEOUT_S:g} s")
    if done.returncode == 0:
        return Started(float(done.stdout.split()[-1]))
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    crashed = f"the process ended with code {done.returncode} after {time.perf_counter() - began:.1f} s"
    return Started(0, said[-1].strip() if said else crashed)


def check_devices(machine: Hardware, start: Start = start_in_child) -> Iterator[Finding]:
    """Yields for each device whether a session really starts on it."""
    for device in machine.devices():
        family = device.partition(":")[0]
        started = start(device)
        if not started.fault:
            yield Finding("device", "ok", f"{device}: a session starts ({started.ms:.0f} ms)")
        elif family == "cpu":
            yield Finding("device", "wrong", f"{device}: {started.fault}", _ADVICE[family], stops=True)
        else:
            yield Finding("device", "wrong", f"{device}: {started.fault}", _ADVICE[family])
    yield from _unused(machine)


def _unused(machine: Hardware) -> Iterator[Finding]:
    """Yields what the machine has and ONNX Runtime cannot use."""
    nvidia = [gpu.name for gpu in machine.gpus if gpu.driver]
    if nvidia and CUDA not in machine.providers:
        yield Finding(
            "device", "note", f"{nvidia[0]} is here, but the installed ONNX Runtime has no CUDA",
            'pip uninstall -y onnxruntime && pip install "onnxruntime-gpu[cuda,cudnn]"',
        )  # fmt: skip
    if machine.neural_engine_cores and COREML not in machine.providers:
        yield Finding(
            "device", "note", f"{machine.chip} is here, but the installed ONNX Runtime has no CoreML",
            "pip install --force-reinstall onnxruntime",
        )  # fmt: skip

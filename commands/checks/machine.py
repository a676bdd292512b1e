"""The machine: processors and what limits them, memory, GPUs, heat and power."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from commands.checks.finding import Finding
from runtime.hardware import Hardware
from runtime.vitals import Vitals

LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
"""Variables that change how many threads libraries take, which dlc decides itself."""

LITTLE_MEMORY = 2 * 2**30


def check_machine(machine: Hardware, processors: int) -> Iterator[Finding]:
    """Yields what the machine is, and whether this process may use less of it.

    Args:
        machine: as it is for this process.
        processors: how many the system has, threads of one core counted each.
    """
    cores = f"{machine.performance_cores} fast and {machine.efficiency_cores} thrifty cores"
    cores = cores if machine.efficiency_cores else f"{machine.cores} cores"
    yield Finding("machine", "ok", f"{machine.chip}: {cores}, {machine.memory_bytes / 2**30:.1f} GB, {machine.system}")
    for gpu in machine.gpus:
        driver = f", driver {gpu.driver}" if gpu.driver else ""
        size = f", {gpu.memory_bytes / 2**30:.0f} GB" if gpu.memory_bytes else ""
        yield Finding("gpu", "ok", f"{gpu.name}{size}{driver}")
    if machine.cores * 4 <= processors:
        yield Finding(
            "cores", "note", f"this process may use {machine.cores} cores of {processors} processors",
            "raise the limit of the container (docker run --cpus N), or the affinity (taskset)",
        )  # fmt: skip
    if 0 < machine.memory_bytes < LITTLE_MEMORY:
        text = f"{machine.memory_bytes / 2**30:.1f} GB of memory: enough for the default graph only"
        yield Finding("memory", "note", text)


def check_threads(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yields the variables that limit threads behind dlc's back."""
    found = [f"{name}={environment[name]}" for name in LIMITS if environment.get(name)]
    if found:
        names = " ".join(entry.partition("=")[0] for entry in found)
        yield Finding("threads", "note", f"set in the environment: {', '.join(found)}", f"unset {names}")


def check_vitals(vitals: Vitals) -> Iterator[Finding]:
    """Yields what slows the machine down now."""
    if vitals.thermal != "nominal":
        yield Finding("heat", "note", f"the machine is hot ({vitals.thermal}) and may be slow", "let it cool down")
    if vitals.memory != "normal":
        yield Finding("memory", "note", f"memory is short ({vitals.memory})", "close what you do not need")
    if vitals.power == "battery":
        yield Finding("power", "note", "on battery: many machines are slower then", "plug it in")


def check_nvml(machine: Hardware, reason: str) -> Iterator[Finding]:
    """Yields why heat and memory of an NVIDIA GPU cannot be watched; `reason` is what its library says."""
    if reason and any(gpu.driver for gpu in machine.gpus):
        yield Finding(
            "gpu", "note", f"heat and memory of the GPU are not watched: {reason}", "pip install nvidia-ml-py"
        )


def look(machine: Hardware) -> Iterator[Finding]:
    """Yields all of these for this machine."""
    from runtime.nvml import Nvml
    from runtime.vitals import system_signs

    yield from check_machine(machine, os.cpu_count() or 1)
    yield from check_threads(os.environ)
    yield from check_vitals(system_signs().read())
    with Nvml() as library:
        yield from check_nvml(machine, library.reason)

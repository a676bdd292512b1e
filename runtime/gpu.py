"""A graphics processor, and how NVIDIA's driver tells of those that are here."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass

from runtime.nvml import Nvml

_MIB = 2**20
_FIELDS = ("name", "memory.total", "driver_version")
_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics processor.

    Attributes:
        name: as its driver says it.
        cores: Apple's GPU cores, NVIDIA's CUDA cores; None where unknown.
        memory_bytes: of its own; None where it shares the machine's, or unknown.
        bandwidth_gbs: peak of its memory, GB/s; None where unknown.
        driver: version of the driver.
    """

    name: str
    cores: int | None
    memory_bytes: int | None
    bandwidth_gbs: float | None
    driver: str = ""


def nvidia_gpus(nvml: Nvml | None = None) -> tuple[Gpu, ...]:
    """Returns NVIDIA's GPUs in the driver's order; asks its library, else its program; none where both are missing."""
    with nvml or Nvml() as library:
        if not library.reason:
            cards = [library.card(index) for index in range(library.count)]
            return tuple(Gpu(c.name, c.cores, c.memory_bytes, c.bandwidth_gbs, library.driver) for c in cards)
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    command = [program, f"--query-gpu={','.join(_FIELDS)}", "--format=csv,noheader,nounits"]
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True)  # noqa: S603
        return gpus_of_smi(done.stdout)
    return ()


def gpus_of_smi(text: str) -> tuple[Gpu, ...]:
    """Returns the GPUs in what nvidia-smi prints for name, memory.total (MiB) and driver_version, as bare CSV."""
    rows = csv.reader(io.StringIO(text), skipinitialspace=True)
    found = []
    for row in rows:
        if len(row) == len(_FIELDS):
            name, memory, driver = row
            found.append(Gpu(name, None, int(memory) * _MIB if memory.isdecimal() else None, None, driver))
    return tuple(found)

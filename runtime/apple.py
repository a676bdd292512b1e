"""What macOS tells of a Mac: `sysctl` and `system_profiler`, read after their documentation. Not run on a Mac."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from runtime.apple_chips import apple_chip
from runtime.gpu import Gpu

SYSCTL = ("/usr/sbin/sysctl", "hw", "machdep.cpu", "sysctl.proc_translated")
PROFILER = ("/usr/sbin/system_profiler", "-json", "SPDisplaysDataType")
_TIMEOUT_S = 10

_FEATURES = {
    "hw.optional.neon": "neon",
    "hw.optional.AdvSIMD": "neon",
    "hw.optional.arm.FEAT_DotProd": "dotprod",
    "hw.optional.arm.FEAT_I8MM": "i8mm",
    "hw.optional.arm.FEAT_BF16": "bf16",
    "hw.optional.arm.FEAT_FP16": "fp16",
    "hw.optional.arm.FEAT_SME": "sme",
    "hw.optional.avx2_0": "avx2",
    "hw.optional.avx512f": "avx512",
}
"""Names of sysctl ("Determining Instruction Set Characteristics" in Apple's documentation) to those used here."""

_EMULATED = "VirtualApple"
"""What a translated process is told the processor is called."""


@dataclass(frozen=True, slots=True)
class Mac:
    """A Mac.

    Attributes:
        chip: its full name, for example `Apple M3 Pro`.
        performance, efficiency: cores of the fast and of the thrifty kind.
        memory_bytes: shared by all processors.
        features: as `Hardware.features`.
        gpus: best first.
        translated: whether this process is Intel code that Rosetta translates.
    """

    chip: str
    performance: int
    efficiency: int
    memory_bytes: int
    features: frozenset[str]
    gpus: tuple[Gpu, ...]
    translated: bool


def probe_mac() -> Mac:
    """Returns this Mac."""
    return mac_of(_output(SYSCTL), _output(PROFILER))


def is_translated() -> bool:
    """Returns whether this process is Intel code that Rosetta translates."""
    return mac_of(_output(SYSCTL), "").translated


def mac_of(sysctl: str, profiler: str) -> Mac:
    """Returns the Mac that these texts describe.

    Args:
        sysctl: what `sysctl -a` prints, or a part of it.
        profiler: what `system_profiler -json SPDisplaysDataType` prints.
    """
    values = sysctls_of(sysctl)
    gpus = gpus_of(profiler)
    chip = values.get("machdep.cpu.brand_string", "")
    if gpus and (not chip or chip.startswith(_EMULATED)):
        chip = gpus[0].name
    performance, efficiency = cores_of(values)
    return Mac(
        chip=chip,
        performance=performance,
        efficiency=efficiency,
        memory_bytes=_number(values.get("hw.memsize")),
        features=frozenset(name for key, name in _FEATURES.items() if values.get(key) == "1"),
        gpus=gpus,
        translated=values.get("sysctl.proc_translated") == "1",
    )


def sysctls_of(text: str) -> dict[str, str]:
    """Returns the values that `sysctl` prints, by name."""
    pairs = (line.partition(": ") for line in text.splitlines())
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def cores_of(values: Mapping[str, str]) -> tuple[int, int]:
    """Returns the cores of the fast and of the thrifty kind.

    macOS lists levels of cores, fastest first. It calls them Super, Performance and Efficiency; a chip has two or three
    of these. Thrifty are those called Efficiency; before macOS 12 levels had no names and were not listed, and then all
    cores are taken for fast ones.
    """
    levels = range(_number(values.get("hw.nperflevels")))
    counts = [_number(values.get(f"hw.perflevel{level}.physicalcpu")) for level in levels]
    thrifty = [values.get(f"hw.perflevel{level}.name") == "Efficiency" for level in levels]
    if not any(counts):
        return _number(values.get("hw.physicalcpu")) or 1, 0
    efficiency = sum(count for count, is_thrifty in zip(counts, thrifty, strict=True) if is_thrifty)
    return sum(counts) - efficiency, efficiency


def gpus_of(text: str) -> tuple[Gpu, ...]:
    """Returns the GPUs that system_profiler lists: those with memory of their own first."""
    found = []
    for entry in _entries(text):
        name = str(entry.get("sppci_model") or entry.get("_name") or "GPU")
        cores = _number(entry.get("sppci_cores")) or None
        chip = apple_chip(name)
        bandwidth = chip.bandwidth(cores) if chip else None
        found.append(Gpu(name, cores, _memory(str(entry.get("spdisplays_vram", ""))), bandwidth))
    return tuple(sorted(found, key=lambda gpu: gpu.memory_bytes is None))


def _entries(text: str) -> list[dict[str, Any]]:
    with suppress(ValueError, AttributeError):
        entries = json.loads(text).get("SPDisplaysDataType", [])
        return [entry for entry in entries if isinstance(entry, dict)]
    return []


def _memory(text: str) -> int | None:
    """Returns the bytes of a text such as `8 GB` or `1536 MB`."""
    amount, _, unit = text.partition(" ")
    return int(amount) * {"GB": 2**30, "MB": 2**20}.get(unit, 1) if amount.isdecimal() else None


def _number(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() else 0


def _output(command: tuple[str, ...]) -> str:
    """Returns what a program prints; sysctl ends with an error where it lacks one of several names."""
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False).stdout  # noqa: S603
    return ""

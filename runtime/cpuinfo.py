"""The processor of a Linux or Windows machine: name, cores that this process may use, instruction sets.

Macs are in `runtime/apple.py`.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runtime.cgroups import ROOT, Allowance, allowance, usable_cpus

FEATURES = {
    "avx2": "avx2",
    "avx512f": "avx512",
    "avx512_vnni": "avx512_vnni",
    "avx_vnni": "avx_vnni",
    "avx512_bf16": "avx512_bf16",
    "avx512_fp16": "avx512_fp16",
    "amx_int8": "amx",
    "asimd": "neon",
    "asimddp": "dotprod",
    "i8mm": "i8mm",
    "bf16": "bf16",
    "asimdhp": "fp16",
    "sve": "sve",
}
"""Flags of /proc/cpuinfo, x86 and ARM, to the names used here."""

_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Cpu:
    """A processor as this process may use it.

    Attributes:
        name: its full name.
        performance: fast cores; threads of one core count once.
        efficiency: thrifty cores, where it has two kinds.
        memory_bytes: what this process may have; 0 where unknown.
        features: as `Hardware.features`.
    """

    name: str
    performance: int
    efficiency: int
    memory_bytes: int
    features: frozenset[str]


def probe_cpu(root: Path = ROOT, cpus: frozenset[int] | None = None) -> Cpu:
    """Returns the processor of this machine.

    Args:
        root: where /proc and /sys are.
        cpus: the processors that this process may run on; by default those of its affinity.
    """
    cpus = usable_cpus() if cpus is None else cpus
    if sys.platform == "win32":
        from runtime.windows import cpu_name, features, memory_bytes  # noqa: PLC0415 - loads Windows' libraries

        return Cpu(cpu_name(), len(cpus), 0, memory_bytes(), features())
    processors, allowed = _processors(root), allowance(root)
    fast, slow = _usable(root, cpus, processors, allowed)
    first = next(iter(processors.values()), {})
    name = first.get("model name") or first.get("Model") or lscpu_name(_lscpu()) or platform.machine()
    flags = (first.get("flags") or first.get("Features") or "").split()
    memory = memory_of((root / "proc/meminfo").read_text()).get("MemTotal", 0) if _is_linux(root) else 0
    memory = min(memory, allowed.memory_bytes or memory)
    return Cpu(name, fast, slow, memory, frozenset(FEATURES[flag] for flag in flags if flag in FEATURES))


def usable_cores(root: Path = ROOT, cpus: frozenset[int] | None = None) -> int:
    """Returns how many cores this process may use, at least 1: by affinity and control groups; arguments as above."""
    return sum(_usable(root, usable_cpus() if cpus is None else cpus, _processors(root), allowance(root)))


def processors_of(text: str) -> dict[int, Mapping[str, str]]:
    """Returns the entries of /proc/cpuinfo by the number of the processor."""
    found: dict[int, Mapping[str, str]] = {}
    for block in re.split(r"\n\s*\n", text.strip()):
        pairs = (line.partition(":") for line in block.splitlines())
        entry = {key.strip(): value.strip() for key, colon, value in pairs if colon}
        if entry.get("processor", "").isdecimal():
            found[int(entry["processor"])] = entry
    return found


def lscpu_name(text: str) -> str:
    """Returns the processor's name in what lscpu prints: ARM kernels leave it out of /proc/cpuinfo."""
    match = re.search(r"^\s*Model name:\s*(.+?)\s*$", text, re.MULTILINE)
    return "" if match is None or match[1] == "-" else match[1]


def memory_of(text: str) -> dict[str, int]:
    """Returns the entries of /proc/meminfo in bytes."""
    pairs = re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)
    return {name: int(kib) * 1024 for name, kib in pairs}


def numbers_of(text: str) -> frozenset[int]:
    """Returns the processors in a list of the kernel such as `0-3,8`."""
    found: set[int] = set()
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        if first.isdecimal():
            found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def _processors(root: Path) -> dict[int, Mapping[str, str]]:
    return processors_of((root / "proc/cpuinfo").read_text(errors="replace") if _is_linux(root) else "")


def _usable(
    root: Path, cpus: frozenset[int], processors: Mapping[int, Mapping[str, str]], allowed: Allowance
) -> tuple[int, int]:
    """Returns the fast and the thrifty cores among these processors that this process may use."""
    thrifty = _thrifty(root, cpus)
    return _shared(_cores(processors, cpus - thrifty), _cores(processors, cpus & thrifty), allowed)


def _cores(processors: Mapping[int, Mapping[str, str]], cpus: frozenset[int]) -> int:
    """Returns how many cores these processors are: two threads of one core count once, where the kernel tells."""
    places = set()
    for number in cpus:
        entry = processors.get(number, {})
        place = (entry.get("physical id"), entry.get("core id"))
        places.add(place if place[1] is not None else number)
    return len(places)


def _shared(fast: int, slow: int, allowed: Allowance) -> tuple[int, int]:
    """Returns how many cores of each kind the control groups leave, at least one; the fast ones go first."""
    if not fast:
        fast, slow = slow, 0
    limit = max(1, int(allowed.cpus)) if allowed.cpus is not None else fast + slow
    return min(fast, limit), max(0, min(slow, limit - fast))


def _thrifty(root: Path, cpus: frozenset[int]) -> frozenset[int]:
    """Returns the thrifty ones: Intel's by their own list, ARM's by a capacity below that of the strongest."""
    atoms = root / "sys/devices/cpu_atom/cpus"
    if atoms.is_file():
        return numbers_of(atoms.read_text()) & cpus
    capacities = {}
    for number in cpus:
        with suppress(OSError, ValueError):
            file = root / f"sys/devices/system/cpu/cpu{number}/cpu_capacity"
            capacities[number] = int(file.read_text())
    strongest = max(capacities.values(), default=0)
    return frozenset(number for number, capacity in capacities.items() if capacity < strongest / 2)


def _is_linux(root: Path) -> bool:
    return (root / "proc/cpuinfo").is_file()


def _lscpu() -> str:
    environment = {**os.environ, "LC_ALL": "C"}
    with suppress(OSError, subprocess.SubprocessError):
        return subprocess.run(
            ["lscpu"],  # noqa: S607 - wherever the system has it
            capture_output=True, text=True, timeout=_TIMEOUT_S, check=True, env=environment,
        ).stdout  # fmt: skip
    return ""

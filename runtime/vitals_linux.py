"""How a Linux machine is, from /proc and /sys.

Sources: the kernel's documentation of the thermal sysfs interface, of pressure stall information (PSI), of
/proc/meminfo and /proc/stat, and of the power supply class.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from runtime.cgroups import ROOT, allowance
from runtime.cpuinfo import memory_of
from runtime.vitals import THERMAL, Power, Pressure, Thermal, Vitals
from runtime.vitals_gpu import GpuSigns

_MILLI = 1000
_PLAUSIBLE_C = (-40, 150)
_NEAR_C, _LAST_C = 10, 5
"""A zone counts as `fair` so close below its passive trip, as `critical` so close below its critical one."""

_LOW, _VERY_LOW = 0.10, 0.04
"""Shares of free memory from which it counts as short."""

_STALL_SOME, _STALL_FULL = 10.0, 5.0
"""Percent of the last 10 s in which some, or all, tasks waited for memory, from which it counts as short."""


class LinuxSigns:
    """Reads this machine.

    Args:
        root: where /proc and /sys are.
        gpu: reads the GPU.
    """

    def __init__(self, root: Path = ROOT, gpu: GpuSigns | None = None) -> None:
        self._root = root
        self._gpu = gpu or GpuSigns()
        self._zones = list(_zones(root))
        self._supplies = sorted((root / "sys/class/power_supply").glob("*"))
        self._last: tuple[int, int] | None = None

    def read(self) -> Vitals:
        """Returns its state now."""
        gpu, gpu_thermal = self._gpu.read()
        free, memory = self._memory()
        thermals = [_thermal(trips, _temperature(zone)) for zone, trips in self._zones]
        return Vitals(
            thermal=max([gpu_thermal, *thermals], key=THERMAL.index),
            power=self._power(),
            memory=memory,
            load=self._load(),
            memory_free_bytes=free,
            gpu=gpu,
        )

    def _memory(self) -> tuple[int | None, Pressure]:
        """Returns the free bytes of the machine, or of the control group where that has less, and how short that is."""
        entries = memory_of(_read(self._root / "proc/meminfo"))
        total, free = entries.get("MemTotal", 0), entries.get("MemAvailable")
        if free is None:
            return None, "normal"
        group = allowance(self._root)
        if group.memory_bytes is not None and group.memory_used_bytes is not None:
            left = group.memory_bytes - group.memory_used_bytes
            if left < free:
                total, free = group.memory_bytes, max(0, left)
        some, full = stalls_of(_read(self._root / "proc/pressure/memory"))
        if free < _VERY_LOW * total or full >= _STALL_FULL:
            return free, "critical"
        return free, "warn" if free < _LOW * total or some >= _STALL_SOME else "normal"

    def _power(self) -> Power:
        """Returns `mains` where any supply but a battery is on, `battery` where one is being drained."""
        kinds = {(_read(s / "type"), _read(s / "online"), _read(s / "status")) for s in self._supplies}
        if any(kind != "Battery" and online == "1" for kind, online, _ in kinds):
            return "mains"
        states = {status for kind, _, status in kinds if kind == "Battery"}
        if "Discharging" in states:
            return "battery"
        return "mains" if states & {"Charging", "Full", "Not charging"} else "unknown"

    def _load(self) -> float | None:
        """Returns the share of processor time that was not idle since the last reading."""
        now = times_of(_read(self._root / "proc/stat"))
        before, self._last = self._last, now
        if before is None or now is None or now[1] <= before[1]:
            return None
        return min(1.0, max(0.0, (now[0] - before[0]) / (now[1] - before[1])))


def stalls_of(text: str) -> tuple[float, float]:
    """Returns the percent of the last 10 s in which some, and all, tasks stalled, from a PSI file; 0 without one."""
    shares = {"some": 0.0, "full": 0.0}
    for line in text.splitlines():
        with suppress(ValueError, KeyError):
            kind, *fields = line.split()
            shares[kind] = float(dict(field.split("=") for field in fields)["avg10"])
    return shares["some"], shares["full"]


def times_of(text: str) -> tuple[int, int] | None:
    """Returns the busy and all ticks of all processors, from /proc/stat."""
    words = text.partition("\n")[0].split()
    if words[:1] != ["cpu"] or len(words) < 6:
        return None
    ticks = [int(word) for word in words[1:9]]  # guest time behind them is part of user time
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def _zones(root: Path) -> Iterator[tuple[Path, dict[str, float]]]:
    """Yields the thermal zones that can slow the machine down, with the lowest temperature of each kind of trip."""
    for zone in sorted((root / "sys/class/thermal").glob("thermal_zone*")):
        trips: dict[str, float] = {}
        for file in zone.glob("trip_point_*_temp"):
            kind = _read(file.with_name(file.name.replace("_temp", "_type")))
            degrees = _degrees(_read(file))
            if degrees is not None and degrees > 0:
                trips[kind] = min(degrees, trips.get(kind, degrees))
        if trips.keys() & {"passive", "hot", "critical"}:
            yield zone, trips


def _thermal(trips: dict[str, float], degrees: float | None) -> Thermal:
    """Returns how hot a zone counts; without a passive trip, 10 degrees below its hot or critical one stand for it."""
    if degrees is None:
        return "nominal"
    last = min(trips.get("hot", 200.0), trips.get("critical", 200.0) - _LAST_C)
    passive = min(trips.get("passive", last - _NEAR_C), last)
    if degrees >= last:
        return "critical"
    return "serious" if degrees >= passive else "fair" if degrees >= passive - _NEAR_C else "nominal"


def _temperature(zone: Path) -> float | None:
    return _degrees(_read(zone / "temp"))


def _degrees(text: str) -> float | None:
    """Returns degrees Celsius of a text in thousandths, or None where no sensor can have said that."""
    try:
        degrees = int(text) / _MILLI
    except ValueError:
        return None
    return degrees if _PLAUSIBLE_C[0] < degrees < _PLAUSIBLE_C[1] else None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""

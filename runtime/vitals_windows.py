"""How a Windows machine is. Written from the documentation of its libraries, not run on Windows; heat is not told."""

from __future__ import annotations

from contextlib import suppress

from runtime.vitals import Power, Pressure, Vitals
from runtime.vitals_gpu import GpuSigns
from runtime.windows import memory_status, power_status

_LOW, _VERY_LOW = 0.10, 0.04
_POWER: dict[int, Power] = {0: "battery", 1: "mains"}


class WindowsSigns:
    """Reads this machine."""

    def __init__(self) -> None:
        self._gpu = GpuSigns()

    def read(self) -> Vitals:
        """Returns its state now."""
        gpu, thermal = self._gpu.read()
        free: int | None = None
        power: Power = "unknown"
        memory: Pressure = "normal"
        with suppress(OSError):
            status = memory_status()
            free, share = int(status.available), status.available / max(1, status.total)
            memory = "critical" if share < _VERY_LOW else "warn" if share < _LOW else "normal"
            power = _POWER.get(power_status().mains, "unknown")
        return Vitals(thermal, power, memory, None, free, gpu)

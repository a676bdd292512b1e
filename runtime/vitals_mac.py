"""How a Mac is. After Apple's documentation and headers; not run on a Mac.

Heat: NSProcessInfo.thermalState. Memory: kern.memorystatus_vm_pressure_level (1 normal, 2 warn, 4 critical) and
kern.memorystatus_level (percent free). Power: IOPSGetProvidingPowerSourceType. Load: host_statistics,
HOST_CPU_LOAD_INFO.
"""

from __future__ import annotations

import ctypes
from ctypes import c_char_p, c_long, c_uint32

from runtime.macos import MacLibraries, mac_libraries
from runtime.vitals import THERMAL, Power, Pressure, Thermal, Vitals

_PRESSURE: dict[int | None, Pressure] = {2: "warn", 4: "critical"}
_POWER: dict[bytes | None, Power] = {b"AC Power": "mains", b"Battery Power": "battery", b"UPS Power": "battery"}
_CPU_LOAD = 3
"""HOST_CPU_LOAD_INFO (mach/host_info.h): ticks of user, system, idle and nice."""
_IDLE = 2


class MacSigns:
    """Reads this Mac.

    Args:
        libraries: the system's; None where they could not be loaded: then nothing is told.
    """

    def __init__(self, libraries: MacLibraries | None = None) -> None:
        self._mac = libraries or mac_libraries()
        self._last: list[int] | None = None
        self._host = self._mac.system.mach_host_self() if self._mac else 0  # each call would take another port right

    def read(self) -> Vitals:
        """Returns its state now."""
        mac = self._mac
        if mac is None:
            return Vitals()
        size, percent = mac.sysctl("hw.memsize"), mac.sysctl("kern.memorystatus_level")
        return Vitals(
            thermal=_thermal(mac),
            power=_power(mac),
            memory=_PRESSURE.get(mac.sysctl("kern.memorystatus_vm_pressure_level"), "normal"),
            load=self._load(mac),
            memory_free_bytes=None if size is None or percent is None else size * percent // 100,
        )

    def _load(self, mac: MacLibraries) -> float | None:
        """Returns the share of processor time that was not idle since the last reading."""
        ticks, count = (c_uint32 * 4)(), c_uint32(4)
        if mac.system.host_statistics(self._host, _CPU_LOAD, ctypes.byref(ticks), ctypes.byref(count)):
            return None
        before, self._last = self._last, list(ticks)
        if before is None:
            return None
        spent = [(now - then) % 2**32 for now, then in zip(self._last, before, strict=True)]  # they run over
        return 1 - spent[_IDLE] / sum(spent) if sum(spent) else None


def _thermal(mac: MacLibraries) -> Thermal:
    process = mac.send(mac.class_of("NSProcessInfo"), "processInfo")
    state = mac.send(process, "thermalState", result=c_long)
    return THERMAL[state] if 0 <= state < len(THERMAL) else "nominal"


def _power(mac: MacLibraries) -> Power:
    """Returns what the machine is drawing from; the name is a CFString, which answers as an NSString does."""
    info = mac.iokit.IOPSCopyPowerSourcesInfo()
    if not info:
        return "unknown"
    name = mac.iokit.IOPSGetProvidingPowerSourceType(info)  # belongs to `info`
    power = _POWER.get(mac.send(name, "UTF8String", result=c_char_p) if name else None, "unknown")
    mac.send(info, "release", result=None)
    return power

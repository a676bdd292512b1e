"""What Windows tells of the machine. Written from the documentation of its libraries, not run on Windows."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

_FEATURES = {40: "avx2", 41: "avx512", 43: "dotprod", 19: "neon"}
"""Numbers of IsProcessorFeaturePresent (winnt.h, PF_*)."""


class MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of GlobalMemoryStatusEx."""

    _fields_ = (
        ("length", ctypes.c_uint32), ("load", ctypes.c_uint32), ("total", ctypes.c_uint64),
        ("available", ctypes.c_uint64), ("page_total", ctypes.c_uint64), ("page_available", ctypes.c_uint64),
        ("virtual_total", ctypes.c_uint64), ("virtual_available", ctypes.c_uint64), ("extended", ctypes.c_uint64),
    )  # fmt: skip


class PowerStatus(ctypes.Structure):
    """SYSTEM_POWER_STATUS of GetSystemPowerStatus; `mains` is 0 on battery, 1 on mains, 255 where unknown."""

    _fields_ = (
        ("mains", ctypes.c_uint8), ("flag", ctypes.c_uint8), ("percent", ctypes.c_uint8), ("saver", ctypes.c_uint8),
        ("seconds", ctypes.c_uint32), ("full_seconds", ctypes.c_uint32),
    )  # fmt: skip


def kernel() -> Any:
    """Returns the library kernel32; raises `OSError` elsewhere."""
    if sys.platform != "win32":
        raise OSError("only Windows has kernel32")
    return ctypes.windll.kernel32


def cpu_name() -> str:
    """Returns the processor's full name, from the registry."""
    if sys.platform != "win32":
        return ""
    import winreg  # noqa: PLC0415 - only Windows has it

    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"HARDWARE\DESCRIPTION\System\CentralProcessor\0") as key:
        return str(winreg.QueryValueEx(key, "ProcessorNameString")[0]).strip()


def features(library: Any = None) -> frozenset[str]:
    """Returns the instruction sets that Windows tells of."""
    library = library or kernel()
    return frozenset(name for number, name in _FEATURES.items() if library.IsProcessorFeaturePresent(number))


def memory_status(library: Any = None) -> MemoryStatus:
    """Returns how much memory there is, and how much of it is free, in bytes."""
    status = MemoryStatus(length=ctypes.sizeof(MemoryStatus))
    (library or kernel()).GlobalMemoryStatusEx(ctypes.byref(status))
    return status


def memory_bytes() -> int:
    """Returns the machine's memory."""
    return int(memory_status().total)


def power_status(library: Any = None) -> PowerStatus:
    """Returns where the power comes from."""
    status = PowerStatus(mains=255)
    (library or kernel()).GetSystemPowerStatus(ctypes.byref(status))
    return status

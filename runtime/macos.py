"""The libraries of macOS that dlc calls, by ctypes. After Apple's documentation and headers; not run on a Mac.

No other module loads them: whoever needs one takes a `MacLibraries`, and tests give a recording one
(`runtime/fake_macos.py`).
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import c_char_p, c_int, c_size_t, c_uint32, c_uint64, c_void_p
from functools import cache
from typing import Any

_ROOT = "/System/Library/Frameworks"


class MacLibraries:
    """libSystem, the Objective-C runtime with Foundation, and IOKit.

    Attributes:
        system: libSystem's functions: pthread_set_qos_class_self_np, sysctlbyname, host_statistics, ...
        iokit: the framework's functions.
    """

    def __init__(self) -> None:
        self.system: Any = ctypes.CDLL("/usr/lib/libSystem.B.dylib")
        self.iokit: Any = ctypes.CDLL(f"{_ROOT}/IOKit.framework/IOKit")
        self._foundation = ctypes.CDLL(f"{_ROOT}/Foundation.framework/Foundation")  # brings its classes in
        self._objc: Any = ctypes.CDLL("/usr/lib/libobjc.A.dylib")
        self._objc.objc_getClass.restype = self._objc.sel_registerName.restype = c_void_p
        self._objc.objc_getClass.argtypes = self._objc.sel_registerName.argtypes = [c_char_p]
        self._address = ctypes.cast(self._objc.objc_msgSend, c_void_p).value or 0
        self.system.pthread_set_qos_class_self_np.argtypes = [c_uint32, c_int]
        self.system.sysctlbyname.argtypes = [c_char_p, c_void_p, c_void_p, c_void_p, c_size_t]
        self.system.mach_host_self.restype = c_uint32
        self.system.host_statistics.argtypes = [c_uint32, c_int, c_void_p, c_void_p]
        self.iokit.IOPSCopyPowerSourcesInfo.restype = c_void_p
        self.iokit.IOPSGetProvidingPowerSourceType.restype = c_void_p
        self.iokit.IOPSGetProvidingPowerSourceType.argtypes = [c_void_p]

    def class_of(self, name: str) -> int:
        """Returns an Objective-C class."""
        return self._objc.objc_getClass(name.encode()) or 0

    def send(
        self, target: int, selector: str, *arguments: Any, types: tuple[Any, ...] = (), result: Any = c_void_p
    ) -> Any:
        """Sends a message; objc_msgSend must be called with the very types of the method, on arm64 above all."""
        signature = ctypes.CFUNCTYPE(result, c_void_p, c_void_p, *types)
        call = signature(self._address)
        return call(target, self._objc.sel_registerName(selector.encode()), *arguments)

    def sysctl(self, name: str) -> int | None:
        """Returns a number of up to 64 bits that the kernel keeps, or None."""
        value, size = c_uint64(0), c_size_t(8)
        failed = self.system.sysctlbyname(name.encode(), ctypes.byref(value), ctypes.byref(size), None, 0)
        return None if failed else value.value


@cache
def mac_libraries() -> MacLibraries | None:
    """Returns the libraries, loaded once; None elsewhere, or where one is missing."""
    if sys.platform != "darwin":
        return None
    try:
        return MacLibraries()
    except (OSError, AttributeError):
        return None

"""The libraries of a made-up Mac, which write down how they are called; for tests where there is no Mac."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import current_thread
from typing import Any

from runtime.macos import MacLibraries

_POWER_INFO, _POWER_NAME = 7001, 7002


class FakeMac(MacLibraries):
    """Answers as documented.

    Args:
        sysctls: numbers by name.
        thermal_state: as NSProcessInfo says it, 0 to 3.
        power: name of the power source; empty: there is no answer.
        ticks: processor ticks of user, system, idle and nice, one entry for each asking.

    Attributes:
        calls: what was called, in order: the thread's name, the function or selector, the arguments.
    """

    def __init__(
        self,
        sysctls: Mapping[str, int] | None = None,
        thermal_state: int = 0,
        power: str = "AC Power",
        ticks: tuple[tuple[int, int, int, int], ...] = (),
    ) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.objects = 0
        """Objects that were retained and not released."""
        self.system = self.iokit = self
        self._sysctls = dict(sysctls or {})
        self._thermal_state = thermal_state
        self._power = power
        self._ticks = iter(ticks)

    def pthread_set_qos_class_self_np(self, quality: int, priority: int) -> int:
        """Takes every class."""
        self._note("pthread_set_qos_class_self_np", quality, priority)
        return 0

    def mach_host_self(self) -> int:
        """Returns a port."""
        return 1

    def host_statistics(self, _host: int, _flavour: int, data: Any, _count: Any) -> int:
        """Fills in the next ticks; fails where there are none."""
        ticks = next(self._ticks, None)
        if ticks is None:
            return 1
        for index, value in enumerate(ticks):
            data._obj[index] = value  # noqa: SLF001 - what ctypes.byref points at
        return 0

    def IOPSCopyPowerSourcesInfo(self) -> int:  # noqa: N802 - Apple's name
        """Returns an object that the caller must release."""
        self.objects += 1
        return _POWER_INFO

    def IOPSGetProvidingPowerSourceType(self, _info: int) -> int:  # noqa: N802 - Apple's name
        """Returns a string."""
        return _POWER_NAME if self._power else 0

    def class_of(self, name: str) -> int:
        """Returns a number for a class."""
        return sum(name.encode())

    def send(self, target: int, selector: str, *arguments: Any, types: tuple[Any, ...] = (), **_: Any) -> Any:
        """Answers a message."""
        assert len(types) == len(arguments), "each argument needs its type"  # noqa: S101 - a fake for tests
        self._note(selector, *arguments)
        answers: dict[str, Callable[[], Any]] = {
            "thermalState": lambda: self._thermal_state,
            "UTF8String": self._power.encode,
            "retain": lambda: target,
        }
        self.objects += {"retain": 1, "release": -1}.get(selector, 0)
        return answers.get(selector, lambda: 4000 + len(selector))()

    def sysctl(self, name: str) -> int | None:
        """Returns a number, or None."""
        return self._sysctls.get(name)

    def _note(self, *call: Any) -> None:
        self.calls.append((current_thread().name, *call))

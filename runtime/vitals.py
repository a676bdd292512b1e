"""How the machine is while frames flow: heat, power, memory, load. What to do about it is decided elsewhere.

`system_signs()` reads this machine, `runtime/simulated.py` one that is made up.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal, Protocol

Thermal = Literal["nominal", "fair", "serious", "critical"]
Power = Literal["mains", "battery", "unknown"]
Pressure = Literal["normal", "warn", "critical"]

THERMAL: tuple[Thermal, ...] = ("nominal", "fair", "serious", "critical")
"""From cool to hot, as macOS names them (NSProcessInfoThermalState)."""
PRESSURE: tuple[Pressure, ...] = ("normal", "warn", "critical")


@dataclass(frozen=True, slots=True)
class GpuVitals:
    """The first NVIDIA GPU; None for what its driver does not tell.

    Attributes:
        utilisation: part of the last moments in which it computed, 0 to 1.
        memory_used_bytes: by all processes.
        temperature_c: of the chip.
    """

    utilisation: float | None
    memory_used_bytes: int | None
    temperature_c: int | None


@dataclass(frozen=True, slots=True)
class Vitals:
    """A machine at one moment; what the system does not tell counts as well.

    Attributes:
        thermal: how hot it says it is: from `serious` on it slows itself down.
        power: where its power comes from.
        memory: how short it says memory is.
        load: share of all cores that were busy since the last reading, 0 to 1; None at the first one, or where unknown.
        memory_free_bytes: what this process could still have; None where unknown.
        gpu: the first NVIDIA GPU, where there is one.
    """

    thermal: Thermal = "nominal"
    power: Power = "unknown"
    memory: Pressure = "normal"
    load: float | None = None
    memory_free_bytes: int | None = None
    gpu: GpuVitals | None = None


class VitalSigns(Protocol):
    """Tells how the machine is."""

    def read(self) -> Vitals:
        """Returns its state now. Never raises; takes a millisecond or two, so it is no call for each frame."""
        ...


class NoSigns:
    """A machine that tells nothing and so counts as well."""

    def read(self) -> Vitals:
        """Returns nothing."""
        return Vitals()


def system_signs() -> VitalSigns:
    """Returns the reader for this system; one that tells nothing where dlc knows none."""
    if sys.platform == "darwin":
        from runtime.vitals_mac import MacSigns  # noqa: PLC0415 - loads the system's libraries

        return MacSigns()
    if sys.platform == "win32":
        from runtime.vitals_windows import WindowsSigns  # noqa: PLC0415 - loads the system's libraries

        return WindowsSigns()
    from runtime.vitals_linux import LinuxSigns  # noqa: PLC0415 - each system has its own

    return LinuxSigns()

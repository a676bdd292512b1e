"""How the first NVIDIA GPU is, through an NVML that stays open: opening it takes tens of milliseconds."""

from __future__ import annotations

from runtime.nvml import CardState, Nvml
from runtime.vitals import GpuVitals, Thermal

_NEAR_C = 10
"""So close to where the driver slows the chip down it counts as `fair`."""


class GpuSigns:
    """Reads the first GPU; tells nothing where the library or a GPU is missing."""

    def __init__(self, nvml: Nvml | None = None) -> None:
        self._nvml = (nvml or Nvml()).__enter__()  # for the process's whole life: there is no moment to close it
        self._is_there = self._nvml.count > 0

    def read(self) -> tuple[GpuVitals | None, Thermal]:
        """Returns the GPU, and how hot it counts."""
        if not self._is_there:
            return None, "nominal"
        card = self._nvml.state(0)
        vitals = GpuVitals(card.utilisation, card.memory_used_bytes, card.temperature_c)
        return vitals, thermal_of(card)


def thermal_of(card: CardState) -> Thermal:
    """Returns `serious` where the driver slows the chip down, `critical` above that temperature, `fair` close to it."""
    if card.temperature_c is None or card.slowdown_c is None:
        return "serious" if card.slowed else "nominal"
    if card.temperature_c > card.slowdown_c:
        return "critical"
    if card.slowed or card.temperature_c == card.slowdown_c:
        return "serious"
    return "fair" if card.temperature_c >= card.slowdown_c - _NEAR_C else "nominal"

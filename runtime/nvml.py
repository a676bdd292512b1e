"""NVIDIA's management library, through its own Python package nvidia-ml-py (the extra `cuda`). Changes no setting.

Every question is answered by a value or by None: cards and drivers differ in what they tell, and virtual ones tell
little.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

_CHIP, _SLOWDOWN, _MEMORY_CLOCK = 0, 1, 2
"""NVML_TEMPERATURE_GPU, NVML_TEMPERATURE_THRESHOLD_SLOWDOWN, NVML_CLOCK_MEM (nvml.h)."""

_HOT = 0x20 | 0x40
"""Bits of the reasons for a slower clock: software and hardware thermal slowdown (nvml.h, ClocksEventReason)."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it is built; None where its driver does not tell."""

    name: str
    cores: int | None
    memory_bytes: int | None
    bandwidth_gbs: float | None


@dataclass(frozen=True, slots=True)
class CardState:
    """A card at a moment.

    Attributes:
        utilisation: part of the last moments in which a kernel ran, 0 to 1.
        memory_used_bytes: by all processes.
        memory_bytes: all that it has.
        temperature_c: of the chip.
        slowdown_c: from where on the driver slows it down.
        slowed: whether it is slower now because of heat.
    """

    utilisation: float | None
    memory_used_bytes: int | None
    memory_bytes: int | None
    temperature_c: int | None
    slowdown_c: int | None
    slowed: bool


class Nvml:
    """An open library; use it in a `with`.

    Attributes:
        reason: why there is no answer to be had; empty where there is.
    """

    def __init__(self, module: Any = None) -> None:
        self.reason = ""
        self._module = module
        self._handles: dict[int, Any] = {}

    def __enter__(self) -> Self:
        try:
            if self._module is None:
                import pynvml  # noqa: PLC0415 - an optional package

                self._module = pynvml
            self._module.nvmlInit()
        except ImportError:
            self.reason = "the Python package nvidia-ml-py is not installed"
        except Exception as error:  # noqa: BLE001 - NVMLError is known only once the package is there
            self.reason = str(error)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.reason:
            with suppress(Exception):
                self._module.nvmlShutdown()

    @property
    def count(self) -> int:
        """How many cards there are."""
        return 0 if self.reason else self._ask("nvmlDeviceGetCount") or 0

    @property
    def driver(self) -> str:
        """Version of the driver."""
        return str(self._ask("nvmlSystemGetDriverVersion") or "")

    def card(self, index: int) -> Card:
        """Returns what a card is."""
        memory = self._of(index, "nvmlDeviceGetMemoryInfo")
        return Card(
            name=str(self._of(index, "nvmlDeviceGetName") or "NVIDIA GPU"),
            cores=self._of(index, "nvmlDeviceGetNumGpuCores"),
            memory_bytes=memory.total if memory else None,
            bandwidth_gbs=self._bandwidth(index),
        )

    def state(self, index: int) -> CardState:
        """Returns how a card is."""
        memory = self._of(index, "nvmlDeviceGetMemoryInfo")
        rates = self._of(index, "nvmlDeviceGetUtilizationRates")
        reasons = self._of(index, "nvmlDeviceGetCurrentClocksThrottleReasons")
        return CardState(
            utilisation=rates.gpu / 100 if rates else None,
            memory_used_bytes=memory.used if memory else None,
            memory_bytes=memory.total if memory else None,
            temperature_c=self._of(index, "nvmlDeviceGetTemperature", _CHIP),
            slowdown_c=self._of(index, "nvmlDeviceGetTemperatureThreshold", _SLOWDOWN),
            slowed=bool((reasons or 0) & _HOT),
        )

    def _bandwidth(self, index: int) -> float | None:
        """Returns bus width (bits) times two transfers for each beat of the fastest memory clock (MHz), in GB/s."""
        bits = self._of(index, "nvmlDeviceGetMemoryBusWidth")
        clock = self._of(index, "nvmlDeviceGetMaxClockInfo", _MEMORY_CLOCK)
        return round(bits * 2 * clock / 8000, 1) if bits and clock else None

    def _of(self, index: int, question: str, *more: Any) -> Any:
        if index not in self._handles:
            self._handles[index] = self._ask("nvmlDeviceGetHandleByIndex", index)
        handle = self._handles[index]
        return None if handle is None else self._ask(question, handle, *more)

    def _ask(self, question: str, *arguments: Any) -> Any:
        """Returns a function's answer, or None where this card, driver or package has none (`NotSupported`)."""
        try:
            return getattr(self._module, question)(*arguments)
        except Exception:  # noqa: BLE001 - NVMLError is known only once the package is there
            return None

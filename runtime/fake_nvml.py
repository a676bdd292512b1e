"""NVIDIA's management library with made-up cards, in the shape of the module `pynvml`; for tests without a GPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any


@dataclass(slots=True)
class FakeCard:
    """A card; what is None it does not support."""

    name: str = "NVIDIA GeForce RTX 3060"
    cores: int | None = 3584
    memory: int = 12 * 2**30
    used: int = 2**30
    bus_bits: int | None = 192
    memory_mhz: int | None = 7501
    busy_percent: int | None = 40
    temperature: int | None = 60
    slowdown: int | None = 93
    reasons: int = 0


class FakeNvml:
    """The functions that `runtime/nvml.py` calls."""

    def __init__(self, cards: Sequence[FakeCard], driver: str = "580.95.05") -> None:
        self._cards = cards
        self._driver = driver
        self.is_open = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Returns the function that asks a card for the one thing that its name tells."""
        answer = _ANSWERS[name]
        return lambda card, *_: _known(answer(card))

    def nvmlInit(self) -> None:  # noqa: N802 - NVIDIA's name
        """Opens the library."""
        self.is_open = True

    def nvmlShutdown(self) -> None:  # noqa: N802 - NVIDIA's name
        """Closes it."""
        self.is_open = False

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802 - NVIDIA's name
        """Returns how many cards there are."""
        return len(self._cards)

    def nvmlSystemGetDriverVersion(self) -> str:  # noqa: N802 - NVIDIA's name
        """Returns the driver's version."""
        return self._driver

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeCard:  # noqa: N802 - NVIDIA's name
        """Returns a card."""
        return self._cards[index]


def _known(answer: Any) -> Any:
    if answer is None:
        raise RuntimeError("Not Supported")
    return answer


_ANSWERS: dict[str, Callable[[FakeCard], Any]] = {
    "nvmlDeviceGetName": lambda card: card.name,
    "nvmlDeviceGetNumGpuCores": lambda card: card.cores,
    "nvmlDeviceGetMemoryInfo": lambda card: SimpleNamespace(total=card.memory, used=card.used),
    "nvmlDeviceGetMemoryBusWidth": lambda card: card.bus_bits,
    "nvmlDeviceGetMaxClockInfo": lambda card: card.memory_mhz,
    "nvmlDeviceGetUtilizationRates": lambda card: (
        None if card.busy_percent is None else SimpleNamespace(gpu=card.busy_percent)
    ),
    "nvmlDeviceGetTemperature": lambda card: card.temperature,
    "nvmlDeviceGetTemperatureThreshold": lambda card: card.slowdown,
    "nvmlDeviceGetCurrentClocksThrottleReasons": lambda card: card.reasons,
}

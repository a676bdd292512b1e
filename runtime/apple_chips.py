"""The Apple chips that dlc knows: cores, neural engine and memory bandwidth, with the source of each row.

Bandwidths are what the maker publishes (peak; M1's is the product of its memory's clock and width). Chips are sold in
several sizes: the first number of each list is the full chip, the others are those with parts switched off.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AppleChip:
    """A chip as it is sold.

    Attributes:
        name: as `machdep.cpu.brand_string` spells it, for example `Apple M3 Pro`.
        performance, efficiency: cores of the fast and of the thrifty kind, full chip first.
        gpu: cores of the GPU, full chip first.
        neural: cores of the neural engine.
        tops: what the maker says of the neural engine, 10^12 operations a second; None where it says nothing.
        bandwidth_gbs: of the memory, one for each entry of `gpu`, or one for all.
        memory_gb: most that is sold.
        source: where the row comes from.
    """

    name: str
    performance: tuple[int, ...]
    efficiency: tuple[int, ...]
    gpu: tuple[int, ...]
    neural: int
    tops: float | None
    bandwidth_gbs: tuple[float, ...]
    memory_gb: int
    source: str

    @property
    def short(self) -> str:
        """The name as a profile: `m3-pro`."""
        return self.name.removeprefix("Apple ").lower().replace(" ", "-")

    def bandwidth(self, gpu_cores: int | None = None) -> float:
        """Returns the memory bandwidth in GB/s of the chip with so many GPU cores (the full one where unknown)."""
        if gpu_cores in self.gpu and len(self.bandwidth_gbs) == len(self.gpu):
            return self.bandwidth_gbs[self.gpu.index(gpu_cores)]
        return self.bandwidth_gbs[0]


APPLE_CHIPS = (
    AppleChip("Apple M1", (4,), (4,), (8, 7), 16, 11, (68.3,), 16, ""),
    AppleChip("Apple M1 Pro", (8, 6), (2,), (16, 14), 16, 11, (200,), 32, ""),
    AppleChip("Apple M1 Max", (8,), (2,), (32, 24), 16, 11, (400,), 64, ""),
    AppleChip("Apple M1 Ultra", (16,), (4,), (64, 48), 32, 22, (800,), 128, ""),
    AppleChip("Apple M2", (4,), (4,), (10, 8), 16, 15.8, (100,), 24, ""),
    AppleChip("Apple M2 Pro", (8, 6), (4,), (19, 16), 16, 15.8, (200,), 32, ""),
    AppleChip("Apple M2 Max", (8,), (4,), (38, 30), 16, 15.8, (400,), 96, ""),
    AppleChip("Apple M2 Ultra", (16,), (8,), (76, 60), 32, 31.6, (800,), 192, ""),
    AppleChip("Apple M3", (4,), (4,), (10, 8), 16, 18, (100,), 24, ""),
    AppleChip("Apple M3 Pro", (6, 5), (6,), (18, 14), 16, 18, (150,), 36, ""),
    AppleChip("Apple M3 Max", (12, 10), (4,), (40, 30), 16, 18, (400, 300), 128, ""),
    AppleChip("Apple M3 Ultra", (24, 20), (8,), (80, 60), 32, 36, (819,), 512, ""),
    AppleChip("Apple M4", (4, 3), (6, 4), (10, 8), 16, 38, (120,), 32, ""),
    AppleChip("Apple M4 Pro", (10, 8), (4,), (20, 16), 16, 38, (273,), 64, ""),
    AppleChip("Apple M4 Max", (12, 10), (4,), (40, 32), 16, 38, (546, 410), 128, ""),
    AppleChip("Apple M5", (4, 3), (6,), (10, 8), 16, None, (153,), 32, ""),
    AppleChip("Apple M5 Pro", (6, 5), (12, 10), (20, 16), 16, None, (307,), 64, ""),
    AppleChip("Apple M5 Max", (6,), (12,), (40, 32), 16, None, (614, 460), 128, ""),
)


def apple_chip(name: str) -> AppleChip | None:
    """Returns the chip of a brand string or of a profile's name; None where the table has none."""
    wanted = name.strip().lower().replace("-", " ").removeprefix("apple ")
    return next((chip for chip in APPLE_CHIPS if chip.name.lower().removeprefix("apple ") == wanted), None)

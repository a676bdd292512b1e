"""The Apple chips of Macs: cores, neural engine and memory bandwidth, with the source of each row.

Chips are sold in several sizes: the first number of each list is the full chip, the others are those with parts
switched off. Bandwidths are peaks, as the maker publishes them. No Mac was at hand: the figures are those of the
announcements and of the technical specifications that these link to, none was measured.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AppleChip:
    """A chip as it is sold.

    Attributes:
        name: as `machdep.cpu.brand_string` spells it, for example `Apple M3 Pro`.
        performance: fast cores, full chip first. From M5 on the maker calls the fastest of them super cores; they are
            counted here together with those that it calls performance cores.
        efficiency: cores of the thrifty kind, full chip first; 0 where it has none.
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

    @property
    def features(self) -> frozenset[str]:
        """Instruction sets, as `Hardware.features` names them: Arm 8.5 in M1, 8.6 from M2 on, SME from M4 on."""
        later = self.short.startswith(("a18", "m4", "m5", "m6"))
        arm86 = later or self.short.startswith(("m2", "m3"))
        names = {"neon", "dotprod", "fp16"} | ({"i8mm", "bf16"} if arm86 else set()) | ({"sme"} if later else set())
        return frozenset(names)

    def bandwidth(self, gpu_cores: int | None = None) -> float:
        """Returns the memory bandwidth in GB/s of the chip with so many GPU cores (the full one where unknown)."""
        if gpu_cores in self.gpu and len(self.bandwidth_gbs) == len(self.gpu):
            return self.bandwidth_gbs[self.gpu.index(gpu_cores)]
        return self.bandwidth_gbs[0]


_NEWS = "https://www.apple.com/newsroom/"
_A18_PRO = _NEWS + "2026/03/say-hello-to-macbook-neo/"
_M1 = _NEWS + "2020/11/apple-unleashes-m1/"
_M1_PRO = _NEWS + "2021/10/introducing-m1-pro-and-m1-max-the-most-powerful-chips-apple-has-ever-built/"
_M1_ULTRA = _NEWS + "2022/03/apple-unveils-m1-ultra-the-worlds-most-powerful-chip-for-a-personal-computer/"
_M2 = _NEWS + "2022/06/apple-unveils-m2-with-breakthrough-performance-and-capabilities/"
_M2_PRO = _NEWS + "2023/01/apple-unveils-m2-pro-and-m2-max-next-generation-chips-for-next-level-workflows/"
_M2_ULTRA = _NEWS + "2023/06/apple-introduces-m2-ultra/"
_M3 = _NEWS + "2023/10/apple-unveils-m3-m3-pro-and-m3-max-the-most-advanced-chips-for-a-personal-computer/"
_M3_ULTRA = _NEWS + "2025/03/apple-reveals-m3-ultra-taking-apple-silicon-to-a-new-extreme/"
_M4 = _NEWS + "2024/05/apple-introduces-m4-chip/"
_M4_PRO = _NEWS + "2024/10/apple-introduces-m4-pro-and-m4-max/"
_M5 = _NEWS + "2025/10/apple-unleashes-m5-the-next-big-leap-in-ai-performance-for-apple-silicon/"
_M5_PRO = _NEWS + "2026/03/apple-debuts-m5-pro-and-m5-max-to-supercharge-the-most-demanding-pro-workflows/"
_M5_ULTRA = _NEWS + "2026/08/apple-introduces-m6-and-m5-ultra-for-a-big-leap-in-performance-and-ai-compute/"

APPLE_CHIPS = (
    # Of 6 GPU cores one is off in Macs.
    AppleChip("Apple A18 Pro", (2,), (4,), (5,), 16, 35, (60,), 8, _A18_PRO),
    # M1: 128 bits of LPDDR4X-4266; the maker gives no figure.
    AppleChip("Apple M1", (4,), (4,), (8, 7), 16, 11, (68.3,), 16, _M1),
    AppleChip("Apple M1 Pro", (8, 6), (2,), (16, 14), 16, 11, (200,), 32, _M1_PRO),
    AppleChip("Apple M1 Max", (8,), (2,), (32, 24), 16, 11, (400,), 64, _M1_PRO),
    AppleChip("Apple M1 Ultra", (16,), (4,), (64, 48), 32, 22, (800,), 128, _M1_ULTRA),
    AppleChip("Apple M2", (4,), (4,), (10, 8), 16, 15.8, (100,), 24, _M2),
    AppleChip("Apple M2 Pro", (8, 6), (4,), (19, 16), 16, 15.8, (200,), 32, _M2_PRO),
    AppleChip("Apple M2 Max", (8,), (4,), (38, 30), 16, 15.8, (400,), 96, _M2_PRO),
    AppleChip("Apple M2 Ultra", (16,), (8,), (76, 60), 32, 31.6, (800,), 192, _M2_ULTRA),
    AppleChip("Apple M3", (4,), (4,), (10, 8), 16, 18, (100,), 24, _M3),
    AppleChip("Apple M3 Pro", (6, 5), (6,), (18, 14), 16, 18, (150,), 36, _M3),
    AppleChip("Apple M3 Max", (12, 10), (4,), (40, 30), 16, 18, (400, 300), 128, _M3),
    # M3 Ultra's neural engine is that of two M3 Max; the maker gives no figure.
    AppleChip("Apple M3 Ultra", (24, 20), (8,), (80, 60), 32, 36, (819,), 512, _M3_ULTRA),
    AppleChip("Apple M4", (4, 3), (6, 4), (10, 8), 16, 38, (120,), 32, _M4),
    AppleChip("Apple M4 Pro", (10, 8), (4,), (20, 16), 16, 38, (273,), 64, _M4_PRO),
    AppleChip("Apple M4 Max", (12, 10), (4,), (40, 32), 16, 38, (546, 410), 128, _M4_PRO),
    AppleChip("Apple M5", (4, 3), (6,), (10, 8), 16, None, (153,), 32, _M5),
    # M5 Pro, Max, Ultra: 6 (5), 6 and 12 (10) of these are super cores.
    AppleChip("Apple M5 Pro", (18, 15), (0,), (20, 16), 16, None, (307,), 64, _M5_PRO),
    AppleChip("Apple M5 Max", (18,), (0,), (40, 32), 16, None, (614, 460), 128, _M5_PRO),
    AppleChip("Apple M5 Ultra", (36, 30), (0,), (80, 64), 32, None, (1200,), 512, _M5_ULTRA),
    # M6: 2 of the 6 are super cores; two neural engines of 16 cores.
    AppleChip("Apple M6", (6,), (6,), (12,), 32, None, (170,), 32, _M5_ULTRA),
)
"""Oldest first. Bandwidth of M3 Max, M4 Max and M5 Max differs by size: support.apple.com, technical specifications."""


def apple_chip(name: str) -> AppleChip | None:
    """Returns the chip of a brand string or of a profile's name; None where the table has none."""
    wanted = name.strip().lower().replace("-", " ").removeprefix("apple ")
    return next((chip for chip in APPLE_CHIPS if chip.name.lower().removeprefix("apple ") == wanted), None)

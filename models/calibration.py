"""What one run of a network takes on a device: measured once on this machine and kept, else estimated.

Estimates are operations of the network through what a device does of them in a second; they are marked as such. For a
machine that is not this one there are only estimates.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from models.caches import cache_folder, key_of
from models.cards import load_card
from models.providers import CPU, device_of, unfit
from models.store import Store
from runtime.errors import ModelError
from runtime.facts import Time
from runtime.json_cache import JsonCache

if TYPE_CHECKING:
    from models.session import ModelStore

SECONDS = 0.3
"""Timed for each network and device, after the first runs."""

CPU_GFLOPS, LARGE_CPU_GFLOPS = 40.0, 140.0
"""Of one thread of the CPU provider: what a server core with AVX-512 does in small convolutions (facemesh here), and in
those of a large network (a twin of inswapper_128 here, 349 GFLOP in 2.4 s of processor time)."""

LARGE_GFLOP = 10.0
"""From where on a network counts as large."""

NEURAL_SHARE = 0.45
"""Of the maker's figure for a neural engine (8-bit operations), what half-precision networks get: so a network of 349
GFLOP takes 43 ms on an M3, which is the 20 to 25 fps that are reported of it."""

APPLE_GPU_GFLOPS = 325.0
"""For each core of an Apple GPU. inswapper_128 (349 GFLOP by its layers) takes 27 ms on an M3 Max with 40 cores in one
partition, as its users report."""

CUDA_GFLOPS = 1.25
"""For each CUDA core: about a third of the peak, as networks with one picture at a time get."""

OVERHEAD_MS = {"coreml": 0.5, "cuda": 0.3, "openvino": 0.1, "directml": 0.5}
"""For each run: inputs go over, outputs come back."""


class NetworkTimes:
    """Times of networks on this machine's devices, in a file.

    Args:
        chip: name of this machine's processor.
        cache: folder of the file; by default the user's own.
    """

    def __init__(self, chip: str, cache: Path | None = None) -> None:
        self._chip = chip
        self._store = Store()
        self._cache = JsonCache((cache or cache_folder()) / "networks.json")

    def time(self, network: str, device: str, threads: int) -> Time | None:
        """Returns what one run takes; None where neither a measurement, the file nor the card tells."""
        try:
            found = self._measured(network, device, threads)
            alone = self._measured(network, device, 1)
        except ModelError:
            return None
        if found is not None or device != CPU:
            return found
        if alone is not None:
            return Time(alone.ms / threads, alone.cpu_ms, estimated=True)
        try:
            gflop = self.gflops(network)
        except ModelError:
            return None
        ms = 1000 * gflop / (LARGE_CPU_GFLOPS if gflop > LARGE_GFLOP else CPU_GFLOPS) / threads
        return Time(ms, ms * threads, estimated=True)

    def size(self, network: str) -> int | None:
        """Returns how many bytes its file has, by what is noted of it or its card."""
        try:
            return self._store.expected(load_card(network).file_for(CPU))[0]
        except ModelError:
            return None

    def gflops(self, network: str) -> float:
        """Returns the operations of one run, 10^9: of the file, else as its card says; raises `ModelError`."""
        from models.anatomy import anatomy  # noqa: PLC0415  # ONNX takes a while to import, and this is kept

        card = load_card(network)
        file = card.file_for(CPU)
        key = f"gflop {self._store.expected(file)[1]}"
        match self._cache.get(key):
            case float(gflops) if 0 <= gflops < inf:
                return gflops
        if card.gflop is not None and not self._store.path(file).exists():
            return card.gflop
        gflops = anatomy(self._store.read(file, network)).flops / 1e9
        self._cache.put(key, gflops)
        return gflops

    def missing(self, networks: Iterable[str], devices: Iterable[str], threads: int) -> list[tuple[str, str]]:
        """Returns what has not been measured: networks that are here, on devices that may be."""
        here = [device for device in devices if unfit(device) is None]
        pairs = [(network, device) for network in networks for device in here]
        return [pair for pair in pairs if self._is_missing(*pair, threads)]

    def measure(self, models: ModelStore, network: str, device: str, threads: int) -> Time:
        """Times a network on a device and keeps that; raises `ModelError` where it does not run there."""
        from models.measure import timed  # noqa: PLC0415

        session = models.session(network, device=device)
        timing = timed({network: session}, SECONDS)[network]
        self._cache.put(self._key(network, device, threads), [timing.ms, timing.cpu_ms])
        return Time(timing.ms, timing.cpu_ms)

    def _is_missing(self, network: str, device: str, threads: int) -> bool:
        try:
            return self._measured(network, device, threads) is None
        except ModelError:
            return False

    def _measured(self, network: str, device: str, threads: int) -> Time | None:
        """Returns what is in the file; None where that is no time."""
        match self._cache.get(self._key(network, device, threads)):
            case [float(ms), float(cpu_ms)] if 0 < ms < inf and 0 <= cpu_ms < inf:
                return Time(ms, cpu_ms)
        return None

    def _key(self, network: str, device: str, threads: int) -> str:
        file = load_card(network).file_for(device_of(device).family)
        sha256 = self._store.expected(file)[1]
        return f"{network} {device} {threads} {key_of(sha256, self._chip)}"


class ElsewhereTimes:
    """Estimated times of networks on a machine that is not this one.

    Args:
        here: times on this machine.
        gpu_cores: of the first GPU.
        tops: of the neural engine, 10^12 operations a second.
        core_factor: how long a core takes there for what one here does in 1.
    """

    def __init__(self, here: NetworkTimes, gpu_cores: int, tops: float, core_factor: float) -> None:
        self._here = here
        self._gpu_cores = gpu_cores
        self._tops = tops
        self._core_factor = core_factor

    def size(self, network: str) -> int | None:
        """Returns how many bytes its file has."""
        return self._here.size(network)

    def time(self, network: str, device: str, threads: int) -> Time | None:
        """Returns an estimate; on the processor from what it takes on this machine's."""
        if device == CPU:
            found = self._here.time(network, CPU, threads)
            factor = self._core_factor
            return None if found is None else Time(factor * found.ms, factor * found.cpu_ms, estimated=True)
        gflops = {
            "coreml:ane": 1000 * NEURAL_SHARE * self._tops,
            "coreml:gpu": APPLE_GPU_GFLOPS * self._gpu_cores,
            "cuda:0": CUDA_GFLOPS * self._gpu_cores,
        }.get(device, 0.0)
        if not gflops:
            return None
        overhead = OVERHEAD_MS[device_of(device).family]
        try:
            return Time(overhead + 1000 * self._here.gflops(network) / gflops, overhead / 2, estimated=True)
        except ModelError:
            return None

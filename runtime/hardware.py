"""The machine that a graph runs on: this one, by looking, or another one, by its profile's name.

Facts only, and no costs: what a network costs where is measured elsewhere. State that changes while frames flow (heat,
power, load) is in `runtime/vitals.py`.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass, replace

from runtime.apple import Mac, probe_mac
from runtime.apple_chips import APPLE_CHIPS, AppleChip, apple_chip
from runtime.cpuinfo import Cpu, probe_cpu
from runtime.errors import ConfigurationError
from runtime.gpu import Gpu, nvidia_gpus
from runtime.spelling import near

__all__ = ["PROFILES", "Gpu", "Hardware", "probe", "profile"]

CPU, CUDA, COREML, DIRECTML, OPENVINO = (
    f"{name}ExecutionProvider" for name in ("CPU", "CUDA", "CoreML", "Dml", "OpenVINO")
)

_UNITS = {
    COREML: ("coreml:all", "coreml:ane", "coreml:gpu", "coreml:cpu"),
    DIRECTML: ("directml:0",),
    OPENVINO: ("openvino:cpu", "openvino:auto"),  # its GPU and NPU exist on some machines only; `auto` finds them
}
"""Devices of each provider, as `models/providers.py` spells them (a test holds the two together)."""

_OWN_SHARE, _SHARED_SHARE = 0.9, 0.5
"""What networks may take of a GPU's own memory, and of memory that all processors share (macOS keeps about a third)."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """A machine.

    Attributes:
        name: the profile's short name: `cpu`, `cuda`, `directml`, `m1`, `m3-pro`, ...
        chip: the processor's full name.
        system: `macOS`, `Linux` or `Windows`, with the version where it is known.
        performance_cores: fast cores that this process may use; where there is one kind, all of them.
        efficiency_cores: the thrifty ones.
        gpus: best first.
        neural_engine_cores: 0 where there is none.
        memory_bytes: what this process may have, for all processors together where they share it; 0 where unknown.
        bandwidth_gbs: peak of that memory, GB/s; None where unknown.
        providers: ONNX Runtime's names of the execution providers that its installed version has.
        features: instruction sets that networks profit from: `avx2`, `avx512`, `avx512_vnni`, `avx_vnni`,
            `avx512_bf16`, `avx512_fp16`, `amx`; `neon`, `dotprod`, `i8mm`, `bf16`, `fp16`, `sve`, `sme`.
        here: whether this is the machine that dlc runs on.
    """

    name: str
    chip: str
    system: str
    performance_cores: int
    efficiency_cores: int
    gpus: tuple[Gpu, ...]
    neural_engine_cores: int
    memory_bytes: int
    bandwidth_gbs: float | None
    providers: tuple[str, ...]
    features: frozenset[str]
    here: bool

    @property
    def cores(self) -> int:
        """All cores that this process may use."""
        return self.performance_cores + self.efficiency_cores

    def devices(self) -> tuple[str, ...]:
        """Returns the names of the devices that sessions may be given here, `cpu` first."""
        names = ["cpu"]
        for provider in self.providers:
            cards = max(1, len(self.gpus))  # a machine with this provider has no other GPUs that dlc looks for
            names += [f"cuda:{card}" for card in range(cards)] if provider == CUDA else _UNITS.get(provider, ())
        return tuple(names)

    def device_memory(self) -> dict[str, int]:
        """Returns how many bytes networks may take on each device that has a limit: a share of what it has."""
        found = {}
        for name in self.devices():
            kind, _, unit = name.partition(":")
            own = self.gpus[int(unit)].memory_bytes if kind in ("cuda", "directml") and self.gpus else None
            limit = own or (self.memory_bytes if kind == "coreml" else 0)
            if limit:
                found[name] = int(limit * (_OWN_SHARE if own else _SHARED_SHARE))
        return found


AUTO = "auto"
_GENERIC = ("cpu", "cuda", "directml")
PROFILES = (AUTO, *_GENERIC, *(chip.short for chip in APPLE_CHIPS))
"""What `profile` takes."""

_GIB = 2**30


def probe() -> Hardware:
    """Returns this machine."""
    import onnxruntime as ort  # noqa: PLC0415 - takes a quarter of a second, and profiles by table need none of it

    providers = tuple(ort.get_available_providers())
    if sys.platform == "darwin":
        return hardware_of_mac(probe_mac(), f"macOS {platform.mac_ver()[0]}", providers)
    return hardware_of_pc(probe_cpu(), nvidia_gpus(), f"{platform.system()} {platform.release()}", providers)


def hardware_of_pc(cpu: Cpu, gpus: tuple[Gpu, ...], system: str, providers: tuple[str, ...]) -> Hardware:
    """Returns a machine that is no Mac, as this one."""
    name = "cuda" if CUDA in providers and gpus else "directml" if DIRECTML in providers else "cpu"
    return Hardware(
        name=name,
        chip=cpu.name,
        system=system,
        performance_cores=cpu.performance,
        efficiency_cores=cpu.efficiency,
        gpus=gpus,
        neural_engine_cores=0,
        memory_bytes=cpu.memory_bytes,
        bandwidth_gbs=None,
        providers=providers,
        features=cpu.features,
        here=True,
    )


def hardware_of_mac(mac: Mac, system: str, providers: tuple[str, ...]) -> Hardware:
    """Returns a Mac as this machine; what macOS does not tell (neural engine, bandwidth) comes from the table."""
    chip = apple_chip(mac.chip)
    gpu_cores = mac.gpus[0].cores if mac.gpus else None
    return Hardware(
        name=chip.short if chip else "cpu",
        chip=mac.chip,
        system=system,
        performance_cores=mac.performance,
        efficiency_cores=mac.efficiency,
        gpus=mac.gpus,
        neural_engine_cores=chip.neural if chip else 0,
        memory_bytes=mac.memory_bytes,
        bandwidth_gbs=chip.bandwidth(gpu_cores) if chip else None,
        providers=providers,
        features=mac.features,
        here=True,
    )


def profile(name: str, here: Hardware | None = None) -> Hardware:
    """Returns the machine of a profile.

    `auto` is this machine, `cpu` is this machine without its accelerators. The others are this machine where it is
    one of that kind, else a typical one from the tables, with `here` false.

    Args:
        name: one of `PROFILES`.
        here: this machine, where it has been looked at already.

    Raises:
        ConfigurationError: there is no such profile.
    """
    if name not in PROFILES:
        raise ConfigurationError(f"there is no profile {name!r}; {near(name, PROFILES) or _choices()}")
    here = here or probe()
    if name == "cpu":
        return replace(here, name="cpu", gpus=(), neural_engine_cores=0, providers=(CPU,))
    if name in (AUTO, here.name):
        return here
    chip = apple_chip(name)
    return apple_profile(chip) if chip else _PC[name]


def apple_profile(chip: AppleChip) -> Hardware:
    """Returns the full version of a chip as a machine, with the memory that it is sold with at most."""
    return Hardware(
        name=chip.short,
        chip=chip.name,
        system="macOS",
        performance_cores=chip.performance[0],
        efficiency_cores=chip.efficiency[0],
        gpus=(Gpu(f"{chip.name} GPU", chip.gpu[0], None, chip.bandwidth()),),
        neural_engine_cores=chip.neural,
        memory_bytes=chip.memory_gb * _GIB,
        bandwidth_gbs=chip.bandwidth(),
        providers=(COREML, CPU),
        features=chip.features,
        here=False,
    )


def _pc(name: str, system: str, provider: str) -> Hardware:
    """Returns a desktop computer as many have it: six cores, dual-channel DDR5-4800, a GeForce RTX 3060."""
    return Hardware(
        name=name,
        chip="six-core desktop processor",
        system=system,
        performance_cores=6,
        efficiency_cores=0,
        gpus=(Gpu("NVIDIA GeForce RTX 3060", 3584, 12 * _GIB, 360.0),),
        neural_engine_cores=0,
        memory_bytes=16 * _GIB,
        bandwidth_gbs=76.8,
        providers=(provider, CPU),
        features=frozenset({"avx2"}),
        here=False,
    )


_PC = {"cuda": _pc("cuda", "Linux", CUDA), "directml": _pc("directml", "Windows", DIRECTML)}


def _choices() -> str:
    return f"profiles are {', '.join(PROFILES)}"

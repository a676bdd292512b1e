"""The machine that a graph runs on: this one, by looking, or another one, by its profile's name.

Facts only, and no costs: what a network costs where is measured elsewhere. State that changes while frames flow (heat,
power, load) is in `runtime/vitals.py`.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace

from runtime.apple_chips import APPLE_CHIPS, AppleChip, apple_chip
from runtime.cpuinfo import probe_cpu
from runtime.diagnostics import near
from runtime.errors import ConfigurationError

CPU, CUDA, COREML, DIRECTML, OPENVINO = (
    f"{name}ExecutionProvider" for name in ("CPU", "CUDA", "CoreML", "Dml", "OpenVINO")
)

_UNITS = {
    COREML: ("coreml:all", "coreml:ane", "coreml:gpu", "coreml:cpu"),
    DIRECTML: ("directml:0",),
    OPENVINO: ("openvino:cpu", "openvino:auto"),  # its GPU and NPU exist on some machines only; `auto` finds them
}
"""Devices of each provider, as `models/providers.py` spells them (a test holds the two together)."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics processor.

    Attributes:
        name: as its driver says it.
        cores: Apple's GPU cores, NVIDIA's CUDA cores; None where unknown.
        memory_bytes: of its own; None where it shares the machine's, or unknown.
        bandwidth_gbs: peak of its memory, GB/s; None where unknown.
        driver: version of the driver.
    """

    name: str
    cores: int | None
    memory_bytes: int | None
    bandwidth_gbs: float | None
    driver: str = ""


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
            `avx512_bf16`, `amx`, `neon`, `dotprod`, `i8mm`, `bf16`, `fp16`.
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
            names += self._cuda() if provider == CUDA else _UNITS.get(provider, ())
        return tuple(names)

    def _cuda(self) -> list[str]:
        return [f"cuda:{index}" for index in range(max(1, sum(gpu.memory_bytes is not None for gpu in self.gpus)))]


AUTO = "auto"
_GENERIC = ("cpu", "cuda", "directml")
PROFILES = (AUTO, *_GENERIC, *(chip.short for chip in APPLE_CHIPS))
"""What `profile` takes."""

_GB = 10**9
_GIB = 2**30


def probe() -> Hardware:
    """Returns this machine."""
    import onnxruntime as ort  # noqa: PLC0415 - takes a quarter of a second, and profiles by table need none of it

    cpu = probe_cpu()
    return Hardware(
        name="cpu",
        chip=cpu.name,
        system=f"{platform.system()} {platform.release()}".strip(),
        performance_cores=cpu.cores,
        efficiency_cores=0,
        gpus=(),
        neural_engine_cores=0,
        memory_bytes=cpu.memory_bytes,
        bandwidth_gbs=None,
        providers=tuple(ort.get_available_providers()),
        features=cpu.features,
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
    chip = apple_chip(name)
    here = here or probe()
    if name in (AUTO, here.name):
        return here
    if name == "cpu":
        return replace(here, name="cpu", gpus=(), neural_engine_cores=0, providers=(CPU,))
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
        features=frozenset({"neon", "dotprod", "fp16"}),
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

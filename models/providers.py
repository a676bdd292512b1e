"""Says what a device's name means to ONNX Runtime: which provider, with which options, in which version.

`OPTIONS` is the one table of provider options, with the source of each. An option is set only in versions that know
it; a device that needs one which the installed version lacks is an error. Sessions are made in `models/opening.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import onnxruntime as ort

from models.placement import CPU_PROVIDER
from runtime.errors import ModelError
from runtime.spelling import near

CPU = "cpu"
DEVICES = "cpu, coreml:all|ane|gpu|cpu, cuda:N, openvino:cpu|gpu|npu|auto, directml:N, library:FILE[#PROVIDER]"

COREML_UNITS = {"all": "ALL", "ane": "CPUAndNeuralEngine", "gpu": "CPUAndGPU", "cpu": "CPUOnly"}
OPENVINO_UNITS = {"cpu": "CPU", "gpu": "GPU", "npu": "NPU", "auto": "AUTO"}


class Option(NamedTuple):
    """A provider option: its value (`{unit}`, `{cache}` and `{threads}` are filled in), and who says that it exists."""

    family: str
    name: str
    value: str
    since: str
    source: str


_COREML_DOCS = "onnxruntime.ai/docs/execution-providers/CoreML-ExecutionProvider.html"
_CUDA_DOCS = "onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html"
_OPENVINO_DOCS = "onnxruntime.ai/docs/execution-providers/OpenVINO-ExecutionProvider.html"
_DIRECTML_DOCS = "onnxruntime.ai/docs/execution-providers/DirectML-ExecutionProvider.html"

OPTIONS = (
    # 1.20 takes any name without a word (microsoft/onnxruntime#23228), later ones refuse those that they do not know
    # (coreml_options.cc): CoreML is therefore used from 1.21 on.
    Option("coreml", "ModelFormat", "MLProgram", "1.21", _COREML_DOCS),
    Option("coreml", "MLComputeUnits", "{unit}", "1.21", _COREML_DOCS),
    Option("coreml", "RequireStaticInputShapes", "1", "1.21", _COREML_DOCS),
    Option("coreml", "EnableOnSubgraphs", "0", "1.21", _COREML_DOCS),
    Option("coreml", "SpecializationStrategy", "FastPrediction", "1.21", "microsoft/onnxruntime#22975"),
    Option("coreml", "ModelCacheDirectory", "{cache}", "1.21", "microsoft/onnxruntime#23065"),
    Option("cuda", "device_id", "{unit}", "1.20", _CUDA_DOCS),
    Option("openvino", "device_type", "{unit}", "1.20", _OPENVINO_DOCS),
    Option("openvino", "cache_dir", "{cache}", "1.20", _OPENVINO_DOCS),
    Option("openvino", "num_of_threads", "{threads}", "1.20", _OPENVINO_DOCS),
    Option("directml", "device_id", "{unit}", "1.20", _DIRECTML_DOCS),
)


class Family(NamedTuple):
    """A kind of device: its provider, the package that brings it, what may follow the colon, whether it compiles."""

    provider: str
    package: str
    units: dict[str, str] | None = None
    default: str = "0"
    compiles: bool = False


FAMILIES = {
    "coreml": Family("CoreMLExecutionProvider", "onnxruntime on macOS", COREML_UNITS, "all", compiles=True),
    "cuda": Family("CUDAExecutionProvider", "onnxruntime-gpu"),
    "openvino": Family("OpenVINOExecutionProvider", "onnxruntime-openvino", OPENVINO_UNITS, "cpu", compiles=True),
    "directml": Family("DmlExecutionProvider", "onnxruntime-directml"),
}


@dataclass(frozen=True, slots=True)
class Device:
    """A device by its full name, for example `coreml:ane`.

    Attributes:
        family: `cpu`, `coreml`, `cuda`, `openvino`, `directml` or `library`.
        unit: what follows the colon, as ONNX Runtime spells it; of a library its file.
        provider: ONNX Runtime's name of the provider; of a library perhaps empty until it is loaded.
    """

    name: str
    family: str
    unit: str
    provider: str

    @property
    def compiles(self) -> bool:
        """Whether the first session of a network may take long, with CoreML half a minute."""
        return self.family == "library" or (self.family in FAMILIES and FAMILIES[self.family].compiles)


def device_of(name: str) -> Device:
    """Returns the device of a name; raises `ModelError` where there is none of it."""
    family, _, unit = name.partition(":")
    if name == CPU:
        return Device(CPU, CPU, "", CPU_PROVIDER)
    if family == "library" and unit:
        file, _, provider = unit.partition("#")
        return Device(name, family, file, provider)
    if family in FAMILIES:
        known = FAMILIES[family]
        unit = unit or known.default
        spelled = known.units.get(unit) if known.units else unit if unit.isdecimal() else None
        if spelled is not None:
            return Device(f"{family}:{unit}", family, spelled, known.provider)
    raise ModelError(f"there is no device {name!r}; devices are {DEVICES}")


class Fault(NamedTuple):
    """What keeps a device from being used: whether there is such a device at all, what to say, and what to do."""

    exists: bool
    message: str
    help: str


def unfit(name: str) -> Fault | None:
    """Returns what keeps a device from being used with the installed ONNX Runtime, as far as its name tells, or None.

    Whether the hardware is there shows only when a session is opened.
    """
    try:
        device = device_of(name)
    except ModelError:
        known = [*devices_here(), *FAMILIES, *(f"{f}:{u}" for f, known in FAMILIES.items() for u in known.units or "0")]
        help_text = near(name, known) or f"devices are {DEVICES}"
        return Fault(exists=False, message=f"there is no device {name!r}", help=help_text)
    file = Path(device.unit) if device.family == "library" else None
    if file and not file.is_file():
        return Fault(exists=True, message=f"there is no library {file}", help="give the path of a provider's library")
    if device.family in FAMILIES and device.provider not in ort.get_available_providers():
        message = f"nothing here runs {device.name}: the installed ONNX Runtime has no {device.provider}"
        help_text = f"install {FAMILIES[device.family].package}; here is {', '.join(devices_here())}"
        return Fault(exists=True, message=message, help=help_text)
    return None


def options_of(device: Device, cache: Path | None, threads: int = 1, version: str = ort.__version__) -> dict[str, str]:
    """Returns the provider options of a device for a version of ONNX Runtime; raises `ModelError` if it is too old."""
    chosen = {}
    for option in OPTIONS:
        if option.family != device.family:
            continue
        if older(version, option.since):
            raise ModelError(
                f"device {device.name!r} needs the option {option.name} of ONNX Runtime {option.since} "
                f"({option.source}); version {version} is installed: install a newer onnxruntime"
            )
        chosen[option.name] = option.value.format(unit=device.unit, cache=cache, threads=threads)
    return chosen


def older(version: str, than: str) -> bool:
    """Returns whether a version of ONNX Runtime comes before another; pre-release marks do not count."""
    return _numbers(version) < _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def check_available(device: Device) -> None:
    """Raises `ModelError` where the installed ONNX Runtime has no provider for a device (it would only warn)."""
    found = ort.get_available_providers()
    if device.family != "library" and device.provider not in found:
        package = FAMILIES[device.family].package
        raise ModelError(
            f"device {device.name!r} needs {device.provider}, which the installed ONNX Runtime {ort.__version__} lacks "
            f"(it has {', '.join(found)}): install {package}"
        )


def devices_here() -> list[str]:
    """Returns the devices that the installed ONNX Runtime has a provider for, `cpu` first."""
    found = ort.get_available_providers()
    names = [CPU]
    for family, known in FAMILIES.items():
        if known.provider in found:
            names += [f"{family}:{unit}" for unit in known.units or (known.default,)]
    return names


@dataclass(slots=True)
class Libraries:
    """Provider libraries that this process has loaded, by file; ONNX Runtime takes each only once."""

    loaded: dict[str, list[ort.OrtEpDevice]] = field(default_factory=dict)

    def devices(self, device: Device) -> list[ort.OrtEpDevice]:
        """Returns the hardware that a library's provider offers, loading the library at first use."""
        file = str(Path(device.unit).resolve())
        if file not in self.loaded:
            self.loaded[file] = _load(file)
        offers = self.loaded[file]
        names = list(dict.fromkeys(offer.ep_name for offer in offers))
        wanted = device.provider or next(iter(names), "")
        fitting = [offer for offer in offers if offer.ep_name == wanted]
        if not fitting:
            said = f"its providers are {', '.join(names)}" if names else "it finds no hardware here"
            raise ModelError(f"{file}: no provider {wanted!r}: {said}" if wanted else f"{file}: {said}")
        return fitting


def _load(file: str) -> list[ort.OrtEpDevice]:
    if not hasattr(ort, "register_execution_provider_library"):
        raise ModelError(f"{file}: ONNX Runtime {ort.__version__} takes no provider libraries; install 1.23 or newer")
    known = [offer for offer in ort.get_ep_devices() if offer.ep_metadata.get("library_path") == file]
    if known:
        return known  # by somebody else in this process
    before = len(ort.get_ep_devices())
    try:
        ort.register_execution_provider_library(file, file)
    except Exception as error:  # ONNX Runtime's errors have no base of their own
        raise ModelError(f"{file}: ONNX Runtime {ort.__version__} cannot load the library: {error}") from error
    return list(ort.get_ep_devices()[before:])

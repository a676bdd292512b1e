"""Opens networks in ONNX Runtime: on the device that was asked for, or with an error; never silently on another."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from threading import Lock
from typing import Any, Literal, NamedTuple

import onnxruntime as ort

from models.bound import CAPTURE, CUDA_GRAPH, BoundSession
from models.caches import CompiledFolder, key_of
from models.onnx_session import OnnxSession
from models.placement import CPU_PROVIDER, RECORD, Placement, placement_of
from models.providers import CPU, FAMILIES, Device, Libraries, check_available, device_of, options_of
from models.refusals import refusal
from runtime.errors import ModelError

Shape = tuple[int | None, ...]
Precision = Literal["fp32", "fp16"]

_LIBRARIES = Libraries()  # ONNX Runtime's own registry of libraries is the process's, and so is this view of it
_LOADING = Lock()  # guards _LIBRARIES


class Wish(NamedTuple):
    """Which session of a network is wanted; one session serves all who wish the same.

    Attributes:
        device: a name as `models.providers` knows it.
        shape: of the first input; None as it is. A None in the first place frees the batch.
        precision: of the arithmetic inside; inputs and outputs stay float32.
    """

    device: str = CPU
    shape: Shape | None = None
    precision: Precision = "fp32"


class Opening:
    """How one session is opened; `cancel` has ONNX Runtime give up, from any thread.

    Args:
        strict: whether an operator left to the CPU is an error.
        bind: whether a session on CUDA gets buffers of its own for each shape, and records its kernels where it can.
    """

    def __init__(
        self, wish: Wish, cache: Path, threads: int = 1, *, strict: bool = False, bind: bool = True
    ) -> None:  # fmt: skip
        self._wish = wish
        self._device = device_of(wish.device)
        self._cache = cache
        self._threads = threads
        self._strict = strict
        self._bind = bind
        self._options = _session_options(self._device, threads)
        self._cancelled = False

    def check(self) -> None:
        """Raises `ModelError` for what is known without the network: no such provider, library or option."""
        check_available(self._device)
        options_of(self._device, self._cache, self._threads)
        if self._device.family == "library":
            _offers(self._device)

    def cancel(self) -> None:
        """Ends `open` early, as far as the installed ONNX Runtime can."""
        self._cancelled = True
        stop: Callable[[bool], None] | None = getattr(self._options, "set_load_cancellation_flag", None)
        if stop is not None:
            stop(True)

    def open(self, content: bytes) -> OnnxSession:
        """Opens an ONNX file that was rewritten for the device; raises `ModelError` where it would run elsewhere."""
        device = self._device
        self.check()
        if self._cancelled:
            raise ModelError(f"opening a session on {device.name} was cancelled")
        folder = self._folder(content)
        provider, providers = self._providers(folder)
        session = self._loaded(content, providers)
        try:
            placement = placement_of(session, provider)
        except ModelError as error:
            raise ModelError(f"device {device.name!r}: {error}") from None
        self._check_strict(placement)
        if folder is not None:
            folder.finish()
        if device.family == "cuda" and self._bind:
            bound = BoundSession(session, device.name, placement, ("cuda", int(device.unit)))
            bound.warm()
            return bound
        return OnnxSession(session, device.name, placement)

    def _loaded(self, content: bytes, providers: list[Any] | None) -> ort.InferenceSession:
        """Loads a network; on CUDA so that its kernels can be recorded, where all of them run there."""
        device = self._device
        if device.family == "cuda" and self._bind and providers:
            (provider, options), *others = providers
            with CAPTURE, suppress(Exception):  # refused where an operator is left to the CPU: see the second try
                return self._inference([(provider, options | CUDA_GRAPH), *others], content)
        try:
            with CAPTURE if device.family == "cuda" else nullcontext():
                return self._inference(providers, content)
        except Exception as error:  # ONNX Runtime's errors have no base of their own
            where = "" if device.family == CPU else f" on {device.name}"
            raise ModelError(
                f"ONNX Runtime {ort.__version__} cannot load the model{where}: {refusal(error)}"
            ) from error

    def _inference(self, providers: list[Any] | None, content: bytes) -> ort.InferenceSession:
        return ort.InferenceSession(content, self._options, providers=providers, enable_fallback=0)

    def _folder(self, content: bytes) -> CompiledFolder | None:
        """Returns where the provider keeps what it compiles, if it can."""
        if self._device.family not in FAMILIES or not FAMILIES[self._device.family].compiles:
            return None
        folder = CompiledFolder(self._cache, key_of(hashlib.sha256(content).hexdigest(), *self._wish))
        folder.begin()
        return folder

    def _providers(self, folder: CompiledFolder | None) -> tuple[str, list[Any] | None]:
        """Returns the provider that has to run, and what to ask ONNX Runtime for."""
        device = self._device
        if device.family == CPU:
            return device.provider, [device.provider]
        if device.family == "library":
            offers = _offers(device)
            self._options.add_provider_for_devices(offers[:1], {})
            return offers[0].ep_name, None
        ort.set_default_logger_severity(3)  # 1.31 warns of plug-ins that nobody asked for, into the terminal
        if device.family == "cuda" and hasattr(ort, "preload_dlls"):
            with redirect_stdout(StringIO()):  # it prints what it does not find, and the session may do without
                ort.preload_dlls()  # CUDA and cuDNN out of Python packages (1.21 and newer)
        options = options_of(device, folder and folder.path, self._threads)
        return device.provider, [(device.provider, options), CPU_PROVIDER]

    def _check_strict(self, placement: Placement) -> None:
        if self._strict and placement.on_cpu:
            raise ModelError(
                f"device {self._device.name!r} is strict, and ONNX Runtime leaves operators to the CPU ({placement}); "
                "rewrite the network, or allow the CPU"
            )
        if self._strict and placement.partitions is None and self._device.family != CPU:
            raise ModelError(f"ONNX Runtime {ort.__version__} does not say what runs where; install 1.24 or newer")


def _offers(device: Device) -> list[ort.OrtEpDevice]:
    with _LOADING:
        return _LIBRARIES.devices(device)


def _session_options(device: Device, threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors come back as exceptions; warnings would write over the screen
    if device.family != CPU:
        options.add_session_config_entry(RECORD, "1")
    if device.family == "directml":  # DirectML cannot do with either (DirectML-ExecutionProvider.html)
        options.enable_mem_pattern = False
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    return options

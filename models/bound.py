"""A network whose inputs and outputs have fixed places on a GPU, and whose kernels can be recorded there and replayed.

ONNX Runtime allocates and copies for every run; with buffers bound once it only copies, and with `CUDA_GRAPH` it
launches one CUDA graph instead of some hundred kernels. Both need fixed shapes, so each shape has its own.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Lock
from typing import Any

import numpy as np
import onnxruntime as ort

from models.onnx_session import OnnxSession
from models.placement import Placement
from models.proof import random_inputs

CUDA_GRAPH = {"enable_cuda_graph": "1"}
"""Provider option for recording (onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html)."""

GRAPH_ID = "gpu_graph_id"
"""Run option: which record a run makes or replays, -1 for none (onnxruntime_run_options_config_keys.h)."""

MOST_SHAPES = 16
"""Shapes with buffers of their own; a record is only given back with its session, so further shapes run without."""

WARM = 4
"""Runs of a shape until buffers are made, algorithms chosen and kernels recorded: 0.3 to 0.6 s in all."""

CAPTURE = Lock()
"""Held by every run and opening on a GPU: while one thread records, CUDA refuses allocations of the whole process."""


class BoundSession(OnnxSession):
    """A network in ONNX Runtime with buffers bound on a device.

    Args:
        session: opened with `CUDA_GRAPH` or without.
        device: its name.
        placement: what really runs.
        place: the device's kind and number in ONNX Runtime's words, for example `("cuda", 0)`.
    """

    def __init__(
        self, session: ort.InferenceSession, device: str, placement: Placement, place: tuple[str, int]
    ) -> None:
        super().__init__(session, device, placement)
        self._place = place
        self._shapes: dict[tuple[tuple[int, ...], ...], _Shape] = {}
        self._unrecorded = _run_options(-1)

    def run(self, *inputs: Any) -> list[Any]:
        """Runs the network on arrays given in the order of its inputs; returns its outputs in their order."""
        arrays = [np.ascontiguousarray(array) for array in inputs]
        shape = tuple(array.shape for array in arrays)
        with CAPTURE:
            bound = self._shapes.get(shape)
            if bound is not None:
                return bound.run(arrays)
            feeds = dict(zip(self._inputs, arrays, strict=True))
            answers: list[Any] = self._session.run(self._outputs, feeds, self._unrecorded)
            if len(self._shapes) < MOST_SHAPES:
                self._shapes[shape] = self._bound(arrays, answers)
            return answers

    @property
    def shapes(self) -> int:
        """How many shapes of inputs have buffers of their own so far."""
        return len(self._shapes)

    def warm(self) -> None:
        """Runs the network on noise until it is recorded for one picture, so that no frame waits for that.

        Does nothing where more than the batch is free: sizes are then not known before the first frame.
        """
        if any(not isinstance(size, int) for item in self.inputs for size in item.shape[1:]):
            return
        noise = random_inputs(self.inputs, np.random.default_rng(0), centred=False, free=1)
        with suppress(Exception):  # ONNX Runtime's errors have no base; a network that fails says so at its first frame
            for _ in range(WARM):
                self.run(*noise.values())

    def _bound(self, inputs: list[Any], outputs: list[Any]) -> _Shape:
        """Returns buffers for the shapes of these inputs and outputs."""

        def places(arrays: list[Any]) -> list[ort.OrtValue]:
            return [ort.OrtValue.ortvalue_from_numpy(array, *self._place) for array in arrays]

        binding = self._session.io_binding()
        given, taken = places(inputs), places(outputs)
        for name, value in zip(self._inputs, given, strict=True):
            binding.bind_ortvalue_input(name, value)
        for name, value in zip(self._outputs, taken, strict=True):
            binding.bind_ortvalue_output(name, value)
        return _Shape(self._session, binding, given, taken, _run_options(len(self._shapes)))


class _Shape:
    """The buffers of one shape."""

    def __init__(
        self, session: ort.InferenceSession, binding: ort.IOBinding, given: list[ort.OrtValue],
        taken: list[ort.OrtValue], options: ort.RunOptions,
    ) -> None:  # fmt: skip
        self._session = session
        self._binding = binding
        self._given = given
        self._taken = taken
        self._options = options

    def run(self, arrays: list[Any]) -> list[Any]:
        for value, array in zip(self._given, arrays, strict=True):
            value.update_inplace(array)
        self._session.run_with_iobinding(self._binding, self._options)
        return [value.numpy() for value in self._taken]


def _run_options(number: int) -> ort.RunOptions:
    options = ort.RunOptions()
    options.add_run_config_entry(GRAPH_ID, str(number))
    return options

"""A network as ONNX Runtime runs it, with what really runs where."""

from __future__ import annotations

from typing import Any

import onnxruntime as ort

from models.placement import Placement


class OnnxSession:
    """A network in ONNX Runtime. `run` may be called from many threads at once."""

    def __init__(self, session: ort.InferenceSession, device: str, placement: Placement) -> None:
        self._session = session
        self._inputs = [item.name for item in session.get_inputs()]
        self._outputs = [item.name for item in session.get_outputs()]
        self._device = device
        self._placement = placement

    def run(self, *inputs: Any) -> list[Any]:
        """Runs the network on arrays given in the order of its inputs; returns its outputs in their order."""
        outputs: list[Any] = self._session.run(self._outputs, dict(zip(self._inputs, inputs, strict=True)))
        return outputs

    @property
    def device(self) -> str:
        """Where it runs."""
        return self._device

    @property
    def placement(self) -> Placement:
        """What really runs."""
        return self._placement

    @property
    def inputs(self) -> list[ort.NodeArg]:
        """What the network takes."""
        return list(self._session.get_inputs())

    @property
    def outputs(self) -> list[ort.NodeArg]:
        """What it gives."""
        return list(self._session.get_outputs())

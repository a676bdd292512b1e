"""Gives a network's inputs other sizes: fixed ones, or a free batch."""

from __future__ import annotations

import onnx

from runtime.errors import ModelError

BATCH = "batch"
"""The name of a batch that is free."""


def resize(model: onnx.ModelProto, shape: tuple[int | None, ...]) -> None:
    """Gives the first input a shape, and all inputs its batch; what follows from them is left to be inferred.

    Raises:
        ModelError: the shape cannot be that of the input, whatever else follows.
    """
    weights = {item.name for item in model.graph.initializer}
    inputs = [item for item in model.graph.input if item.name not in weights]
    first = inputs[0].type.tensor_type.shape.dim
    if len(first) != len(shape) or None in shape[1:]:
        raise ModelError(f"input {inputs[0].name!r} has {len(first)} axes, of which only the first may be free")
    for size, wanted in zip(first, shape, strict=True):
        _set(size, wanted)
    for item in inputs[1:]:
        sizes = item.type.tensor_type.shape.dim
        if sizes and (not sizes[0].HasField("dim_value") or sizes[0].dim_value == 1):
            _set(sizes[0], shape[0])
    del model.graph.value_info[:]
    for item in model.graph.output:
        item.type.tensor_type.ClearField("shape")


def _set(size: onnx.TensorShapeProto.Dimension, wanted: int | None) -> None:
    size.Clear()
    if wanted is None:
        size.dim_param = BATCH
    else:
        size.dim_value = wanted

"""Proves that a rewritten network answers like the original: both run on the CPU, on the same random input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from models.placement import CPU_PROVIDER
from models.tensors import REALS
from runtime.errors import ModelError

Array = npt.NDArray[Any]

OTHERS = {"tensor(int32)": np.int32, "tensor(int64)": np.int64, "tensor(uint8)": np.uint8, "tensor(bool)": np.bool_}
LARGEST_INPUT = 1 << 27
"""Numbers: 1 GB of noise. A picture of 4096 x 4096 px has 50 million."""
TRIAL_BATCH = 3
"""Frames in a run of a network whose batch is free."""


def difference(before: bytes, after: bytes) -> float:
    """Returns the largest difference between two networks' outputs, in parts of the output's largest value.

    A batch is compared with the frames' outputs one by one, so that a network that mixes them is found out.
    Infinite where an output is not finite, or has another shape.

    Raises:
        Exception: one of ONNX Runtime's: a network does not load or run.
    """
    ours, theirs = reference(before), reference(after)
    worst = 0.0
    for arrays in _trials(theirs):
        expected = _one_by_one(ours, arrays)
        found: list[Array] = theirs.run(None, arrays)
        worst = max([worst, *(relative(a, b) for a, b in zip(expected, found, strict=True))])
    return worst


def relative(expected: Array, found: Array) -> float:
    """Returns the largest difference between two arrays, in parts of the largest value expected."""
    if expected.shape != found.shape or not np.isfinite(found).all():
        return float("inf")
    scale = max(float(np.abs(expected).max(initial=0)), 1e-6)
    return float(np.abs(expected.astype(np.float64) - found).max(initial=0)) / scale


def reference(content: bytes) -> ort.InferenceSession:
    """Loads a network on the CPU, only to compare."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4  # a failure is an answer here
    return ort.InferenceSession(content, options, providers=[CPU_PROVIDER])


def random_inputs(
    inputs: Sequence[ort.NodeArg], random: np.random.Generator, *, centred: bool, free: int = TRIAL_BATCH
) -> dict[str, Array]:
    """Returns a value for each input: noise for real numbers, zeros for others; free axes get the size `free`.

    Raises `ModelError` where one has more numbers than `LARGEST_INPUT`.
    """
    arrays = {}
    for item in inputs:
        sizes = [size if isinstance(size, int) else free for size in item.shape]
        if prod(sizes) > LARGEST_INPUT:
            raise ModelError(f"its input {item.name} {sizes} is too large to be tried")
        dtype = REALS.get(item.type)
        if dtype is None:
            arrays[item.name] = np.zeros(sizes, OTHERS.get(item.type, np.int64))
        else:
            noise = random.standard_normal(sizes) if centred else random.random(sizes)
            arrays[item.name] = noise.astype(dtype)
    return arrays


def _trials(session: ort.InferenceSession) -> Iterator[dict[str, Array]]:
    random = np.random.default_rng(0)
    for centred in (False, True):
        yield random_inputs(session.get_inputs(), random, centred=centred)


def _one_by_one(session: ort.InferenceSession, arrays: dict[str, Array]) -> list[Array]:
    """Runs a network on each frame of a batch; returns the outputs of all, one behind the other."""
    batch = len(next(iter(arrays.values())))
    runs = []
    for at in range(batch):
        single = {name: array[at : at + 1] if len(array) == batch else array for name, array in arrays.items()}
        runs.append(session.run(None, single))
    return [np.concatenate(outputs) for outputs in zip(*runs, strict=True)]

"""How long one network takes on a device: for each batch and precision, with copies, bound buffers, and recorded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Literal

import numpy as np

from models.caches import cache_folder
from models.onnx_session import OnnxSession
from models.opening import Opening, Precision, Wish
from models.proof import random_inputs, reference
from models.providers import device_of
from models.rewrite import rewritten
from runtime.errors import ModelError

HEAD = f"{'precision':<11}{'batch':>6}{'way':>10}{'first s':>10}{'ms a run':>11}{'ms each':>10}"

FIRST_RUNS = 4
"""The run that makes buffers, one that warms up, the one that records, and the first that replays."""

FEWEST = 3
"""Timed runs."""

Way = Literal["copies", "recorded"]
"""`copies`: inputs and outputs copied by ONNX Runtime. `recorded`: bound, and kernels replayed where CUDA can."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement.

    Attributes:
        precision: of the arithmetic inside.
        batch: rows in one run.
        way: how inputs and outputs travel.
        first_s: the first runs, in which buffers are made, algorithms chosen and kernels recorded.
        ms: median of a run after these.
    """

    precision: Precision
    batch: int
    way: Way
    first_s: float
    ms: float

    def line(self) -> str:
        """Returns the row as text below `HEAD`."""
        each = self.ms / self.batch
        return f"{self.precision:<11}{self.batch:>6}{self.way:>10}{self.first_s:>10.2f}{self.ms:>11.2f}{each:>10.2f}"


def measure(
    content: bytes, device: str, batches: list[int], precisions: list[Precision], threads: int = 1, seconds: float = 2
) -> Iterator[Row | str]:
    """Yields a row for each precision, batch and way, or a sentence where a session cannot be had."""
    ways: dict[Way, bool] = (
        {"copies": False, "recorded": True} if device_of(device).family == "cuda" else {"copies": False}
    )
    shape = _free(content) if max(batches) > 1 else None
    for precision in precisions:
        for way, bind in ways.items():
            try:
                wish = Wish(device, shape, precision)
                made = rewritten(content, wish, cache_folder())
                session = Opening(wish, cache_folder(), threads, bind=bind).open(made)
            except ModelError as error:
                yield f"{precision}, {way}: {error}"
                continue
            yield from (Row(precision, batch, way, *_timed(session, batch, seconds)) for batch in batches)


def _free(content: bytes) -> tuple[int | None, ...] | None:
    """Returns the shape to ask for so that the batch is free, or None where it is."""
    sides = reference(content).get_inputs()[0].shape
    return (None, *sides[1:]) if isinstance(sides[0], int) else None


def _timed(session: OnnxSession, batch: int, seconds: float) -> tuple[float, float]:
    """Returns how long the first runs took, s, and the median of the others, ms."""
    random = np.random.default_rng(0)
    inputs = [np.repeat(array[:1], batch, 0) for array in random_inputs(session.inputs, random, centred=False).values()]
    begun = time.perf_counter()
    for _ in range(FIRST_RUNS):
        session.run(*inputs)
    first = time.perf_counter() - begun
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(taken) < FEWEST:
        begun = time.perf_counter()
        session.run(*inputs)
        taken.append((time.perf_counter() - begun) * 1e3)
    return first, median(taken)

"""Times networks side by side, on noise."""

from __future__ import annotations

import time
from collections.abc import Mapping
from statistics import median
from typing import NamedTuple

import numpy as np

from models.onnx_session import OnnxSession
from models.proof import random_inputs
from models.refusals import refusal
from runtime.errors import ModelError

FEWEST, MOST = 3, 100
"""Timed runs of each network."""


class Timing(NamedTuple):
    """Medians of a run: by the clock, and the CPU time of the whole process."""

    ms: float
    cpu_ms: float


def timed(sessions: Mapping[str, OnnxSession], seconds: float = 3.0) -> dict[str, Timing]:
    """Runs networks in turn, so that what else the machine does falls on all alike; returns their medians.

    Raises `ModelError` where one cannot be run on noise.
    """
    inputs = {name: _inputs(session) for name, session in sessions.items()}
    taken: dict[str, list[Timing]] = {name: [] for name in sessions}
    for name, session in sessions.items():
        _try(session, inputs[name])  # the first run makes room
    end = time.perf_counter() + seconds
    for count in range(MOST):
        if count >= FEWEST and time.perf_counter() > end:
            break
        for name, session in sessions.items():
            clock, cpu = time.perf_counter_ns(), time.process_time_ns()
            session.run(*inputs[name])
            cpu, clock = time.process_time_ns() - cpu, time.perf_counter_ns() - clock
            taken[name].append(Timing(clock / 1e6, cpu / 1e6))
    return {name: Timing(*map(median, zip(*runs, strict=True))) for name, runs in taken.items()}


def _try(session: OnnxSession, inputs: list[np.ndarray]) -> None:
    try:
        session.run(*inputs)
    except Exception as error:  # ONNX Runtime's errors have no base of their own
        raise ModelError(f"it cannot be run on noise: {refusal(error)}") from error


def _inputs(session: OnnxSession) -> list[np.ndarray]:
    return list(random_inputs(session.inputs, np.random.default_rng(0), centred=False).values())

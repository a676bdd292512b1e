"""A context for calling sources and sinks without an engine."""

from __future__ import annotations

import logging

import numpy as np

from runtime.mainthread import MainThreadService
from runtime.node import QUALITIES, Context, Mode, Quality
from runtime.threads import Threads


class Fresh:
    """Buffers that are new each time, filled with a pattern so that a pixel left unwritten is seen."""

    def empty(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.full(shape, 199, np.uint8)


class NoModels:
    def session(self, name: str):
        raise AssertionError(f"a stream asked for model {name}")


def stream_context(mode: Mode = "file", quality: Quality = QUALITIES["balanced"], **others) -> Context:
    return Context(
        node="stream", mode=mode, quality=quality, models=NoModels(), main=MainThreadService(), threads=Threads(),
        buffers=Fresh(), log=logging.getLogger("dlc"), **others,
    )  # fmt: skip

"""How many threads each library may use, decided in one place so that nothing oversubscribes the machine."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

MOST_DECODE, MOST_ENCODE = 4, 8
"""Beyond these FFmpeg's decoders and x264 gain little, and each further thread holds frames back."""

SLACK = 0.25
"""A library that needs up to this much more than whole threads does with fewer."""


@dataclass(frozen=True, slots=True)
class Threads:
    """How many threads each library may use.

    Attributes:
        inference: of ONNX Runtime, for one run of a network on the processor.
        opencv: for one call. Stages run side by side, and calls on small pictures gain nothing from more.
        decode, encode: of FFmpeg and of x264, for one stream.
    """

    inference: int = 1
    opencv: int = 1
    decode: int = 1
    encode: int = 1

    def told(self) -> dict[str, int]:
        """Returns the counts by names for people."""
        return {"ONNX Runtime": self.inference, "OpenCV": self.opencv, "decode": self.decode, "encode": self.encode}

    @staticmethod
    def for_cores(cores: int) -> Threads:
        """Returns the shares where nothing has been measured: stages run side by side, so each library gets little."""
        return Threads(
            decode=max(1, min(MOST_DECODE, cores // 4)), encode=max(1, min(MOST_ENCODE, cores // 2))
        )  # fmt: skip

    @staticmethod
    def for_work(cores: int, pace_ms: float, network_ms: float, decode_ms: float, encode_ms: float) -> Threads:
        """Returns as many threads as each library needs to keep the pace that the whole machine can hold.

        Args:
            cores: of the processor.
            pace_ms: time between frames: processor time of a frame through cores, or what a camera asks.
            network_ms: processor time of the node that spends most in networks.
            decode_ms: processor time of decoding a frame.
            encode_ms: processor time of encoding a frame.
        """

        def needed(work_ms: float, most: int) -> int:
            return max(1, min(most, cores, math.ceil(work_ms / max(pace_ms, 1e-6) - SLACK)))

        return Threads(needed(network_ms, cores), 1, needed(decode_ms, MOST_DECODE), needed(encode_ms, MOST_ENCODE))


def take_short_turns() -> None:
    """Has a busy Python thread hold others up for 0.5 ms instead of 5."""
    sys.setswitchinterval(0.0005)

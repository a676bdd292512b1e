"""What the engine itself costs: six nodes that do nothing, and six that keep a processor or a device busy for 5 ms."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from bench.figure import Figure
from runtime import Frame, node
from runtime.testing import GraphRun, Result, numbered_pictures

NODES = 6
FRAMES = 8000
BUSY_S = 0.005
BUSY_FRAMES = 300


@node
def nothing(frame: Frame) -> Frame:
    """Hands its frame on."""
    return frame


@node
def busy(frame: Frame) -> Frame:
    """Takes 5 ms without the interpreter, as a call of a device does."""
    time.sleep(BUSY_S)
    return frame


def measure() -> list[Figure]:
    """Returns the cost of a frame with the nodes fused and on threads of their own, and how well stages overlap."""
    fused = statistics.median(_us_a_frame(measured_frames=12) for _ in range(3))
    threads = statistics.median(_us_a_frame(measured_frames=0) for _ in range(3))
    return [
        Figure("six no-op nodes, fused", fused, "us/frame", 60, note="source, gate and sink included"),
        Figure("six no-op nodes, six threads", threads, "us/frame", 300, note="the same"),
        _pipelining(),
    ]


def _us_a_frame(*, measured_frames: int) -> float:
    result = _run(nothing, numbered_pictures(1) * FRAMES, measured_frames=measured_frames)
    if result.error:
        raise result.error
    return result.snapshot.run.wall_s / FRAMES * 1e6


def _pipelining() -> Figure:
    """Returns the rate as a share of what the slowest stage would allow."""
    result = _run(busy, numbered_pictures(1) * BUSY_FRAMES, measured_frames=0)
    nodes = [stats for name, stats in result.snapshot.nodes.items() if name.startswith("n")]
    ideal = 1000 / max(stats.ms.mean for stats in nodes)
    share = 100 * result.snapshot.run.fps / ideal
    return Figure("six 5 ms nodes on six stages", share, "%", 95, at_most=False, note="of 1 / slowest stage")


def _run(kind: Callable[..., Any], pictures: list[Any], *, measured_frames: int) -> Result:
    names = [f"n{index}" for index in range(NODES)]
    before = ["source", *names]
    lines = [f"  {name}: {{type: {kind.__name__}, in: {origin}}}" for name, origin in zip(names, before, strict=False)]
    text = "\n".join(
        ["mode: file", "nodes:", "  source: {type: listed}", *lines, f"  sink: {{type: collect, in: {names[-1]}}}"]
    )
    # cores for all of them: else nodes that nobody measured, and so count for work, would share threads
    with GraphRun(text, [kind], pictures, cores=2 * NODES, measured_frames=measured_frames) as run:
        return run.wait()

"""Finds what a graph costs by running it: one frame at a time, then with a thread for each node.

The first run gives the cost of each node. The second one says how much slower nodes are while others run beside them,
which depends on the machine's scheduler and memory and on how much of a node is Python: `fitted` finds the numbers with
which the simulation of `runtime/simulate.py` comes to the same rate and age.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from runtime.costs import Costs, Sharing
from runtime.cuts import finest_cut
from runtime.engine import Engine, Options
from runtime.graph import Graph
from runtime.mainthread import MainThreadService
from runtime.metrics import peak_rss_mb
from runtime.plan import Machine, Plan, file_credits, live_credits, predict

FRAMES = 120
"""An encoder looks 40 frames ahead: only then does it work."""

WARM = 30
LIMIT_S = 8.0
"""Longest time for each of the two runs; slow graphs give fewer frames."""

MOST_SLOWDOWN, MOST_WAKE_MS = 2.0, 20.0
STEPS = 9

MakeEngine = Callable[[Options, MainThreadService], Engine]


def calibrate(graph: Graph, make: MakeEngine, options: Options, limit_s: float = LIMIT_S) -> Costs:
    """Returns what a graph costs.

    Args:
        graph: with sources that end or can be stopped, and sinks that may be written to.
        make: makes an engine for it.
        options: cores, threads and placement of the run.
        limit_s: longest time for each of the two runs.
    """
    alone, _ = _run(make, replace(options, frames=FRAMES, measured_frames=FRAMES), limit_s)
    costs = replace(alone.costs, base_bytes=int(1e6 * (peak_rss_mb() or 0)))
    machine = Machine(options.cores, options.threads.encode, options.placement.elsewhere)
    stages = finest_cut(graph)
    path = sum(costs.nodes[name].wall_ms for stage in stages for name in stage)
    live = graph.mode == "live"
    credits_ = live_credits(costs.rate, path, path / 2) if live else file_credits(graph, len(stages), costs.frame_bytes)
    plan = Plan(stages, credits_, {}, ())
    beside, rate = _run(make, replace(options, frames=FRAMES, measured_frames=0, plan=plan), limit_s)
    if beside.ledger.presented < 2 * WARM:
        return costs
    return replace(costs, sharing=fitted(graph, costs, machine, plan, rate, beside.snapshot().run.age_ms.p50))


def fitted(graph: Graph, costs: Costs, machine: Machine, plan: Plan, fps: float, age_ms: float) -> Sharing:
    """Returns how threads share the cores, so that a plan is predicted to have a rate (file) or an age (live)."""
    live = graph.mode == "live"

    def trial(part: float) -> Sharing:
        return Sharing(0.0, MOST_WAKE_MS * part) if live else Sharing(MOST_SLOWDOWN * part)

    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        expected = predict(graph, replace(costs, sharing=trial(middle)), machine, plan)
        too_good = expected.age_ms < age_ms if live else expected.fps > fps
        low, high = (middle, high) if too_good else (low, middle)
    return trial(low)


def _run(make: MakeEngine, options: Options, limit_s: float) -> tuple[Engine, float]:
    """Runs an engine to its end, or for so long; returns it, and its rate after the first frames."""
    main = MainThreadService()
    engine = make(options, main)
    marks: list[tuple[int, float]] = []
    watch = threading.Thread(target=_watch, args=(engine, limit_s, marks), name="dlc-calibrate")
    engine.start()
    watch.start()
    try:
        main.serve(engine.ended)
    finally:
        engine.stop()
        watch.join()
    engine.close()
    (first, began), (last, ended) = marks[0], marks[-1]
    return engine, (last - first) / (ended - began) if ended > began else 0.0


def _watch(engine: Engine, limit_s: float, marks: list[tuple[int, float]]) -> None:
    """Notes how many frames were presented when, once the first ones are through; ends the run when its time is up."""
    while not engine.ended.wait(0.02):
        run = engine.snapshot().run
        if run.frames_presented >= WARM or not marks:
            marks[:] = (
                [*marks[:1], (run.frames_presented, run.wall_s)]
                if marks and marks[0][0] >= WARM
                else [(run.frames_presented, run.wall_s)]
            )
        if run.wall_s > limit_s:
            engine.stop()
            return
    run = engine.snapshot().run
    marks.append((run.frames_presented, run.wall_s))

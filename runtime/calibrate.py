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
from runtime.engine import Engine
from runtime.graph import Graph
from runtime.mainthread import MainThreadService
from runtime.options import Options
from runtime.plan import Machine, Plan, Prediction, file_credits, live_credits, predict
from runtime.process import peak_rss_mb

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
    seen = beside.snapshot()
    nodes = {name: node.ms.p50 for name, node in seen.nodes.items()}
    ran = Prediction(rate, seen.run.age_ms.p50, 0.0, nodes, "")
    return replace(costs, sharing=fitted(graph, costs, machine, plan, ran))


def fitted(graph: Graph, costs: Costs, machine: Machine, plan: Plan, ran: Prediction) -> Sharing:
    """Returns how threads share the cores, so that what a plan is predicted to do is what it did.

    The slowdown follows from the time of nodes that work side by side, the pause before each stage from the rate of a
    file and from the age of live frames.
    """
    live = graph.mode == "live"

    def work(prediction: Prediction) -> float:
        return sum(ms for name, ms in prediction.node_ms.items() if graph.node(name).spec.role != "source")

    def slower(prediction: Prediction) -> bool:
        return prediction.age_ms > ran.age_ms if live else prediction.fps < ran.fps

    def expected(sharing: Sharing) -> Prediction:
        return predict(graph, replace(costs, sharing=sharing), machine, plan)

    sharing = Sharing(0.0, 0.0)
    for _ in range(2):  # the two act on each other
        wake_ms, slowdown = sharing.wake_ms, 0.0
        slowdown = _least(MOST_SLOWDOWN, lambda part: work(expected(Sharing(part, wake_ms))) > work(ran))  # noqa: B023
        wake_ms = _least(MOST_WAKE_MS, lambda part: slower(expected(Sharing(slowdown, part))))  # noqa: B023
        sharing = Sharing(slowdown, wake_ms)
    return sharing


def _least(most: float, enough: Callable[[float], bool]) -> float:
    """Returns the least number up to `most` that is enough, by halving."""
    low, high = 0.0, most
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return low


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

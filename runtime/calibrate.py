"""Finds what a graph costs by running it: one frame at a time, then as it would be planned by that.

The first run gives the cost of each node. The second one says how much slower each node is while others run beside it,
which depends on the machine's memory and cores and on what the node does: `fitted` finds the numbers with which the
simulation of `runtime/simulate.py` comes to the same times, rate and age.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from runtime.costs import Costs, Sharing
from runtime.engine import Engine
from runtime.forecast import decoded_by, threads_for
from runtime.graph import Graph
from runtime.mainthread import MainThreadService
from runtime.measuring import Mark, costs_between
from runtime.options import Options
from runtime.plan import Machine, Plan, Prediction, make_plan, predict
from runtime.process import peak_rss_mb
from runtime.stats import Percentiles

FRAMES, WARM = 120, 40
"""Frames of a run, and those that only fill it: an encoder looks 40 frames ahead, and only then does it work."""

LIMIT_S = 8.0
"""Longest time for each of the two runs; slow graphs give fewer frames."""

LEAST_SLOWDOWN, MOST_SLOWDOWN, MOST_STALL_MS, MOST_WAKE_MS = -0.5, 4.0, 20.0, 3.0
"""Below 0 is a node that goes faster beside others: alone, all nodes take turns on one core and its caches."""

ROUNDS, STEPS = 4, 9
"""How often the fit goes over its numbers, and how often it halves where a pause may lie."""

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
    options = replace(options, frames=FRAMES, measured_frames=0, threads=threads_for(graph, costs, options.cores))
    machine = options.machine(options.placement)
    decoded = decoded_by(graph, costs, options.threads.decode)
    plan = make_plan(graph, decoded, machine)
    ran = observed(make, replace(options, plan=plan), limit_s)
    return replace(costs, sharing=fitted(graph, decoded, machine, plan, ran)) if ran else costs


def observed(make: MakeEngine, options: Options, limit_s: float) -> Prediction | None:
    """Runs a graph and returns what it did once it was warm, as a prediction would say it.

    None where it ended before.
    """
    engine, warm = _run(make, options, limit_s)
    end = _Moment.of(engine)
    if warm is None or end.presented - warm.presented < WARM // 2:
        return None
    costs = costs_between(engine, warm.mark, end.mark)
    rate = (end.presented - warm.presented) / (end.at_s - warm.at_s)
    age = Percentiles.of(engine.ledger.ages.latest(end.presented - warm.presented)).p50
    calls = {name: cost.typical_ms for name, cost in costs.nodes.items()}
    return Prediction(rate, age, 0.0, calls, "", {name: cost.cpu_ms for name, cost in costs.nodes.items()})


def fitted(graph: Graph, costs: Costs, machine: Machine, plan: Plan, ran: Prediction) -> Sharing:
    """Returns how threads share the cores, so that what a plan is predicted to do is what it did.

    Each node's slowdown follows from its processor time, its stall from the time of its calls, the pause before each
    stage from the rate of a file and from the age of live frames. All act on each other, so it goes over them several
    times.
    """
    live = graph.mode == "live"

    def expected(sharing: Sharing) -> Prediction:
        return predict(graph, replace(costs, sharing=sharing), machine, plan)

    def slower(sharing: Sharing) -> bool:
        prediction = expected(sharing)
        return prediction.age_ms > ran.age_ms if live else prediction.fps < ran.fps

    sharing = Sharing()
    for _ in range(ROUNDS):
        sharing = _closer(sharing, costs, expected(sharing), ran)
        wake_ms = _least(MOST_WAKE_MS, lambda ms: slower(replace(sharing, wake_ms=ms)))  # noqa: B023
        sharing = replace(sharing, wake_ms=wake_ms)
    return sharing


def _closer(sharing: Sharing, costs: Costs, expected: Prediction, ran: Prediction) -> Sharing:
    """Returns slowdowns and stalls changed by what each node's calls took more, or less, than expected."""
    slowdown, stall = {}, {}
    for name in costs.nodes:
        longer = (1 + sharing.slowdown.get(name, 0.0)) * ran.cpu_ms[name] / max(expected.cpu_ms[name], 1e-6)
        slowdown[name] = min(MOST_SLOWDOWN, max(LEAST_SLOWDOWN, longer - 1))
        waits = (ran.node_ms[name] - ran.cpu_ms[name]) - (expected.node_ms[name] - expected.cpu_ms[name])
        stall[name] = min(MOST_STALL_MS, max(-MOST_STALL_MS, sharing.stall_ms.get(name, 0.0) + waits))
    return replace(sharing, slowdown=slowdown, stall_ms=stall)


def _least(most: float, enough: Callable[[float], bool]) -> float:
    """Returns the least number up to `most` that is enough, by halving."""
    low, high = 0.0, most
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return low


@dataclass(frozen=True, slots=True)
class _Moment:
    """What had been presented at a time, and what the meters showed."""

    presented: int
    at_s: float
    mark: Mark

    @staticmethod
    def of(engine: Engine) -> _Moment:
        run = engine.snapshot().run
        return _Moment(run.frames_presented, run.wall_s, Mark.of(engine))


def _run(make: MakeEngine, options: Options, limit_s: float) -> tuple[Engine, _Moment | None]:
    """Runs an engine to its end, or for so long; returns it, and the moment when it was warm."""
    main = MainThreadService()
    engine = make(options, main)
    warm: list[_Moment] = []
    watch = threading.Thread(target=_watch, args=(engine, limit_s, warm), name="dlc-calibrate")
    engine.start()
    watch.start()
    try:
        main.serve(engine.ended)
    finally:
        engine.stop()
        watch.join()
    engine.close()
    return engine, warm[0] if warm else None


def _watch(engine: Engine, limit_s: float, warm: list[_Moment]) -> None:
    """Notes when the first frames are through; ends the run when its time is up."""
    while not engine.ended.wait(0.01):
        if not warm and engine.ledger.presented >= WARM:
            warm.append(_Moment.of(engine))
        if engine.snapshot().run.wall_s > limit_s:
            engine.stop()
            return

"""The controller at work: on simulated machines, and on this one with a graph that it cannot hold at full quality."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product
from pathlib import Path

import nodes
from bench.plant import Moment, Plant, Work, simulate
from models.session import ModelStore
from runtime.adapt import Controller
from runtime.clock import SECOND, ManualClock
from runtime.cpuinfo import usable_cores
from runtime.engine import Engine
from runtime.ladder import Ladder
from runtime.loading import load_graph
from runtime.mainthread import MainThreadService
from runtime.options import Options
from runtime.rung import Rung
from runtime.signature import spec_of
from runtime.simulated import simulated
from runtime.stats import Percentiles
from runtime.table import NodeTable
from runtime.threads import Threads, take_short_turns
from runtime.vitals import Vitals

HEAVY = Path(__file__).with_name("heavy.yaml")
FULL_S, LIGHT_S = 15, 20
"""How long the real graph is too much for two cores, and how long it is not."""

LIGHT_PASSES = 1

NOISES, LATE_S = (0.05, 0.15), 3.0
"""How much costs vary in a sweep, and from when on a run counts as settled late."""

CADENCE, JOIN, COLOUR = ("faces", "every_ms"), ("composite", "mode"), ("swapped", "eye_colour")
LADDER = Ladder(
    (
        Rung(*CADENCE, 500), Rung(*JOIN, "feather"), Rung(*COLOUR, 0.0),
        Rung(None, "fps", 24), Rung(None, "fps", 20), Rung(None, "fps", 15),
    ),
    {CADENCE: 250, JOIN: "multiband", COLOUR: 1.0},
)  # fmt: skip
PLANT = Plant(
    {
        "faces": Work(8, saves={(CADENCE, 500): 0.8}),
        "swapped": Work(12, saves={(COLOUR, 0.0): 0.85}),
        "composite": Work(10, saves={(JOIN, "feather"): 0.6}),
    },
    noise=0.05,
)
DEVICE = replace(PLANT, cores=8, nodes={**PLANT.nodes, "swapped": Work(30, 0.05, "cuda:0", {(COLOUR, 0.0): 0.85})})


@dataclass(frozen=True, slots=True)
class Case:
    """A simulated run of 65 s in which something begins at `begins` (s)."""

    name: str
    plant: Plant = PLANT
    load: Callable[[float], float] = lambda _: 1.0
    vitals: str = ""
    begins: float = 5.0


CASES = (
    Case("full quality holds"),
    Case("load x 2.6 from 5 s on", load=lambda at: 2.6 if at >= 5 else 1.0),
    Case("load x 2.6 from 5 to 25 s", load=lambda at: 2.6 if 5 <= at < 25 else 1.0),
    Case("load x 6 from 5 s on", load=lambda at: 6.0 if at >= 5 else 1.0),
    Case("a device that is x 1.3 from 5 s on", DEVICE, lambda at: 1.3 if at >= 5 else 1.0),
    Case("a source of 17 fps", replace(PLANT, source_fps=17.0)),
    Case("heat: fair 5, serious 15, critical 25 s", vitals="thermal=fair@5s,thermal=serious@15s,thermal=critical@25s"),
    Case("heat from 5 to 25 s", vitals="thermal=serious@5s,thermal=nominal@25s"),
    Case("memory warn from 5 to 25 s", vitals="memory=warn@5s,memory=normal@25s"),
)


def simulation() -> Iterator[str]:
    """Yields a line for each case: how fast it settled, how often it turned back, and where it ended."""
    yield f"{'simulated, 65 s':<40}{'settled':>9}{'turns':>7}{'step':>6}{'fps':>7}  says at the end"
    for case in CASES:
        moments = list(simulate(case.plant, _controller(), 65, load=case.load, vitals=_signs(case.vitals)))
        last = moments[-1]
        yield (
            f"{case.name:<40}{_settled_s(moments, case.begins):>7.2f} s{reversals(moments):>7}"
            f"{len(last.decision.taken):>6}{last.seen.fps:>7.1f}  {last.decision.lack or last.decision.reason}"
        ).rstrip()


def sweep() -> Iterator[str]:
    """Yields, for steady and for restless loads of every size, how many runs settled late or turned back."""
    yield f"{'load x 1.0 to 6.0 from 5 s on, 65 s each':<40}{'runs':>9}{'over 3 s':>10}{'longest':>9}{'turned':>8}"
    for noise, plant in product(NOISES, (PLANT, DEVICE)):
        runs = [
            list(simulate(replace(plant, noise=noise), _controller(), 65, load=_rising(tenths / 10), seed=seed))
            for tenths, seed in product(range(10, 61), range(3))
        ]
        settled = [_settled_s(run, 5.0) for run in runs]
        what = f"{'a device' if plant is DEVICE else 'the processor'}, costs vary by {noise:.0%}"
        late, turned = sum(time > LATE_S for time in settled), sum(reversals(run) > 0 for run in runs)
        yield f"{what:<40}{len(runs):>9}{late:>10}{max(settled):>7.2f} s{turned:>8}"


def _controller() -> Controller:
    return Controller(LADDER, target_fps=30, budget_ms=100, source_fps=30)


def _rising(load: float) -> Callable[[float], float]:
    return lambda at: load if at >= 5 else 1.0


def reversals(moments: list[Moment]) -> int:
    """Returns how often a step down followed a step up, or one up a step down."""
    steps = [len(moment.decision.taken) for moment in moments]
    moves = [after - before for before, after in pairwise(steps) if after != before]
    return sum(first * second < 0 for first, second in pairwise(moves))


def _settled_s(moments: list[Moment], begins: float) -> float:
    """Returns how long after the beginning the last step of the first descent came, or the first lower rate."""
    after = [moment for moment in moments if moment.at >= begins and moment.decision.changed]
    last = begins
    for moment in after:
        if moment.at - last > 2:
            break
        last = moment.at
    return last - begins


def _signs(text: str) -> Callable[[float], Vitals]:
    clock = ManualClock()
    machine = simulated(text, clock)
    machine.read()

    def at(time_s: float) -> Vitals:
        clock.advance(round(time_s * SECOND) - clock.now())
        return machine.read()

    return at


def reality(*, adapts: bool) -> Iterator[str]:
    """Yields a line for each second of the heavy graph on this machine, and each change with its reason."""
    engine, main = _engine(adapts=adapts)
    yield f"{HEAVY.name}, {'which adapts' if adapts else 'adapt: false'}"
    yield f"{'s':>3}{'fps':>7}{'age p50':>9}{'p95 ms':>8}{'cores':>7}{'step':>6}{'limit':>8}"
    engine.start()
    engine.gate.wait_held(0)
    began, told = time.perf_counter(), 0
    out, aged, cpu = 0, 0, time.process_time()
    for second in range(1, FULL_S + (LIGHT_S if adapts else 0) + 1):
        engine.ended.wait(began + second - time.perf_counter())
        if second == FULL_S + 1 and adapts:
            engine.controls.set("softened", "passes", LIGHT_PASSES)
            yield f"    somebody sets softened.passes to {LIGHT_PASSES}"
        snapshot = engine.snapshot()
        state, run = snapshot.adaptation, snapshot.run
        ages = Percentiles.of(engine.ledger.ages.latest(engine.ledger.ages.count - aged))
        step, limit = (f"{state.step}/{state.steps}", state.limit) if state else ("", "")
        yield (
            f"{second:>3}{run.frames_presented - out:>7}{ages.p50:>9.1f}{ages.p95:>8.1f}"
            f"{time.process_time() - cpu:>7.1f}{step:>6}{limit:>8}"
        ).rstrip()
        out, aged, cpu = run.frames_presented, engine.ledger.ages.count, time.process_time()
        for change in state.history[told:] if state else ():
            yield f"    {change.at_s:.1f} s: {change.reason}"
        told = len(state.history) if state else 0
    engine.stop()
    main.serve(engine.ended)
    engine.close()


def _engine(*, adapts: bool) -> tuple[Engine, MainThreadService]:
    cores = usable_cores()
    threads = Threads.for_cores(cores)
    nodes.limit_threads(threads)
    take_short_turns()
    graph = load_graph(HEAVY, NodeTable(spec_of(definition) for definition in nodes.DEFINITIONS))
    main = MainThreadService()
    options = Options(cores=cores, threads=threads)
    return Engine(replace(graph, adapt=adapts), ModelStore(threads), main, options), main

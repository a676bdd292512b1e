"""What the controller decides happens in a real engine; time is a manual clock, ticks come when it moves on."""

import logging
from typing import Annotated

import pytest

from runtime import Eases, Frame, Unit, node
from runtime.clock import SECOND
from runtime.errors import ConfigurationError
from runtime.simulated import simulated
from runtime.testing import GraphRun, Hold, ManualClock, numbered_pictures

GRAPH = """
credits: 1
nodes:
  a: {{type: listed}}
  s: {{type: slow, in: a, batch: 5}}
  c: {{type: collect, in: s, raw: true}}
{extra}
"""
PICTURES = numbered_pictures(6)


class Bench:
    """A live graph whose only node lets through what the test releases; a tick is a quarter of a second."""

    def __init__(self, extra="", signs=""):
        self.hold, self.used, self.clock = Hold(), [], ManualClock()
        self.shrunk, self.pushed = [], 0
        bench = self

        @node
        class Slow:
            def __call__(self, frame: Frame, *, strength: Annotated[Unit, Eases((1.0, 0.5, 0.0))] = 1.0) -> Frame:
                bench.used.append(strength)
                bench.hold.pass_through()
                return frame

            def batch(self, items, *, strength):
                return [self(frame, strength=strength) for (frame,) in items]

            def shrink(self):
                bench.shrunk.append(len(bench.used))

        machine = simulated(signs, self.clock) if signs else None
        self.run = GraphRun(GRAPH.format(extra=extra), [Slow], clock=self.clock, signs=machine)
        self.engine = self.run.engine
        self.keeper = self.engine.housekeeper

    def __enter__(self):
        self.run.__enter__()
        if self.keeper.ladder:
            self.wait(lambda: self.keeper.ticks >= 1)
        return self

    def __exit__(self, *error):
        self.hold.release(1 << 10)
        self.run.__exit__(*error)

    def tick(self, offered=6, released=2):
        """Offers frames, lets some of them out, and goes on by a quarter of a second, in which one look falls."""
        self.offer(offered)
        self.release(released)
        self.go_on()

    def steady_tick(self):
        """Offers frames one after another and lets each out: 24 a second."""
        for _ in range(6):
            self.offer(1)
            self.release(1)
        self.go_on()

    def offer(self, count):
        gate = self.engine.gate
        for picture in PICTURES[:count]:
            self.run.push(picture)
        self.pushed += count
        self.wait(lambda: gate.admitted + gate.drops + gate.paced + gate.has_waiting == self.pushed)

    def release(self, count):
        out = self.engine.ledger.presented
        for index in range(count):
            self.hold.release()
            self.wait(lambda index=index: self.engine.ledger.presented > out + index)

    def go_on(self):
        ticks = self.keeper.ticks
        self.clock.advance(SECOND // 4)
        self.wait(lambda: self.keeper.ticks > ticks)

    def wait(self, is_so):
        for _ in range(20_000):
            if is_so():
                return
            self.engine.gate.wait_closed(0.001)
        raise TimeoutError

    @property
    def strength(self):
        return self.engine.controls.current.of["s"]["strength"]


def test_a_graph_that_falls_behind_is_eased_and_says_why(caplog):
    with caplog.at_level(logging.INFO, "dlc"), Bench() as bench:
        for _ in range(6):
            bench.tick()
        adaptation = bench.engine.snapshot().adaptation
        assert adaptation.step >= 1
        assert bench.strength < 1
        assert adaptation.eased == {"s.strength": bench.strength}
        assert adaptation.history[0].reason in caplog.messages
        assert "8.0 of 24 fps: " in adaptation.history[0].reason
        assert "so s.strength goes from 1 to 0.5" in adaptation.history[0].reason
        assert adaptation.changes == len(adaptation.history) == adaptation.step
        assert bench.engine.controls.current.version == adaptation.step
    assert bench.used[0] == 1.0
    assert bench.used[-1] < 1


def test_a_graph_that_holds_its_rate_is_left_alone():
    with Bench() as bench:
        for _ in range(12):
            bench.steady_tick()
        adaptation = bench.engine.snapshot().adaptation
        assert (adaptation.step, adaptation.changes, adaptation.reason) == (0, 0, "")


def test_a_slow_source_is_told_as_such():
    with Bench() as bench:
        for _ in range(6):
            bench.tick(2, 2)
        assert bench.engine.snapshot().adaptation.limit == "source"
        assert "the source gives 8.0 of 25 fps" in bench.engine.snapshot().adaptation.reason


@pytest.mark.parametrize("extra", ["adapt: false", "mode: file"])
def test_nothing_adapts_where_it_shall_not(extra):
    with Bench(extra) as bench:
        assert bench.engine.snapshot().adaptation is None
        assert bench.keeper.ladder == ()
        with pytest.raises(ConfigurationError, match="does not adapt"):
            bench.keeper.walk(-1)


def test_a_setting_that_somebody_sets_is_left_alone():
    with Bench() as bench:
        bench.engine.controls.set("s", "strength", 0.9)
        for _ in range(8):
            bench.tick()
        assert bench.strength == 0.9
        assert bench.engine.snapshot().adaptation.step >= 1  # there is still the rate


def test_in_heat_fewer_frames_enter_and_batches_are_smaller():
    with Bench(signs="thermal=critical@0.3s") as bench:
        bench.tick(6, 2)
        assert bench.engine.gate.paced == 0
        for _ in range(5):
            bench.tick(2, 1)
        assert bench.engine.snapshot().adaptation.cap_fps == 12.5
        assert bench.engine.pace.fps == 12.5
        assert [stage.batch for stage in bench.engine.pipeline.stages] == [2, 1]
        assert bench.engine.snapshot().vitals.thermal == "critical"


def test_short_memory_shrinks_the_pool_and_what_nodes_hold():
    with Bench(signs="memory=critical@0.3s,memory=normal@3s") as bench:
        for _ in range(5):
            bench.tick(1, 1)
        pool = bench.engine.pool
        assert pool.limit == pool.ceiling / 4
        bench.tick(1, 1)
        assert len(bench.shrunk) == 1
        for _ in range(36):
            bench.tick(1, 1)
        assert pool.limit == pool.ceiling
        assert len(bench.shrunk) == 1


def test_nothing_is_judged_while_the_run_is_paused():
    with Bench() as bench:
        bench.engine.pause()
        for _ in range(8):
            bench.go_on()
        assert bench.keeper.adaptation is None or bench.keeper.adaptation.changes == 0


def test_somebody_may_walk_the_ladder_by_hand():
    with Bench() as bench:
        assert bench.keeper.ladder[:2] == ("s.strength=0.5", "s.strength=0")
        bench.keeper.walk(-1)
        for _ in range(30):
            bench.steady_tick()
        assert bench.strength == 0.5  # it holds its rate, and yet the step stays
        assert bench.engine.snapshot().adaptation.reason == "somebody wishes it, so s.strength goes from 1 to 0.5"
        bench.keeper.walk(1)
        bench.steady_tick()
        assert bench.strength == 1.0


def test_a_rate_below_the_sources_is_held_at_the_gate():
    with Bench("target_fps: 12") as bench:
        bench.hold.release(100)
        for _ in range(50):
            bench.offer(1)
            bench.wait(lambda: bench.engine.gate.in_flight == 0)
            bench.clock.advance(SECOND // 25)
        run = bench.engine.snapshot().run
        assert (run.frames_admitted, run.paced, run.drops) == (24, 26, 0)

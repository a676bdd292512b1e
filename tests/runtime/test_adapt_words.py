"""What the controller says when it does nothing."""

from bench.adapt import LADDER
from runtime.adapt import Controller
from runtime.observation import Observation


def test_a_source_that_was_slow_for_a_moment_is_spoken_of_no_longer():
    """A clip that starts over is: a run at 29.9 of 30 fps ended with the words that its source gave too little."""
    control = Controller(LADDER, target_fps=30, budget_ms=100, source_fps=30)
    slow = control.step(Observation(0.5, 20, 20, 0, 10, 12), 1.0)
    well = control.step(Observation(0.5, 30, 30, 0, 10, 12), 2.0)
    assert slow.lack == "the source gives 20.0 of 30 fps, and all of it comes out: no step would be of help"
    assert well.lack == ""

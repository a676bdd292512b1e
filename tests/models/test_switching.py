from threading import Event

import pytest

from models.switching import SwitchingSession
from runtime.errors import ModelError


class Answering:
    """A session that answers with its device's name."""

    def __init__(self, device):
        self.device = device

    @property
    def inputs(self):
        return [f"image on {self.device}"]

    def run(self, *_):
        return [self.device]


def gated(made):
    """Returns a gate, and what waits at it before it makes a session."""
    gate = Event()

    def make():
        gate.wait(30)
        if isinstance(made, Exception):
            raise made
        return made

    return gate, make


def test_it_serves_at_once_and_swaps_when_the_better_one_is_ready():
    gate, make = gated(Answering("coreml:ane"))
    session = SwitchingSession(Answering("cpu"), make, name="facemesh")
    assert (session.run(), session.device, session.inputs) == (["cpu"], "cpu", ["image on cpu"])
    gate.set()
    assert session.wait(30)
    assert (session.run(), session.device, session.inputs) == (["coreml:ane"], "coreml:ane", ["image on coreml:ane"])
    session.close()


@pytest.mark.parametrize("error", [ModelError("the option is unknown"), RuntimeError("the option is unknown")])
def test_a_failure_is_told_by_the_next_run(error):
    gate, make = gated(error)
    session = SwitchingSession(Answering("cpu"), make, name="facemesh")
    assert session.run() == ["cpu"]
    gate.set()
    assert session.wait(30)
    with pytest.raises(ModelError, match="the option is unknown"):
        session.run()
    session.close()


def test_closing_cancels_what_is_being_made_and_waits_for_it():
    gate, make = gated(ModelError("cancelled"))
    session = SwitchingSession(Answering("cpu"), make, gate.set, "facemesh")
    session.close()
    assert session.wait(0)
    assert session.run() == ["cpu"]

"""Nodes that several tests of the engine share."""

import threading

import pytest

from runtime import Frame, node


@pytest.fixture
def hang():
    """A node that hangs until the test is over, and an event that tells that it does."""
    end, reached = threading.Event(), threading.Event()

    @node
    def hang(frame: Frame) -> Frame:
        reached.set()
        end.wait(20)
        return frame

    yield hang, reached
    end.set()

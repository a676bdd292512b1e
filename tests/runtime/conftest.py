"""What several tests of the engine and of the desk share."""

import threading

import pytest

from runtime import Frame, node
from tests.runtime.desks import GRAPH, Run


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


@pytest.fixture
def file(tmp_path):
    """A graph file for a run with a desk."""
    path = tmp_path / "mine.yaml"
    path.write_text(GRAPH.format(mode="file"))
    return path


@pytest.fixture
def run(file):
    """A run of that file, which goes on until the test is over."""
    with Run(file) as running:
        yield running

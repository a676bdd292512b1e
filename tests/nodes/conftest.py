"""What the tests of `swap` with the mesh swapper share."""

import pytest

from models.analyse import analyse
from nodes.swap import Swap
from runtime.kinds import Frame
from tests.nodes.conftest_faces import clip, truth
from tests.nodes.swapping import CONTEXT, STORE, source

STEP = 12


@pytest.fixture(scope="module")
def swaps():
    """The node with each of the source pictures, by their letter."""
    return {letter: Swap(CONTEXT, face=source(letter)) for letter in "abc"}


@pytest.fixture(scope="session")
def frames():
    """Every twelfth frame of the demo clip with its faces and its row of truth."""
    rows = truth()
    images = list(clip())[::STEP]
    shots = []
    for index, image in enumerate(images):
        frame = Frame(image, seq=index * STEP, time=index * STEP / 30)
        shots.append((frame, analyse(image, STORE), rows[index * STEP]))
    return shots


@pytest.fixture(scope="session")
def demo(frames):
    """A frame of the demo clip, and its faces."""
    return frames[3][:2]

"""After a change of the graph stages are cut from what nodes are known to cost; frames are timed only for new ones."""

import logging
import threading

import pytest

from runtime import Frame, node
from runtime.testing import GraphRun, load_text, numbered_pictures

WAIT_S = 20
GRAPH = "mode: {mode}\nnodes:\n  a: {{type: listed}}\n{inner}  c: {{type: collect, in: {last}}}\n"
MEASURED = 12


@node
class Step:
    """Counts on; made anew for another start."""

    def __init__(self, *, start: int = 0) -> None:
        self.seen = start

    def __call__(self, frame: Frame, *, by: int = 1) -> Frame:
        self.seen += by
        return frame.with_image(frame.image, cleared=True)


def text(*inner, last, mode="file"):
    return GRAPH.format(mode=mode, last=last, inner="".join(f"  {line}\n" for line in inner))


B, D = "b: {type: step, in: a}", "d: {type: step, in: b}"


class Flows(logging.Handler):
    """Tells when the engine has cut its stages."""

    def __init__(self):
        super().__init__(logging.INFO)
        self.reached = threading.Semaphore(0)

    def emit(self, record):
        if record.msg.startswith("frames flow"):
            self.reached.release()

    def wait(self, seconds=WAIT_S):
        return self.reached.acquire(timeout=seconds)


@pytest.fixture
def flows(caplog):
    caplog.set_level(logging.INFO, "dlc")
    handler = Flows()
    logging.getLogger("dlc").addHandler(handler)
    yield handler
    logging.getLogger("dlc").removeHandler(handler)


@pytest.fixture(params=["file", "live"])
def change(flows, request):
    """Runs one graph until its stages are cut, then another; returns a run of the second, before its first frame."""
    runs = []

    def begin(before, after):
        run = GraphRun(before(request.param), [Step], measured_frames=MEASURED)
        runs.append(run)
        run.__enter__()
        for number, picture in enumerate(numbered_pictures(MEASURED), 1):
            run.push(picture)
            assert run.engine.gate.wait_admitted(number, WAIT_S)
        assert flows.wait()
        run.engine.rebuild(load_text(after(request.param), run.table))
        return run

    yield begin
    for run in runs:
        run.__exit__(None, None, None)


@pytest.mark.parametrize(
    ("inner", "last"),
    [([B], "b"), ([B, "d: {type: step, in: a}"], "d"), ([B, "d: {type: step, in: b, by: 2, on_error: repeat}"], "d")],
    ids=["a node less", "other edges", "other keys"],
)  # fmt: skip
def test_no_frame_is_timed_where_every_node_is_known(change, flows, inner, last):
    run = change(lambda mode: text(B, D, last="d", mode=mode), lambda mode: text(*inner, last=last, mode=mode))
    assert flows.wait()
    assert run.engine.gate.admitted == MEASURED
    assert run.engine.costs.nodes.keys() == {"a", "c", *(line[0] for line in inner)}


@pytest.mark.parametrize("inner", ["d: {type: step, in: b}", "b: {type: step, in: a, start: 5}"])
def test_frames_are_timed_where_a_node_is_new_or_made_anew(change, flows, inner):
    nodes = [inner] if inner[0] == "b" else [B, inner]
    run = change(lambda mode: text(B, last="b", mode=mode), lambda mode: text(*nodes, last=inner[0], mode=mode))
    for number, picture in enumerate(numbered_pictures(MEASURED), MEASURED + 1):
        assert run.engine.pipeline.plan.serial
        run.push(picture)
        assert run.engine.gate.wait_admitted(number, WAIT_S)
    assert flows.wait()
    assert run.engine.costs.nodes[inner[0]].samples

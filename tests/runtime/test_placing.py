"""Which device each node's networks are asked for, from the graph file to the session."""

from functools import partial

from runtime.kinds import Frame
from runtime.node import Context, node
from runtime.placing import place_by_rule
from runtime.testing import GraphRun, numbered_pictures

TEXT = """
mode: file
device: {device}
nodes:
  a: {{type: listed}}
  first: {{type: reader, in: a}}
  second: {{type: reader, in: first, device: "coreml:gpu"}}
  c: {{type: collect, in: second}}
"""


class Shelf:
    """Models that note which device each was asked for."""

    def __init__(self):
        self.asked = []

    def session(self, name, *, device=None, several=False):
        self.asked.append((name, device))
        return Network(device)


class Network:
    def __init__(self, device):
        self.device, self.placement = device, f"runs on {device}"

    def run(self, *inputs):
        return []


@node
class Reader:
    """Uses a network."""

    def __init__(self, context: Context) -> None:
        context.models.session("net")

    def __call__(self, frame: Frame) -> Frame:
        return frame


def run_of(device, here=("cpu",)):
    shelf, text = Shelf(), TEXT.format(device=device)
    place = partial(place_by_rule, here=here)
    with GraphRun(text, [Reader], numbered_pictures(2), models=shelf, place=place) as run:
        run.wait()
        return shelf.asked, run.engine.snapshot().nodes


def test_a_node_runs_on_its_own_device_and_else_on_the_graphs():
    asked, nodes = run_of("cpu", here=("cpu", "cuda:0"))
    assert asked == [("net", "cpu"), ("net", "coreml:gpu")]
    assert nodes["second"].device == "coreml:gpu"
    assert nodes["second"].networks == {"net": "runs on coreml:gpu"}


def test_auto_takes_the_best_device_that_is_here():
    assert run_of("auto")[0][0] == ("net", "cpu")
    assert run_of("auto", here=("cpu", "coreml:all", "coreml:ane"))[0][0] == ("net", "coreml:ane")
    assert run_of("auto", here=("cpu", "coreml:ane", "cuda:0"))[0][0] == ("net", "cuda:0")

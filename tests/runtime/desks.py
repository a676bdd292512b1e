"""What the tests of the desk share: a graph with a setting of each kind, and a run of it with a desk."""

import select
import time

from runtime import Faces, Frame, node
from runtime.desk import Desk
from runtime.log_ring import LogRing
from runtime.recipe import Recipe
from runtime.testing import GraphRun, numbered_pictures

GRAPH = """\
# Mine
mode: {mode}
nodes:
  a: {{type: listed}}
  b: {{type: lighten, in: a, by: 1}}   # how much
  c: {{type: collect, in: b}}
"""


@node
def lighten(frame: Frame, *, by: int = 0, how: bool = True) -> Frame:
    """Makes it lighter.

    Settings:
        by: how much.
        how: whether at all.
    """
    image = frame.editable()
    image += by
    return frame.with_image(image, cleared=True)


@node
class Stamped:
    """Adds what it was made with."""

    def __init__(self, *, face: str) -> None:
        self.number = int(face)

    def __call__(self, frame: Frame) -> Frame:
        image = frame.editable()
        image += self.number
        return frame.with_image(image)


@node
def find(frame: Frame) -> Faces:
    return Faces()


@node
def cover(frame: Frame | None, raw: Frame, *, hold_ms: int = 0) -> Frame:
    return raw.with_image(raw.image, cleared=True)


@node
def use(frame: Frame, faces: Faces) -> Frame:
    return frame.with_image(frame.image, cleared=True)


NODES = [lighten, Stamped, find, cover, use]


class Run(GraphRun):
    """A run of a graph file, with a desk."""

    def __init__(self, file, *, overrides=(), ends=(), **options):
        super().__init__(file.read_text(), NODES, file=file, **options)
        self.file = file
        self.saved = []
        recipe = Recipe(file, self.table, overrides, ends)
        self.desk = Desk(recipe, self.engine.graph, LogRing(), lambda *picture: self.saved.append(picture))

    def __enter__(self):
        super().__enter__()
        self.desk.attach(self.engine)
        return self

    def put(self, count):
        first = self.engine.gate.admitted
        for picture in numbered_pictures(first + count)[first:]:
            admitted = self.engine.gate.admitted
            self.push(picture)
            assert self.engine.gate.wait_admitted(admitted + 1, 20)

    def last(self):
        return int(self._ends.frames["c"][-1].image[0, 0, 0]) - self._ends.frames["c"][-1].seq


def until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        select.select([], [], [], 0.02)


def write(run, *replacements):
    text = run.file.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    run.file.write_text(text)

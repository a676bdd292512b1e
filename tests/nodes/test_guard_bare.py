"""A guard that is told by `patches` whom a rule leaves bare."""

import numpy as np

from nodes.guard import Guard
from runtime import node
from runtime.kinds import Face, Faces, Frame, Patch, Patches, PatchStatus
from runtime.testing import numbered_pictures, run_graph


def face(track, x, age=0.0):
    return Face(np.array((x, 40, x + 40, 90), np.float32), np.zeros((5, 2), np.float32), 0.9, track=track, age=age)


def frame(time, level=7):
    return Frame(np.full((160, 320, 3), level, np.uint8), seq=round(10 * time), time=time, cleared=True)


def shown(steps):
    """Which composites pass: the swapped face is track 0, the bystander's 1 is left alone; each step lists faces."""
    guard = Guard()
    for index, faces in enumerate(steps):
        time = index / 10
        status = (PatchStatus.SWAPPED, PatchStatus.LEFT_ALONE)
        patches = Patches(tuple(Patch(one, status[one.track]) for one in faces))
        guard(frame(time, 9), Faces(tuple(faces)), frame(time), patches)
    return guard.counters()


def test_nobody_misses_a_bystander_who_goes():
    assert shown([[face(0, 20), face(1, 200)], [face(0, 20), face(1, 200, 0.1)], [face(0, 20)]])["passed"] == 3


def test_the_swapped_face_is_missed_as_ever():
    counts = shown([[face(0, 20), face(1, 200)], [face(0, 20, 0.1), face(1, 200)]])
    assert (counts["passed"], counts["held"]) == (1, 1)


def test_a_swap_that_fails_does_not_keep_the_guard_from_answering():
    @node
    def people(frame: Frame) -> Faces:
        return Faces((face(0, 2),))

    @node(name="fails")
    def fails(frame: Frame, faces: Faces) -> Patches:
        raise ValueError("no")

    graph = """
    mode: live
    nodes:
      a: {type: listed}
      f: {type: people, in: a}
      s: {type: fails, in: [a, f]}
      g: {type: guard, in: {frame: a, faces: f, raw: a, patches: s}}
      c: {type: collect, in: g}
    """
    result = run_graph(graph, [people, fails, Guard], numbered_pictures(3), frames=3)
    assert result.error is None
    assert result.snapshot.run.skipped == 0
    assert result.frames["c"]
    assert all(one.cleared for one in result.frames["c"])

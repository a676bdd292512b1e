"""Makers of cases in which the scene itself changes: people come and go, the picture is cut, the camera stalls."""

from __future__ import annotations

from bench.campaign.faults import SHORT, Case, Random, each, world
from bench.campaign.script import Script, spans


def first_frames(blind: str) -> Case:
    """The detector finds nobody in the first pictures, or fails on them."""

    def case(random: Random, length: int) -> Script:
        script = world(random, length)
        for moment in script.among(0, int(random.integers(1, 9 if blind == "raises" else 55))):
            moment.blind = blind
            moment.found.clear()
        return script

    return case


def leaves(*, returns: bool, longest: int = 90, others: tuple[str, ...] = (), **graph: str) -> Case:
    """Somebody leaves, and returns after up to `longest` moments or never."""

    def case(random: Random, length: int) -> Script:
        script = world(random, length, ("ann", *others))
        script.graph = dict(graph)
        first = int(random.integers(5, length // 3))
        last = first + int(random.integers(3, longest)) if returns else length
        for moment in script.among(first, last):
            moment.people.pop("ann")
        return script

    return case


def cut(late: int) -> Case:
    """Another scene with somebody else, whom the detector finds some frames later."""

    def case(random: Random, length: int) -> Script:
        script = world(random, length, ("ann",))
        after = world(random, length, ("cyd",))
        cut = int(random.integers(10, length - 20))
        script.moments[cut:] = after.moments[cut:]
        for moment in script.among(cut, length):
            moment.scene = 5
        for moment in script.among(cut, cut + late):
            moment.found.clear()
        return script

    return case


def resized(random: Random, length: int) -> Script:
    """The pictures change their size, and it takes some time until somebody is found in them."""
    script = world(random, length, ("ann",))
    at, late = int(random.integers(10, length - 20)), int(random.integers(0, 12))
    for moment in script.among(at, length):
        moment.size = (232, 152)
    for moment in script.among(at, at + late):
        moment.found.clear()
    return script


def newcomer(random: Random, length: int) -> Script:
    """Somebody joins and is found late; then the one who was known is missed."""
    script = world(random, length, ("ann", "bob"))
    comes = int(random.integers(10, length // 2))
    late = int(random.integers(0, 12))
    for at, moment in enumerate(script.moments):
        if at < comes:
            moment.people.pop("bob")
        if at < comes + late:
            moment.found.discard("bob")
    for moment in script.among(comes + late, comes + late + SHORT):
        moment.found.discard("ann" if random.random() < 0.5 else "bob")
    return script


def crossing(random: Random, length: int) -> Script:
    """Two people cross; around that the tracker takes both for one, and says nothing of the other."""
    script = world(random, length, ("ann", "bob"))
    script.tracker = "drops"
    middle = length // 2
    for at, moment in enumerate(script.moments):
        moment.people = {"ann": (30 + at * 100 // length, 50), "bob": (130 - at * 100 // length, 56)}
    for moment in script.among(middle - int(random.integers(2, 30)), middle + int(random.integers(2, 30))):
        moment.found.discard("bob")
    return script


def stalls(random: Random, length: int) -> Script:
    """The camera gives nothing for half a second to a minute, then the face is missed."""
    script = world(random, length)
    for start, last in spans(random, length // 40, 20, length, 5):
        script.moments[start].gap_ms = int(random.integers(500, 60_000))
        for moment in script.among(start, last):
            moment.found.discard("ann")
    return script


def late(random: Random, length: int) -> Script:
    """A node takes up to 0.9 s, which the camera has to wait for; and the face is missed now and then."""
    script = world(random, length)
    each(script, random, length // 30, 12, lambda moment: setattr(moment, "late_ms", int(random.integers(50, 900))))
    each(script, random, length // 40, SHORT, lambda moment: moment.found.discard("ann"))
    return script

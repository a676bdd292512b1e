"""Makers of faults: each gives a case, which writes a script from a generator of random numbers and a length."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from bench.campaign.script import FPS, LOOK_PX, Moment, Script, spans
from bench.campaign.stage import LINES

Random = np.random.Generator
Case = Callable[[Random, int], Script]

REAL = ("cache", "blend", "label", "guard")
NODE_OF = {"cache": "known", "actor": "swapped", "blend": "composite", "label": "labelled", "guard": "guarded"}
SHORT = 25
"""Frames of a fault that is over before anybody counts as gone."""


def world(random: Random, length: int, people: Iterable[str] = ("ann",), *, all_found: bool = True) -> Script:
    """Returns a play in which people stroll about, and nothing goes wrong."""
    moments = [Moment() for _ in range(length)]
    for name in people:
        for moment, place in zip(moments, _stroll(random, length, name), strict=True):
            moment.people[name] = place
            if all_found:
                moment.found.add(name)
    return Script(moments)


def _stroll(random: Random, length: int, name: str) -> list[tuple[int, int]]:
    """Returns places on a smooth way, at up to four face sizes a second; it may cross the border."""
    room = np.array(Moment().size) - LOOK_PX[name] * 0.7
    steps = np.arange(length) / FPS
    way = [
        random.uniform(0.2, 0.55) * np.sin(random.uniform(0.4, 2.2) * steps + random.uniform(0, 6.3)) + 0.5
        for _ in range(2)
    ]
    return [(int(x * room[0]), int(12 + y * (room[1] - 12))) for x, y in zip(*way, strict=True)]


def each(
    script: Script, random: Random, count: int, longest: int, do: Callable[[Moment], object], first: int = 5
) -> None:
    """Does something to the moments of some spans."""
    for start, last in spans(random, count, longest, len(script), first):
        for moment in script.among(start, last):
            do(moment)


def misses(longest: int, people: Iterable[str] = ("ann",), lose: str = "ann", tracker: str = "lists") -> Case:
    """Somebody is missed for spans of up to `longest` moments."""

    def case(random: Random, length: int) -> Script:
        script = world(random, length, people)
        script.tracker = tracker
        each(script, random, length // 40 + 1, longest, lambda moment: moment.found.discard(lose))
        return script

    return case


def missed_for_ever(tracker: str) -> Case:
    """One of two is missed from some moment on."""

    def case(random: Random, length: int) -> Script:
        script = world(random, length, ("ann", "bob"))
        script.tracker = tracker
        for moment in script.among(int(random.integers(5, length // 2)), length):
            moment.found.discard("bob")
        return script

    return case


def fails(how: str, value: object, longest: int = SHORT, people: Iterable[str] = ("ann",), **graph: str) -> Case:
    """A field of the moments is set for some spans."""

    def case(random: Random, length: int) -> Script:
        script = world(random, length, people)
        script.graph = dict(graph)
        each(script, random, length // 40 + 1, longest, lambda moment: setattr(moment, how, value))
        return script

    return case


def raises(node: str, policy: str) -> Case:
    """A node raises now and then, up to nine times in a row; the tenth would end the run."""

    def case(random: Random, length: int) -> Script:
        script = world(random, length, ("ann", "bob"), all_found=False)
        script.graph = {NODE_OF[node]: line(NODE_OF[node], on_error=policy)}
        for at, moment in enumerate(script.moments):
            moment.found = {"ann", "bob"} if at > length // 3 else {"ann"}
        each(script, random, length // 20 + 1, 9, lambda moment: moment.raising.add(node), first=1)
        for moment in script.among(length // 3 + 1, length // 3 + 5):  # just when bob has been found
            moment.raising.add(node)
        for moment in script.among(length // 3 + 5, length // 3 + 10):
            moment.raising.discard(node)
        _short_of_ten(script, node)
        return script

    return case


def _short_of_ten(script: Script, node: str) -> None:
    row = 0
    for moment in script.moments:
        row = row + 1 if node in moment.raising else 0
        if row == 10:
            moment.raising.discard(node)
            row = 0


def line(name: str, **keys: object) -> str:
    """Returns a line of the usual graph with more keys."""
    return LINES[name][:-1] + "".join(f", {key}: {value}" for key, value in keys.items()) + "}"


def raises_for_ever(node: str) -> Case:
    """A node raises until the run ends by itself."""

    def case(random: Random, length: int) -> Script:
        script = world(random, length)
        for moment in script.among(int(random.integers(1, length // 2)), length):
            moment.raising.add(node)
        script.ends_badly = True
        return script

    return case


def finder_raises(policy: str) -> Case:
    """The detector raises now and then, up to nine times in a row."""

    def case(random: Random, length: int) -> Script:
        script = world(random, length, ("ann", "bob"))
        script.graph = {"faces": line("faces", on_error=policy)}
        each(script, random, length // 20 + 1, 9, lambda moment: setattr(moment, "blind", "raises"))
        return script

    return case


def settings_change(random: Random, length: int) -> Script:
    """Settings of guard, swap, blend and label change while somebody is missed now and then."""
    script = world(random, length, ("ann", "bob"))
    choices = {
        ("guarded", "hold_ms"): (0, 100, 500, 10_000), ("guarded", "forget_ms"): (2000, 3000, 10_000),
        ("guarded", "blur_cells"): (2, 8, 12), ("swapped", "opacity"): (1, 1, 0.7, 0.3, 0),
        ("composite", "opacity"): (1, 1, 0.8, 0.2, 0), ("labelled", "opacity"): (0.55, 0.7, 0.85),
    }  # fmt: skip
    for moment in script.moments[5 :: max(1, length // 40)]:
        node, setting = list(choices)[int(random.integers(len(choices)))]
        moment.settings.append((node, setting, float(random.choice(choices[node, setting]))))
    for moment in script.moments:
        moment.settings = [(n, s, int(v) if s != "opacity" else v) for n, s, v in moment.settings]
    each(script, random, length // 40, SHORT, lambda moment: moment.found.discard("bob"))
    return script


def transparent(node: str) -> Case:
    """The opacity of a node goes to 0 and back."""

    def case(random: Random, length: int) -> Script:
        script = world(random, length)
        for start, last in spans(random, length // 50 + 1, 40, length, 5):
            script.moments[start].settings.append((node, "opacity", 0.0))
            if last < length:
                script.moments[last].settings.append((node, "opacity", 1.0))
        return script

    return case


def with_graph(case: Case, **graph: str) -> Case:
    """Returns a case on another graph."""

    def changed(random: Random, length: int) -> Script:
        script = case(random, length)
        script.graph |= graph
        return script

    return changed


def with_settings(case: Case, **settings: int) -> Case:
    """Gives the guard other settings from the first picture on."""

    def changed(random: Random, length: int) -> Script:
        script = case(random, length)
        script.moments[0].settings += [("guarded", name, value) for name, value in settings.items()]
        return script

    return changed


def stopped(random: Random, length: int) -> Script:
    """Somebody stops the run."""
    script = misses(20, ("ann", "bob"), "bob")(random, length)
    script.stop_at = int(random.integers(2, length))
    return script


def switched_off(node: str, **graph: str) -> Case:
    """A node is switched off, so that what it would have changed passes it by."""

    def case(random: Random, length: int) -> Script:
        script = world(random, length)
        script.graph = {node: line(node, enabled="false"), **graph}
        return script

    return case


def everything(random: Random, length: int) -> Script:
    """All of it at once."""
    script = world(random, length, ("ann", "bob", "cyd"))
    script.tracker = str(random.choice(["lists", "drops", "renumbers", "numbers nobody"]))
    fields = ("blind", ("says so", "raises")), ("broken", ("nan", "inf", "flat", "away")), ("gap_ms", (100, 3000))
    for name, values in fields:
        value = random.choice(values)
        value = int(value) if name == "gap_ms" else str(value)
        each(script, random, 3, 8, lambda moment, name=name, value=value: setattr(moment, name, value))
    for person in LOOK_PX:
        each(script, random, 3, 30, lambda moment, person=person: moment.found.discard(person))
        each(script, random, 2, 40, lambda moment, person=person: moment.people.pop(person, None))
        each(script, random, 2, 12, lambda moment, person=person: moment.failed.add(person))
    for node in (*REAL, "actor"):
        each(script, random, 2, 6, lambda moment, node=node: moment.raising.add(node))
        _short_of_ten(script, node)
    return script

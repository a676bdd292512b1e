"""Adds the notes on a clip's frames up to figures. Knows no pictures and no networks.

Points are judged in percent of the distance of the eyes. Jitter is the root mean square of second differences from
frame to frame: of the points less their truth (without truth, of the points), and of colours of parts of the face.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from bench.notes import Looks, Notes, Seen
from bench.truth import FIVE
from runtime.kinds import Doubles
from runtime.stats import RunStats


@dataclass(frozen=True, slots=True)
class Points:
    """How far points are from where they should be, percent of the distance of the eyes.

    Attributes:
        mean, p95: of all points.
        each: mean of each of the five.
    """

    mean: float
    p95: float
    each: dict[str, float]

    @classmethod
    def of(cls, errors: Sequence[Doubles]) -> Points | None:
        """Returns the figures of errors, [5] for each frame and person, as shares; None of none."""
        if not errors:
            return None
        percent = 100 * np.stack(errors)
        each = {name: float(value) for name, value in zip(FIVE, percent.mean(0), strict=True)}
        return cls(float(percent.mean()), float(np.percentile(percent, 95)), each)


@dataclass(frozen=True, slots=True)
class Jitter:
    """Second differences: the graph's, those of what they are compared with, and their ratio."""

    ours: float
    reference: float

    @property
    def ratio(self) -> float:
        """Ours through the reference's."""
        return self.ours / max(self.reference, 1e-9)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say of a clip; None where nothing could be measured.

    Attributes:
        frames, faces: how many there were; faces that count are at least half visible.
        found, swapped: percent of the faces that count.
        strangers: faces that were found where nobody is.
        points, plain_points: of the graph and of the landmarker by itself, against truth, where both are known.
        against_plain: of the graph against the landmarker by itself.
        point_jitter: of the graph's points, and of the landmarker by itself; percent of the distance of the eyes.
        colour_jitter: of the swapped faces, and of the same places before; levels.
        to_source, to_bare, bare_to_source: mean cosines of results to source and bare face, and of the bare face.
        head_margin, mask_margin: mean identity margins of the source's portrait itself, in place of the whole head and
            within the mask of the swap; on some of the frames.
        nearer: percent of the swapped faces that look more like the source than like the bare face.
        expression: mean change of eyes and mouth on these, percent of their width.
        switches: how often a person's track number changed; returns: those behind a time in which nobody was found.
        changed_outside: pixels outside patches that changed, in all frames.
        painted_over: percent of what passes before faces (where truth has masks) that the swap painted over.
        held, blurred: what guards did.
        withheld: frames that a live sink would not show.
        people: the same of each person by name, where there are several; what belongs to whole frames is 0 there.
    """

    frames: int
    faces: int
    found: float | None
    swapped: float | None
    strangers: int
    points: Points | None
    plain_points: Points | None
    against_plain: Points | None
    point_jitter: Jitter | None
    colour_jitter: Jitter | None
    to_source: float | None
    to_bare: float | None
    bare_to_source: float | None
    head_margin: float | None
    mask_margin: float | None
    nearer: float | None
    expression: float | None
    switches: int
    returns: int
    changed_outside: int
    painted_over: float | None
    held: int
    blurred: int
    withheld: int
    people: Mapping[str, Verdict] = field(default_factory=dict)

    @property
    def point_ratio(self) -> float | None:
        """Point error through that of the landmarker by itself."""
        if self.points is None or self.plain_points is None:
            return None
        return self.points.mean / max(self.plain_points.mean, 1e-9)

    @property
    def margin(self) -> float | None:
        """Identity margin: cosine to the source less cosine to the bare face. A swap that does nothing is below 0."""
        return None if self.to_source is None or self.to_bare is None else self.to_source - self.to_bare

    @property
    def gain(self) -> float | None:
        """How much nearer to the source the face has come: a swap that does nothing gains 0."""
        if self.to_source is None or self.bare_to_source is None:
            return None
        return self.to_source - self.bare_to_source


def verdict(notes: Sequence[Notes], run: RunStats) -> Verdict:
    """Returns the figures of a clip's frames, in their order, and those of each person."""
    names = list(dict.fromkeys(person.id for note in notes for person in note.people))
    whole = replace(_of(notes), held=run.held, blurred=run.blurred)
    if len(names) < 2:
        return whole
    return replace(whole, people={name: _of([_only(name, note) for note in notes]) for name in names})


def _only(name: str, note: Notes) -> Notes:
    return Notes(tuple(person for person in note.people if person.id == name))


def _of(notes: Sequence[Notes]) -> Verdict:
    seen = [person for note in notes for person in note.people if person.counts]
    looks = [person.looks for person in seen if person.looks is not None]
    ceilings = [person.ceiling for person in seen if person.ceiling is not None]
    moved = [look for look in looks if look.to_source > look.to_bare]
    found = [person for person in seen if person.points is not None]
    known = [person for person in found if person.truth is not None]
    switches = list(_switches(notes))
    return Verdict(
        frames=len(notes), faces=len(seen),
        found=_percent(len(found), len(seen)) if any(person.truth is not None for person in seen) else None,
        swapped=_percent(len(looks), len(seen)),
        strangers=sum(note.strangers for note in notes),
        points=Points.of([_away(p.points, p.truth, p) for p in known]),
        plain_points=Points.of([_away(p.plain, p.truth, p) for p in known]),
        against_plain=Points.of([_away(p.points, p.plain, p) for p in found]),
        point_jitter=_point_jitter(notes), colour_jitter=_colour_jitter(notes),
        to_source=_mean(look.to_source for look in looks), to_bare=_mean(look.to_bare for look in looks),
        bare_to_source=_mean(look.bare_to_source for look in looks),
        head_margin=_mean(head for head, _ in ceilings), mask_margin=_mean(within for _, within in ceilings),
        nearer=_percent(len(moved), len(looks)),
        expression=_mean(100 * float(np.abs(look.openings[1] - look.openings[0]).mean()) for look in moved),
        switches=len(switches), returns=sum(switches),
        changed_outside=sum(note.changed_outside for note in notes),
        painted_over=_percent(sum(note.painted_over for note in notes), sum(note.before_faces for note in notes)),
        held=0, blurred=0, withheld=sum(not note.cleared for note in notes),
    )  # fmt: skip


def _away(points: Doubles | None, goal: Doubles | None, person: Seen) -> Doubles:
    """Returns how far each of five points is away, [5], as a share of the distance of the eyes."""
    assert points is not None  # noqa: S101  # asked for those that have them
    assert goal is not None  # noqa: S101
    return np.hypot(*(points - goal).T) / max(person.eye_distance, 1e-6)


def _percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return float(np.mean(listed)) if listed else None


@dataclass(slots=True)
class _Runs:
    """Somebody's values over consecutive frames, from which second differences are taken."""

    values: list[tuple[Doubles, Doubles]] = field(default_factory=list)
    squares: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))

    def add(self, ours: Doubles | None, reference: Doubles | None) -> None:
        if ours is None or reference is None:
            self.values.clear()
            return
        self.values = [*self.values[-2:], (ours, reference)]
        if len(self.values) == 3:
            for squares, (a, b, c) in zip(self.squares, zip(*self.values, strict=True), strict=True):
                squares.append(float(np.mean((a - 2 * b + c) ** 2)))


def _jitter(runs: Iterable[_Runs]) -> Jitter | None:
    listed = list(runs)
    ours, reference = ([value for run in listed for value in run.squares[side]] for side in (0, 1))
    return Jitter(float(np.sqrt(np.mean(ours))), float(np.sqrt(np.mean(reference)))) if ours else None


def _by_person(notes: Iterable[Notes]) -> Iterator[tuple[str, Seen | None]]:
    """Yields each person in each frame, None where they are not there or something is before them."""
    known: set[str] = set()
    for note in notes:
        there = {person.id: person for person in note.people if person.clear}
        known |= there.keys()
        yield from ((name, there.get(name)) for name in known)


def _point_jitter(notes: Iterable[Notes]) -> Jitter | None:
    runs: defaultdict[str, _Runs] = defaultdict(_Runs)
    for name, person in _by_person(notes):
        if person is None or person.points is None:
            runs[name].add(None, None)
            continue
        still = np.zeros((5, 2)) if person.truth is None else person.truth
        percent = 100 / max(person.eye_distance, 1e-6)
        runs[name].add(percent * (person.points - still), percent * (person.plain - still))
    return _jitter(runs.values())


def _colour_jitter(notes: Iterable[Notes]) -> Jitter | None:
    runs: defaultdict[str, _Runs] = defaultdict(_Runs)
    for name, person in _by_person(notes):
        looks: Looks | None = person.looks if person else None
        runs[name].add(*((looks.colours[1], looks.colours[0]) if looks else (None, None)))
    return _jitter(runs.values())


def _switches(notes: Iterable[Notes]) -> Iterator[bool]:
    """Yields for each change of a person's track number whether they had not been found for a time before it."""
    tracks: dict[str, int] = {}
    last: dict[str, int] = {}
    for index, note in enumerate(notes):
        for person in note.people:
            if person.track is None:
                continue
            if tracks.get(person.id, person.track) != person.track:
                yield last[person.id] < index - 1
            tracks[person.id], last[person.id] = person.track, index

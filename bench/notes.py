"""What a judge writes down of the frames of a swapped clip. Knows no pictures and no networks."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.kinds import Doubles

COUNTS = 0.5
"""Share of a face that must be visible for it to count."""

CLEAR = 0.9
"""Share from which it counts for jitter: with less, the landmarker by itself jumps, and there is no measure."""


@dataclass(frozen=True, slots=True)
class Looks:
    """How a swapped face looks.

    Attributes:
        to_source, to_bare: cosines of the result to the source person and to the face that was there.
        bare_to_source: cosine of the face that was there to the source person.
        openings: float64 [2, 3], before and after: height through width of both eyes and the mouth.
        colours: float64 [2, N, 3], before and after: mean colours of parts of the face.
    """

    to_source: float
    to_bare: float
    bare_to_source: float
    openings: Doubles
    colours: Doubles


@dataclass(frozen=True, slots=True)
class Seen:
    """A person in a frame.

    Attributes:
        id: of the person; without truth of the track.
        visible: share of the face.
        plain: float64 [5, 2], the points that the landmarker gives by itself.
        eye_distance: px, true where truth is known.
        truth: float64 [5, 2], or None.
        points: float64 [5, 2], what the graph found, or None.
        track: the graph's number for the face, or None where it found none.
        looks: where the face was swapped, and counts.
        ceiling: identity margins of the source's portrait there, in place of the whole head and within the swap's mask;
            of some frames.
    """

    id: str
    visible: float
    plain: Doubles
    eye_distance: float
    truth: Doubles | None = None
    points: Doubles | None = None
    track: int | None = None
    looks: Looks | None = None
    ceiling: tuple[float, float] | None = None

    @property
    def counts(self) -> bool:
        """Whether enough is visible to find it."""
        return self.visible >= COUNTS

    @property
    def clear(self) -> bool:
        """Whether next to nothing is in front of it."""
        return self.visible >= CLEAR


@dataclass(frozen=True, slots=True)
class Notes:
    """A frame.

    Attributes:
        people: who is in it.
        strangers: faces that were found where nobody is; 0 without truth.
        changed_outside: pixels that differ outside the patches.
        before_faces, painted_over: pixels of things before a face, and those of them that the swap painted over.
        cleared: whether a live sink would have shown it.
    """

    people: tuple[Seen, ...] = ()
    strangers: int = 0
    changed_outside: int = 0
    before_faces: int = 0
    painted_over: int = 0
    cleared: bool = True

"""Says when and where to look for new faces. Costs are bounded: two looks a frame, except at the start of a scene."""

from __future__ import annotations

from itertools import chain, zip_longest

from models.detectors import Region, squares
from nodes.detect.follow import around
from nodes.detect.tracker import Tracker

NEIGHBOURHOOD = 4.0
"""Side of the square in which a lost face is looked for, in sizes of the face."""

OVERHANG = 0.2
"""How far regions reach over the picture's left and right edge, as a share of their width."""

FINE = 0.6
"""Side of the smaller regions, as a share of the picture's shorter side: a face of 60 px at 540p is a fifth of it."""

SPARE = 15
"""How many looks may be spent in a row on changes in the picture; one more for each `every_ms`."""

CALM = 8
"""Half-turns between two looks at parts of a picture that stands still beside the people who are known."""


class Scan:
    """A round of looks: at the whole picture, and in between at its parts, in which small faces are larger."""

    def __init__(self) -> None:
        self._since = 0.0
        self._turn = 0
        self._spare = float(SPARE)
        self._fresh = True
        self._parts: list[Region] = []
        self._next = 0

    def restart(self) -> None:
        """Has everything looked at in the next frame: a scene begins."""
        self._fresh = True

    def regions(
        self, shape: tuple[int, ...], elapsed: float, every_s: float, tracker: Tracker, news: Region | None
    ) -> list[Region | None]:
        """Returns the regions to look at in this frame, None for the whole picture; often there are none.

        While a face is held and none is lost, the whole picture every `every_s`, and where there are `news` at once;
        parts of it half-way between, though mostly not where nothing is new. While one is lost, one look a frame, every
        second one of them about the face that was lost last. While nobody is held, the whole picture and a part:
        whoever comes in must not be seen before they are found.
        """
        self._since += elapsed
        self._spare = min(self._spare + elapsed / max(every_s, 1e-3), SPARE)
        if self._fresh:
            self._since, self._turn, self._fresh = 0.0, 0, False
            self._parts = _parts(shape)
            return [None, *self._parts]
        lost, held = tracker.lost(), tracker.held()
        place = news.within(shape, OVERHANG) if news else None
        if held and not lost and self._since < every_s / 2:
            return self._at_once(place)
        self._since = 0.0
        self._turn += 1
        if not held and not lost:
            return [None, place or self._part()]
        if lost and self._turn % 2:
            expected = lost[0].expected()
            return [around(expected.centre, NEIGHBOURHOOD * expected.size).within(shape, OVERHANG)]
        turn = self._turn // 2 if lost else self._turn
        is_due = lost or place or turn % CALM == 1
        return [None] if turn % 2 == 0 else [self._part()] if is_due else []

    def _at_once(self, place: Region | None) -> list[Region | None]:
        """Returns the place of news while there are looks to spare."""
        if place is None or self._spare < 1:
            return []
        self._spare -= 1
        return [place]

    def _part(self) -> Region:
        self._next = (self._next + 1) % len(self._parts)
        return self._parts[self._next]


def _parts(shape: tuple[int, ...]) -> list[Region]:
    """Returns squares that cover a picture, large and small ones in turn; a strip gets no more than about twenty."""
    height, width = shape[:2]
    sides = [max(int(share * min(height, width)), -(-max(height, width) // 8)) for share in (1, FINE)]
    large, small = (squares(width, height, side, OVERHANG) for side in sides)
    mixed = chain.from_iterable(zip_longest(large, small))
    return [part.within(shape, OVERHANG) for part in mixed if part is not None]

"""Says when and where to look for new faces. Costs are bounded: two looks a frame, except at the start of a scene."""

from __future__ import annotations

from models.detectors import Region, tiles
from nodes.detect.follow import around
from nodes.detect.tracker import Tracker

NEIGHBOURHOOD = 4.0
"""Side of the square in which a lost face is looked for, in sizes of the face."""


class Scan:
    """A round of looks: at the whole picture, and in between at its parts, in which small faces are larger."""

    def __init__(self) -> None:
        self._since = 0.0
        self._turn = 0
        self._fresh = True

    def restart(self) -> None:
        """Has everything looked at in the next frame: a scene begins."""
        self._fresh = True

    def regions(self, shape: tuple[int, ...], elapsed: float, every_s: float, tracker: Tracker) -> list[Region | None]:
        """Returns the regions to look at in this frame, None for the whole picture; often there are none.

        While a face is held and none is lost, the whole picture every `every_s`, and a part half-way between. While one
        is lost, one look a frame, every second one of them about the face that was lost last. While nobody is held,
        the whole picture and a part: whoever comes in must not be seen before they are found.
        """
        self._since += elapsed
        lost = tracker.lost()
        if self._fresh:
            self._since, self._turn, self._fresh = 0.0, 0, False
            return [None, *tiles(shape[1], shape[0])]
        if tracker.held() and not lost and self._since < every_s / 2:
            return []
        self._since = 0.0
        self._turn += 1
        if lost and self._turn % 2:
            track = lost[0]
            return [around(track.sighting.centre + track.shift(), NEIGHBOURHOOD * track.sighting.size, shape)]
        parts = tiles(shape[1], shape[0])
        if not lost and not tracker.held():
            return [None, parts[self._turn % len(parts)]]
        turn = self._turn // 2 if lost else self._turn
        return [parts[turn // 2 % len(parts)] if turn % 2 else None]

"""What the swap remembers of each face from frame to frame, so that nothing in its patches jumps."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from models.swappers import Look
from runtime.kinds import Floats

LIMIT = 32
"""Faces remembered; the one that was seen longest ago is forgotten first."""
GAP_S = 0.5
"""A face that was away for longer is a new one: its light may be another."""
_MARGIN = 1.1
"""How far a face must outgrow a side, or fall short of it, before its patches get another one."""


@dataclass(slots=True)
class Followed:
    """One face.

    Attributes:
        time: of the frame in which it was last seen, s.
        elapsed: since the frame before, s; 0 in its first one.
        side: of its last patch, px; 0 before the first.
        look: what the swapper last saw of it.
        source: which of the source's pictures it has.
        before: which it had before that one.
        since: when that changed, s.
        identity: its own, as it was last known; float32 [512] at length 1.
    """

    time: float
    elapsed: float = 0.0
    side: int = 0
    look: Look | None = None
    source: int = -1
    before: int = -1
    since: float = -math.inf
    identity: Floats | None = None

    def share(self, settle_s: float) -> float:
        """Returns how much of a new look counts, for a time constant."""
        return 1.0 if self.look is None or settle_s <= 0 else 1 - math.exp(-self.elapsed / settle_s)


class Following:
    """All faces that are followed, by track."""

    def __init__(self) -> None:
        self._faces: OrderedDict[int, Followed] = OrderedDict()

    def of(self, track: int, time: float) -> Followed:
        """Returns what is known of a face at a time; nothing of one that nobody tracks, or after a jump in time."""
        known = self._faces.pop(track, None)
        if known is None or track < 0 or not 0 <= time - known.time <= GAP_S:
            known = Followed(time)
        known.elapsed, known.time = time - known.time, time
        if track >= 0:
            self._faces[track] = known
        if len(self._faces) > LIMIT:
            self._faces.popitem(last=False)
        return known


def side_for(wanted_px: float, last: int, sides: Sequence[int]) -> int:
    """Returns the side of a patch that is to have so many pixels, after a face that had `last` (0: none)."""
    best = _side(wanted_px, sides)
    if not last or best == last:
        return best
    return max(last, _side(wanted_px / _MARGIN, sides)) if best > last else min(last, _side(wanted_px * _MARGIN, sides))


def _side(wanted: float, sides: Sequence[int]) -> int:
    """Returns the smallest side that has so many pixels, or the largest."""
    return next((side for side in sides if wanted <= side), sides[-1])

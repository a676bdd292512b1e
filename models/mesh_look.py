"""What a swapper saw of a face: kept beside its track, so that noise in the picture does not become flicker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2

from models.mesh_detail import Detail
from models.mesh_eyes import Iris
from runtime.kinds import Floats

EVERY = 3
"""One frame of so many is looked at: what is shown moves there softly in all of them, so that looking costs a third."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The light on a face, the colour of its irises, and how sharp its picture is.

    Attributes:
        light: float32 [C, C, 4], as `mesh_light.light_of` gives it.
        iris: None where no iris was seen.
        detail: None where nobody looked.
    """

    light: Floats
    iris: Iris | None = None
    detail: Detail | None = None

    def towards(self, other: Seen, share: float) -> Seen:
        """Returns it moved towards another one by a share of the way; of what one has not, the other's."""
        light = cv2.addWeighted(self.light, 1 - share, other.light, share, 0)
        iris = self.iris.towards(other.iris, share) if self.iris and other.iris else other.iris or self.iris
        detail = self.detail.towards(other.detail, share) if self.detail and other.detail else other.detail
        return Seen(light, iris, detail)


@dataclass(frozen=True, slots=True)
class Look:
    """What is shown of what was seen.

    Attributes:
        shown: settles on what was seen last.
        seen: that.
        wait: frames until the next look.
    """

    shown: Seen
    seen: Seen
    wait: int = 0

    @classmethod
    def after(cls, last: Look | None, share: float, see: Callable[[], Seen]) -> Look:
        """Returns the look that follows the last one: it moves by a share of the way to what is seen, if it is time."""
        if last is None or share >= 1:
            seen = see()
            return cls(seen, seen)
        seen, wait = (last.seen, last.wait - 1) if last.wait > 0 else (see(), EVERY - 1)
        return cls(last.shown.towards(seen, share), seen, wait)

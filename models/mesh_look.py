"""What a swapper saw of a face: kept beside its track, so that noise in the picture does not become flicker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from models.mesh_detail import Detail, middle_of
from models.mesh_eyes import Iris
from runtime.kinds import Doubles, Floats, Image

EVERY = 3
"""One frame of so many is looked at: what is shown moves there softly in all of them, so that looking costs a third."""
_SUDDEN, _CHANGING = 0.15, 0.03
"""A face that is so much lighter or darker than what is shown, as a share: a lamp was switched, or the camera changes
its exposure. From then on it is followed exactly, for as long as a frame differs from the one before by the second
share. Speech, turning and the flicker of lamps stay below the first."""
_CALM = 5
"""So many frames without that, and it settles again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The light on a face, the colour of its irises, and how sharp its picture is.

    Attributes:
        light: float32 [C, C, 4], as `mesh_light.light_of` gives it.
        glance: `glance_of` the same patch.
        iris: None where no iris was seen.
        detail: None where nobody looked.
    """

    light: Floats
    glance: Doubles
    iris: Iris | None = None
    detail: Detail | None = None

    def towards(self, other: Seen, share: float) -> Seen:
        """Returns it moved towards another one by a share of the way; of what one has not, the other's."""
        light = cv2.addWeighted(self.light, 1 - share, other.light, share, 0)
        glance = self.glance + (other.glance - self.glance) * share
        iris = self.iris.towards(other.iris, share) if self.iris and other.iris else other.iris or self.iris
        detail = self.detail.towards(other.detail, share) if self.detail and other.detail else other.detail
        return Seen(light, glance, iris, detail)


@dataclass(frozen=True, slots=True)
class Look:
    """What is shown of what was seen.

    Attributes:
        shown: settles on what was seen last.
        seen: that.
        wait: frames until the next look.
        exact: for how many frames each one is still looked at and shown as it is.
    """

    shown: Seen
    seen: Seen
    wait: int = 0
    exact: int = 0

    @classmethod
    def after(cls, last: Look | None, share: float, glance: Doubles, see: Callable[[], Seen]) -> Look:
        """Returns the look that follows the last one: it moves by a share of the way to what is seen, if it is time.

        When a glance at the face tells that its light has changed at once, what is seen is shown at once.
        """
        if last is None or share >= 1:
            seen = see()
            return cls(seen, seen)
        changes = _change(last.shown.glance, glance) > (_CHANGING if last.exact else _SUDDEN)
        exact = _CALM if changes else max(last.exact - 1, 0)
        if exact:
            seen = see()
            return cls(seen, seen, EVERY - 1, exact)
        seen, wait = (last.seen, last.wait - 1) if last.wait > 0 else (see(), EVERY - 1)
        return cls(last.shown.towards(seen, share), seen, wait)


def glance_of(image: Image) -> Doubles:
    """Returns the mean colour of the middle of a patch uint8 [N, N, 4], BGR from 0 to 255, [3]; takes 10 us."""
    return np.array(cv2.mean(middle_of(image))[:3])


def _change(one: Doubles, other: Doubles) -> float:
    """Returns by which share two glances differ, 0 to 1."""
    return float(np.abs(one - other).max() / max(one.max(), other.max(), 1.0))

"""What a swapper saw of a face: kept beside its track, so that noise in the picture does not become flicker."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from models.mesh_detail import Detail
from models.mesh_eyes import Iris
from runtime.kinds import Floats


@dataclass(frozen=True, slots=True)
class Look:
    """The light on a face, the colour of its irises, and how sharp its picture is.

    Attributes:
        light: float32 [C, C, 4], as `mesh_light.light_of` gives it.
        iris: None where no iris was seen.
        detail: None where nobody looked.
    """

    light: Floats
    iris: Iris | None = None
    detail: Detail | None = None

    def after(self, last: Look | None, share: float) -> Look:
        """Returns the last look, moved towards this one by a share of the way; of what one has not, the other's."""
        if last is None or share >= 1:
            return self
        light = cv2.addWeighted(last.light, 1 - share, self.light, share, 0)
        iris = last.iris.towards(self.iris, share) if last.iris and self.iris else self.iris or last.iris
        detail = last.detail.towards(self.detail, share) if last.detail and self.detail else self.detail
        return Look(light, iris, detail)

"""Adds masks to swapped patches: the target's own mouth, and what lies in front of the face.

    nodes:
      masked:    {type: mask,  in: [camera, swapped], mouth: 0.8}
      composite: {type: blend, in: [camera, masked]}

`blend` multiplies masks, so what is masked here stays the target's. What would leave less than two fifths of a swapped
face is given up for the frame and the face is drawn over it, since it may be a mistake and uncover the bare face.
Limits: a hand of the skin's own colour is kept in part only; what is there from a track's first frame on, or for half
a minute, counts as face; a shadow with a hard edge may be taken for something in front.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Literal

from models.landmarks import SCHEME
from nodes.mask.lips import OUTER_LIPS, mouth_mask
from nodes.mask.occlusion import Occlusions
from runtime.kinds import Frame, Image, Landmarks, Patch, Patches, PatchStatus
from runtime.node import Context, node
from runtime.settings import Unit


@node(ordered=True)
class Mask:
    """Adds masks for the mouth and for what lies in front of a face to its patch.

    Settings:
        mouth: how much of the target's own mouth stays, lips and all; 0 none, 1 all of it.
        occlusion: `color` leaves in front what differs from the face as it was in the seconds before; takes
            tracked faces with a dense mesh, and 1.5 ms for each. `none` leaves that out.
    """

    def __init__(self, context: Context) -> None:
        self._log = context.log
        self._told: set[str] = set()
        self._occlusions = Occlusions()

    def __call__(
        self, frame: Frame, patches: Patches, *, mouth: Unit = 0.0, occlusion: Literal["none", "color"] = "color"
    ) -> Patches:
        """Returns the patches with their masks, in their order."""
        items = []
        for patch in patches:
            masked = patch
            if patch.status is PatchStatus.SWAPPED and patch.image is not None:
                if mouth:
                    masked = self._with_mouth(masked, mouth)
                if occlusion == "color":
                    masked = self._with_occlusion(frame, masked)
            items.append(masked)
        return replace(patches, items=tuple(items))

    def counters(self) -> dict[str, int]:
        """Returns in how many patches something lay in front, and in how many it was too large to be believed."""
        return {"occluded": self._occlusions.found, "given up": self._occlusions.given_up}

    def _with_mouth(self, patch: Patch, mouth: float) -> Patch:
        landmarks = self._known(patch.landmarks, OUTER_LIPS, "a mouth mask")
        if landmarks is None or patch.image is None:
            return patch
        return _with(patch, "mouth", mouth_mask(landmarks, len(patch.image), mouth))

    def _with_occlusion(self, frame: Frame, patch: Patch) -> Patch:
        if self._known(patch.landmarks, (SCHEME,), "occlusion") is None:
            return patch
        mask = self._occlusions.mask(frame, patch)
        return patch if mask is None else _with(patch, "occlusion", mask)

    def _known(self, landmarks: Landmarks | None, schemes: Collection[str], what: str) -> Landmarks | None:
        """Returns the landmarks if their scheme is one of those; says once that they are not."""
        if landmarks is not None and landmarks.scheme in schemes:
            return landmarks
        if what not in self._told:
            self._told.add(what)
            have = "no landmarks" if landmarks is None else f"{landmarks.scheme} landmarks"
            self._log.warning("%s is left out of faces with %s; it takes %s", what, have, " or ".join(schemes))
        return None


def _with(patch: Patch, name: str, mask: Image) -> Patch:
    return replace(patch, masks={**patch.masks, name: mask})

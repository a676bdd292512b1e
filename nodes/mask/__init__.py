"""Adds masks to swapped patches: the target's own mouth, what lies in front of the face, and which parts it has.

    nodes:
      masked:    {type: mask,  in: [camera, swapped], mouth: 0.8}
      parsed:    {type: mask,  in: [camera, swapped], occlusion: xseg_1, parser: bisenet_resnet_34, every: 2}
      composite: {type: blend, in: [camera, masked]}

`blend` multiplies masks, so what is masked here stays the target's. An occlusion that would leave less than two fifths
of a swapped face is given up for the frame and the face is drawn over it, since it may be a mistake and uncover the
bare face. Limits of `color`: a hand of the skin's own colour is kept in part only; what is there from a track's first
frame on, or for half a minute, counts as face; a shadow with a hard edge may be taken for something in front.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from models.face_masks import PARTS, BiSeNet, Part, XSeg
from models.landmarks import SCHEME
from nodes.cover import ENOUGH, has_new_face, outline_of, product, share_left
from nodes.mask.lips import OUTER_LIPS, mouth_mask
from nodes.mask.networks import NetworkMasks
from nodes.mask.occlusion import Occlusions
from runtime.kinds import Frame, Image, Landmarks, Patch, Patches
from runtime.node import Context, node
from runtime.settings import Count, Eases, IsModel, Unit
from runtime.told import Given, Unsuited

Occlusion = Literal["color", "xseg_1", "xseg_2", "xseg_3"]
Parser = Literal["bisenet_resnet_34"]

_NOTICED = 0.02
"""A network's mask counts as something in front when it takes more than this share of a face."""


@node(ordered=True)
class Mask:
    """Adds masks to the patches of swapped faces; networks see all faces of a frame, or of a batch, in one run.

    Settings:
        occlusion: what finds things in front of a face. `color` leaves in front what differs from the face as it was
            in the seconds before; takes tracked faces with a dense mesh, and 1.5 ms for each. The others are networks,
            whose files are to be had apart, and take any face. Null leaves that out.
        parser: a network, to be had apart, that tells the parts of a face from hair, clothes and the rest; or null.
        parts: with a parser, which parts are swapped. With few of them the face counts as bare, and a live picture
            is not shown.
        mouth: how much of the target's own mouth stays, lips and all; 0 none, 1 all of it.
        every: networks see each face once in so many frames; in between their masks move with the face.
    """

    def __init__(
        self, context: Context, *,
        occlusion: Annotated[Occlusion | None, IsModel()] = "color",
        parser: Annotated[Parser | None, IsModel()] = None,
    ) -> None:  # fmt: skip
        self._log = context.log
        self._told: set[str] = set()
        self._colors = Occlusions() if occlusion == "color" else None
        self._xseg = XSeg(context.models.session(occlusion)) if occlusion and occlusion != "color" else None
        self._bisenet = BiSeNet(context.models.session(parser)) if parser else None
        self._covers = NetworkMasks(self._xseg.side if self._xseg else 0)
        self._parsed = NetworkMasks(self._bisenet.side if self._bisenet else 0)
        self._found = self._given_up = 0

    def __call__(
        self, frame: Frame, patches: Patches, *,
        mouth: Unit = 0.0, every: Annotated[Count, Eases((1, 2, 4), "slight")] = 1,
        parts: Annotated[tuple[Part, ...], Field(min_length=1)] = PARTS,
    ) -> Patches:  # fmt: skip
        """Returns the patches with their masks, in their order."""
        return self.batch([(frame, patches)], mouth=mouth, every=every, parts=parts)[0]

    def batch(
        self, items: Sequence[tuple[Frame, Patches]], *, mouth: float, every: int, parts: tuple[Part, ...]
    ) -> list[Patches]:
        """Returns the patches of each frame with their masks."""
        frames = [(frame, [patch for patch in patches if has_new_face(patch)]) for frame, patches in items]
        nothing = [[None] * len(seen) for _, seen in frames]
        covers = self._covers.masks(frames, self._xseg, every) if self._xseg else nothing
        parse = partial(self._bisenet, parts=parts) if self._bisenet else None
        parsed = self._parsed.masks(frames, parse, every, parts) if parse else nothing
        rows = zip(frames, covers, parsed, strict=True)
        masked = iter(
            [
                self._masked(frame, patch, mouth, cover, part)
                for (frame, seen), *masks in rows
                for patch, cover, part in zip(seen, *masks, strict=True)
            ]
        )
        return [
            replace(patches, items=tuple(next(masked) if has_new_face(patch) else patch for patch in patches))
            for _, patches in items
        ]

    @staticmethod
    def check_inputs(settings: Mapping[str, Any], given: Given) -> Iterator[Unsuited]:
        """Yields what cannot be found with the landmarks that the faces have."""
        told = given.get("landmarks")
        if told is None:
            return
        have = f"{told.node} gives {' or '.join(told.words) or 'only five points'}"
        if settings["mouth"] and not OUTER_LIPS.keys() & set(told.words):
            reason = f"the lips are found by dense landmarks, and {have}"
            yield Unsuited(
                "mouth", "landmarks", reason, f"write `landmarks: facemesh` in {told.node}, or leave mouth out"
            )
        if settings["occlusion"] == "color" and SCHEME not in told.words:
            reason = f"`color` takes faces with the landmarks of facemesh, and {have}"
            others = "or take a network, for example occlusion: xseg_1, or null for none"
            yield Unsuited("occlusion", "landmarks", reason, f"write `landmarks: facemesh` in {told.node}, {others}")

    def counters(self) -> dict[str, int]:
        """Returns in how many patches something lay in front, in how many it was too large to be believed, and more.

        The latter: for how many faces networks ran, and how many masks were moved with their face.
        """
        found, given_up = (self._colors.found, self._colors.given_up) if self._colors else (0, 0)
        counts = {"occluded": found + self._found, "given up": given_up + self._given_up}
        networks = [masks for masks, there in ((self._covers, self._xseg), (self._parsed, self._bisenet)) if there]
        if networks:
            counts |= {"seen": sum(one.runs for one in networks), "moved": sum(one.moved for one in networks)}
        return counts

    def _masked(self, frame: Frame, patch: Patch, mouth: float, cover: Image | None, parts: Image | None) -> Patch:
        if mouth:
            patch = self._with_mouth(patch, mouth)
        if parts is not None:
            patch = _with(patch, "parts", parts)
        if self._colors:
            return self._with_colors(self._colors, frame, patch)
        return patch if cover is None else self._with_cover(patch, cover)

    def _with_mouth(self, patch: Patch, mouth: float) -> Patch:
        landmarks = self._known(patch.landmarks, OUTER_LIPS, "a mouth mask")
        if landmarks is None or patch.image is None:
            return patch
        return _with(patch, "mouth", mouth_mask(landmarks, len(patch.image), mouth))

    def _with_colors(self, colors: Occlusions, frame: Frame, patch: Patch) -> Patch:
        if self._known(patch.landmarks, (SCHEME,), "occlusion") is None:
            return patch
        mask = colors.mask(frame, patch)
        return patch if mask is None else _with(patch, "occlusion", mask)

    def _with_cover(self, patch: Patch, cover: Image) -> Patch:
        """Returns a patch with a network's mask, unless that takes so much that it may be a mistake."""
        masked = _with(patch, "occlusion", cover)
        outline = outline_of(patch.masks, len(cover))
        left, rest = (share_left(outline, product(one.masks.values(), len(cover))) for one in (masked, patch))
        if left < ENOUGH <= rest:
            self._given_up += 1
            return patch
        self._found += left < rest - _NOTICED
        return masked

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

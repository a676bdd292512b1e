"""Judges the frames of a swapped clip: what is where, whom it looks like, what its mouth does. Adds nothing up.

The judges are the bundled networks, used by themselves on each picture: the landmarker (`plain`: on a crop about the
true face, or the found one where there is no truth; it follows nobody) and the identity network, which no swap uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from bench.ceiling import EVERY, whole_head, within_mask
from bench.notes import COUNTS, Looks, Notes, Seen
from bench.taps import Taps
from bench.truth import Mask, Person, Truth
from models.align import inverse, similarity, template, transform
from models.analyse import analyse, face_of
from models.crop import cut
from models.embeddings import FaceRes
from models.landmarks import FaceMesh, crop_of_eyes, crop_of_points, five_points
from models.session import ModelStore
from nodes.picture import read_picture
from runtime.errors import ConfigurationError
from runtime.kinds import Doubles, Face, Floats, Frame, Image, Patch, PatchStatus

SAME = 0.6
"""How far a found face's points may be from a person's to be theirs, in distances of the eyes, in the mean."""

PAINTED = 10
"""Levels by which a pixel must have changed for what it shows to count as painted over."""

_GAPS = (((160, 144), (158, 153)), ((385, 380), (387, 373)), ((82, 87), (13, 14), (312, 317)))
_WIDTHS = ((33, 133), (362, 263), (78, 308))
"""Pairs of mesh points between the lids of both eyes and the inner lips, and their corners."""

_COLOUR_PX, _COLOUR_CELLS = 64, 8


class Source(NamedTuple):
    """The source person: a picture, uint8 [H, W, 3] BGR, the face in it, and its identity."""

    image: Image
    face: Face
    identity: Floats


@dataclass(slots=True)
class Judge:
    """Judges frame after frame of one clip.

    Attributes:
        source: who is swapped in.
        truth: of the clip, or None.
        store: gives the networks.
    """

    source: Source
    truth: Truth | None
    store: ModelStore
    _mesh: FaceMesh = field(init=False)
    _identity: FaceRes = field(init=False)

    def __post_init__(self) -> None:
        self._mesh = FaceMesh(self.store.session("facemesh"))
        self._identity = FaceRes(self.store.session("faceres"))

    def frame(self, index: int, taps: Taps) -> Notes:
        """Returns what there is to say of a frame."""
        found = taps.faces.seen()
        if self.truth is None:
            pairs: list[tuple[Person, Face | None]] = [(_person(face), face) for face in found]
            strangers = 0
        else:
            people = self.truth.frames[index] if index < len(self.truth.frames) else ()
            pairs = matched(people, found)
            strangers = len(found) - sum(face is not None for _, face in pairs)
        seen = tuple(self._seen(person, face, taps, with_ceiling=index % EVERY == 0) for person, face in pairs)
        front = self._in_front(index, [person for person, _ in pairs], taps.raw.image.shape)
        painted = cv2.absdiff(taps.composite.image, taps.raw.image).max(axis=2) > PAINTED
        return Notes(
            seen, strangers, changed_outside(taps), int(np.count_nonzero(front)),
            int(np.count_nonzero(front & painted)), taps.shown.cleared,
        )  # fmt: skip

    def _in_front(self, index: int, people: Iterable[Person], shape: tuple[int, ...]) -> Mask:
        """Returns the pixels that show what passes before faces, bool [H, W]."""
        faces = np.zeros(shape[:2], np.bool_)
        mask = self.truth.occluder(index) if self.truth else None
        if mask is None:
            return faces
        for person in people:
            x0, y0, x1, y1 = np.maximum(np.round(person.box), 0).astype(int)
            faces[y0:y1, x0:x1] = True
        return faces & mask

    def _seen(self, person: Person, face: Face | None, taps: Taps, *, with_ceiling: bool) -> Seen:
        image = taps.raw.image
        eyes = person.points[:2].astype(np.float32)
        (first,) = self._mesh(image, [crop_of_eyes(person.box.astype(np.float32), *eyes)])
        crop = crop_of_points(first.points)
        (plain,) = self._mesh(image, [crop])
        patch = _patch_of(face, taps.patches)
        looks = ceiling = None
        if person.visible >= COUNTS and patch is not None and patch.status is PatchStatus.SWAPPED:
            after = self._mesh(taps.composite.image, [crop])[0].points
            judged, points = face_of(plain), five_points(plain.points) if self.truth is None else person.points
            (bare,) = self._identity(image, [judged])
            looks = self._looks(taps, judged, bare, points, np.stack([openings(plain.points), openings(after)]))
            ceiling = self._ceiling(taps.raw, judged, bare, points, patch) if with_ceiling else None
        return Seen(
            person.id, person.visible, five_points(plain.points).astype(np.float64), person.eye_distance,
            None if self.truth is None else person.points,
            None if face is None else face.points.astype(np.float64), None if face is None else face.track,
            looks, ceiling,
        )  # fmt: skip

    def _looks(self, taps: Taps, face: Face, bare: Floats, points: Doubles, opened: Doubles) -> Looks:
        (swapped,) = self._identity(taps.composite.image, [face])
        to_square = similarity(points, template("ffhq_512", _COLOUR_PX))
        colours = np.stack([_colours(frame.image, to_square) for frame in (taps.raw, taps.composite)])
        cosines = (float(swapped @ self.source.identity), float(swapped @ bare), float(bare @ self.source.identity))
        return Looks(*cosines, opened, colours)

    def _ceiling(self, raw: Frame, face: Face, bare: Floats, points: Doubles, patch: Patch) -> tuple[float, float]:
        """Returns the margins that the portrait itself has: in place of the whole head, and within the mask."""
        pasted = (self.source.image, self.source.face.points.astype(np.float64), raw, points)
        (head,), (within,) = (
            self._identity(image, [face]) for image in (whole_head(*pasted), within_mask(*pasted, patch))
        )
        away = self.source.identity - bare
        return float(head @ away), float(within @ away)


def source_of(picture: Path, store: ModelStore) -> Source:
    """Returns the largest face of a picture file; raises `ConfigurationError`."""
    image = read_picture(picture)
    faces = () if image is None else analyse(image, store)
    if image is None or not faces:
        raise ConfigurationError(f"{picture}: no face was found in it")
    return Source(image, faces[0], FaceRes(store.session("faceres"))(image, [faces[0]])[0])


def matched(people: Sequence[Person], faces: Iterable[Face]) -> list[tuple[Person, Face | None]]:
    """Pairs people with the faces that were found, the nearest pair first; None for whoever was not found."""
    rest = list(faces)
    distances = sorted(
        (float(np.hypot(*(face.points - person.points).T).mean()) / max(person.eye_distance, 1e-6), i, j)
        for i, person in enumerate(people)
        for j, face in enumerate(rest)
    )
    chosen: dict[int, int] = {}
    for distance, i, j in distances:
        if distance <= SAME and i not in chosen and j not in chosen.values():
            chosen[i] = j
    return [(person, rest[chosen[i]] if i in chosen else None) for i, person in enumerate(people)]


def openings(mesh: Floats) -> Doubles:
    """Returns how far both eyes and the mouth are open: height through width, float64 [3]."""
    points = mesh[:, :2].astype(np.float64)
    return np.array([
        np.mean([np.hypot(*(points[a] - points[b])) for a, b in gaps]) / max(np.hypot(*(points[p] - points[q])), 1e-6)
        for gaps, (p, q) in zip(_GAPS, _WIDTHS, strict=True)
    ])  # fmt: skip


def changed_outside(taps: Taps) -> int:
    """Returns how many pixels of the composite differ from the raw picture outside the patches."""
    changed = (taps.composite.image != taps.raw.image).any(axis=2)
    return int(np.count_nonzero(changed & ~_covered(changed.shape, taps.patches.items)))


def _covered(shape: tuple[int, ...], patches: Iterable[Patch]) -> Image:
    """Returns where patches lie in the frame, bool [H, W], with a rim of one pixel for interpolation."""
    covered = np.zeros(shape[:2], np.uint8)
    for patch in patches:
        if patch.image is not None and patch.to_patch is not None:
            side = patch.image.shape[0]
            corners = np.array([[-1, -1], [side, -1], [side, side], [-1, side]], np.float32)
            cv2.fillConvexPoly(covered, np.round(transform(corners, inverse(patch.to_patch))).astype(np.int32), 1)
    return cv2.dilate(covered, np.ones((3, 3), np.uint8)).astype(bool)


def _colours(image: Image, to_square: Doubles) -> Doubles:
    """Returns mean colours of the inner part of an aligned face, float64 [N, 3]."""
    square = cut(image, to_square, _COLOUR_PX)[..., :3].astype(np.float32)
    cells = cv2.resize(square, (_COLOUR_CELLS, _COLOUR_CELLS), interpolation=cv2.INTER_AREA)
    return cells[2:-1, 2:-2].reshape(-1, 3).astype(np.float64)


def _person(face: Face) -> Person:
    return Person(f"track {face.track}", face.points.astype(np.float64), face.box.astype(np.float64))


def _patch_of(face: Face | None, patches: Iterable[Patch]) -> Patch | None:
    """Returns the patch of a face; it may carry the face as a later node left it, so its place tells."""
    if face is None:
        return None
    same = [patch for patch in patches if patch.face.track == face.track and np.allclose(patch.face.box, face.box)]
    return same[0] if same else None

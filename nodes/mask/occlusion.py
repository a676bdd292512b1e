"""Finds what lies in front of tracked faces: pieces that do not look as the face did, and reach in from outside.

Each track has a memory of its own, in the px of its patch and on its mesh. It begins with the first frame of the
track, so what is in front of the face then counts as face for the first seconds.
"""

from __future__ import annotations

import math
from collections import OrderedDict

import cv2
import numpy as np

from models.align import inverse, reach, transform
from nodes.cover import ENOUGH, outline_of, rest_of
from nodes.mask.appearance import GRAIN, Appearance
from nodes.mask.blobs import CELLS, field_of, pieces_of, without_face
from nodes.mask.samples import Samples
from runtime.kinds import Floats, Frame, Image, Patch

_TRACKS = 16
"""How many tracks are remembered."""
_COME_S, _GO_S = 0.01, 0.05
"""Within this a mask comes and goes."""
_MARGIN = 0.03
"""How much more of a face than `ENOUGH` is left, so that rounding never takes it below."""
_SURE = 0.8
"""What was given up is believed again when it takes no more than this share of what it may."""
_SUDDEN = 0.2
"""What covers so much more of a face than a frame ago is not believed yet: things come in, light is suddenly there."""
_SETTLED = 0.02


class Occlusions:
    """Masks for all faces of a stream; `found` and `given_up` count patches."""

    def __init__(self) -> None:
        self.found = self.given_up = 0
        self._tracks: OrderedDict[int, _Track] = OrderedDict()
        self._time = -math.inf

    def mask(self, frame: Frame, patch: Patch) -> Image | None:
        """Returns 255, and less where something is in front, uint8 [N, N]; None for a face that nobody tracks."""
        number = patch.face.track
        if number < 0 or patch.target is None or patch.landmarks is None or patch.to_patch is None:
            return None
        if frame.time < self._time:  # a clip that starts again
            self._tracks.clear()
        self._time = frame.time
        if number not in self._tracks:
            self._tracks[number] = _Track(frame, patch)
        track = self._tracks[number]
        self._tracks.move_to_end(number)
        if len(self._tracks) > _TRACKS:
            self._tracks.popitem(last=False)
        mask = track.update(frame, patch)
        self.found += bool(track.found)
        self.given_up += track.given_up
        return mask


class _Track:
    """What is known of one face, from the first frame in which it was swapped.

    Attributes:
        found: whether something lies in front of it.
        given_up: whether that is too large to be believed.
    """

    def __init__(self, frame: Frame, patch: Patch) -> None:
        points, side = _points(patch), _side(patch)
        self.found = self.given_up = False
        self._samples = Samples(points, side)
        self._appearance = Appearance(len(self._samples.places(points)))
        self._time = frame.time
        self._seq = frame.seq
        self._pieces: Image = np.zeros((CELLS, CELLS), np.uint8)
        self._removed = 0.0
        self._shown: Floats = np.zeros((CELLS, CELLS), np.float32)
        self._mask: Image | None = None

    def update(self, frame: Frame, patch: Patch) -> Image:
        """Returns the mask of a frame, uint8 [N, N]."""
        elapsed_s, self._time = frame.time - self._time, frame.time
        outline, rest = (_small(mask(patch.masks, _side(patch))) for mask in (outline_of, rest_of))
        if patch.face.same_as != self._seq:  # else it is the picture that was judged last
            self._pieces = self._judged(frame, patch, outline, elapsed_s)
            self._seq = frame.seq
        self._weigh(outline, rest)
        shown = _nearer(self._shown, np.float32(0) if self.given_up else self._pieces, elapsed_s)
        shown = shown * min(1.0, _room(outline, rest) / max(_weight(outline, rest, shown), 1e-6))
        if self._mask is None or len(self._mask) != _side(patch) or not np.array_equal(shown, self._shown):
            self._mask = _drawn(shown, _side(patch))
        self._shown = shown
        return self._mask

    def _judged(self, frame: Frame, patch: Patch, outline: Image, elapsed_s: float) -> Image:
        """Returns what lies in front, 1 else 0, uint8 [CELLS, CELLS], and learns from the picture."""
        points, side = _points(patch), _side(patch)
        places = self._samples.places(points)
        trust = self._samples.trust(points) * _in_frame(places, frame, patch)
        cells, picture = _in_cells(places, side), _picture(patch)
        known = trust * self._appearance.known
        strangeness = self._appearance.difference(_looked_up(picture, cells), cells * np.float32(2 / CELLS) - 1, known)
        field = field_of(cells, strangeness, known)
        pieces = pieces_of(field, outline)
        if pieces.any():
            pieces = without_face(pieces, field, picture / GRAIN, outline)
        hidden = _looked_up(cv2.dilate(pieces, np.ones((3, 3), np.uint8)), cells)
        self._appearance.learn(hidden, trust, elapsed_s)
        return pieces

    def _weigh(self, outline: Image, rest: Image) -> None:
        """Decides whether the pieces are believed."""
        removed, room = _weight(outline, rest, self._pieces), _room(outline, rest)
        sudden = removed - self._removed > _SUDDEN * cv2.sumElems(outline)[0]
        self.given_up = sudden or removed > (room * _SURE if self.given_up else room)
        self._removed = removed
        self.found = removed > 0 and not self.given_up


def _points(patch: Patch) -> Floats:
    return np.ascontiguousarray(patch.landmarks.points[:, :2])


def _side(patch: Patch) -> int:
    return len(patch.target)


def _small(mask: Image) -> Image:
    return np.asarray(cv2.resize(mask, (CELLS, CELLS), interpolation=cv2.INTER_AREA), np.uint8)


def _in_cells(places: Floats, side: int) -> Floats:
    cells: Floats = ((places + np.float32(0.5)) * np.float32(CELLS / side) - np.float32(0.5)).astype(np.float32)
    return cells


def _picture(patch: Patch) -> Image:
    """Returns the target in cells, uint8 [CELLS, CELLS, 3] CIELAB."""
    small = cv2.resize(patch.target, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2Lab), np.uint8)


def _looked_up(grid: Image, cells: Floats) -> Floats:
    """Returns what a grid has at places in cells, float32 [S] or [S, 3]."""
    found = cv2.remap(grid, cells[None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return found[0].astype(np.float32)


def _in_frame(places: Floats, frame: Frame, patch: Patch) -> Floats:
    """Returns 1 for places that the frame shows and 0 for those beyond its border, float32 [S]."""
    to_frame, side = inverse(patch.to_patch), _side(patch)
    x0, y0, x1, y1 = reach(0, 0, side, side, to_frame)
    if x0 >= 0 and y0 >= 0 and x1 < frame.width and y1 < frame.height:  # as most are
        return np.ones(len(places), np.float32)
    spots = transform(places, to_frame)
    return ((spots >= 0) & (spots <= (frame.width - 1, frame.height - 1))).all(1).astype(np.float32)


def _nearer(shown: Floats, goal: Image, elapsed_s: float) -> Floats:
    """Returns what is shown after a while on its way to the goal, where it arrives in the end."""
    come, go = (1 - math.exp(-max(elapsed_s, 0) / within_s) for within_s in (_COME_S, _GO_S))
    step = goal - shown
    nearer = shown + step * np.where(step > 0, np.float32(come), np.float32(go))
    return np.where(np.abs(step) < _SETTLED, goal, nearer).astype(np.float32)


def _weight(outline: Image, rest: Image, part: Image | Floats) -> float:
    """Returns how much of what is swapped lies under a part [CELLS, CELLS] of the grid, 0 to 1 each."""
    return float(np.vdot(cv2.multiply(outline, rest, scale=1 / 255).astype(np.float32), part))


def _room(outline: Image, rest: Image) -> float:
    """Returns how much may be taken out of what is swapped."""
    swapped = cv2.sumElems(cv2.multiply(outline, rest, scale=1 / 255))[0]
    return max(0.0, swapped - (ENOUGH + _MARGIN) * cv2.sumElems(outline)[0])


def _drawn(shown: Floats, side: int) -> Image:
    """Returns the mask of a patch: 255 but where something is shown in front; its edge is two cells wide."""
    soft = cv2.blur(1 - shown, (3, 3))
    return np.asarray(cv2.resize(np.rint(soft * 255).astype(np.uint8), (side, side)), np.uint8)

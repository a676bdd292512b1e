"""From how strange single places of a face are to what lies in front of it: whole pieces that reach in from outside."""

from __future__ import annotations

import cv2
import numpy as np

from runtime.kinds import Floats, Image

CELLS = 64
"""Side of the grid on which pieces are found."""

_STRANGE, _STRANGEST = 2.0, 3.5
"""A piece is what is as strange as the first, around some that is as strange as the second."""
_FEWEST, _SMALLEST = 4, 12
"""So many cells of a piece are that strange, and so many it has in all."""
_UNSHADED = 0.15
"""More than this share of a piece must be strange even if it lies in a shadow; a shadow itself has no such place."""
_NEAR, _FAR = 1.0, 4.0
"""Reach in cells of what is said about a place; the far one speaks where there are no samples near."""
_FAINT = np.float32(0.05)
_INSIDE = 40
_FACE_LIKE = 4
"""A cell is face if it is twice as far (squared: four times) from what is in front as from the face."""


def field_of(places: Floats, strangeness: Floats, trust: Floats) -> Floats:
    """Returns how strange each cell is, float32 [CELLS, CELLS, 2]: the mean of the samples around that are trusted.

    Args:
        places: where the samples are, float32 [S, 2] in cells.
        strangeness: of each sample, as it is and but for a shadow, float32 [S, 2].
        trust: how far each is to be believed, float32 [S].
    """
    sums = _spread(places, *(strangeness * trust[:, None]).T, trust)
    near, far = (cv2.GaussianBlur(sums, (0, 0), reach) for reach in (_NEAR, _FAR))
    around = far[..., :2] / (far[..., 2:] + np.float32(1e-6))
    field: Floats = (near[..., :2] + _FAINT * around) / (near[..., 2:] + _FAINT)
    return field


def pieces_of(field: Floats, outline: Image) -> Image:
    """Returns what lies in front of a face, 1 else 0, uint8 [CELLS, CELLS]; `outline` [CELLS, CELLS] is the face."""
    inside = (outline > _INSIDE).astype(np.uint8)
    rim = inside - cv2.erode(inside, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    strange = (field[..., 0] > _STRANGE).astype(np.uint8) & inside
    strange = cv2.morphologyEx(strange, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) & inside
    count, numbers = cv2.connectedComponents(strange, connectivity=8)
    cells, strangest, unshaded, at_rim = (
        np.bincount(numbers[where], minlength=count)
        for where in (strange > 0, field[..., 0] > _STRANGEST, field[..., 1] > _STRANGE, rim > 0)
    )
    whole = (cells >= _SMALLEST) & (strangest >= _FEWEST) & (unshaded > _UNSHADED * cells) & (at_rim > 0)
    whole[0] = False  # the rest of the picture
    pieces = whole.astype(np.uint8)[numbers]
    return pieces | cv2.dilate(pieces, np.ones((5, 5), np.uint8)) & (1 - inside)  # where the face fades out


def without_face(pieces: Image, field: Floats, picture: Floats, outline: Image) -> Image:
    """Returns the pieces without what looks more like the face than like the rest of them, 1 else 0.

    They reach too far where there are no samples: over lips and eyes beside a thing in front. `picture` is float32
    [CELLS, CELLS, 3], in units of what skin differs by.
    """
    face = (field[..., 0] < _STRANGE / 2) & (outline > _INSIDE)
    if not face.any():
        return pieces
    front = (pieces > 0) & (field[..., 0] > _STRANGEST)
    means = (cv2.mean(picture, where.astype(np.uint8))[:3] for where in (face, front))
    to_face, to_front = (np.square(picture - np.array(mean, np.float32)).sum(-1) for mean in means)
    return pieces & (to_face * _FACE_LIKE > to_front)


def _spread(places: Floats, *amounts: Floats) -> Floats:
    """Returns amounts shared out to the four cells around each place, float32 [CELLS, CELLS, amounts]."""
    spots = np.clip(places, 0, CELLS - 1.001)
    corner = spots.astype(np.int32)
    x, y = (spots - corner).T
    first = corner[:, 1] * CELLS + corner[:, 0]
    index = np.concatenate([first, first + 1, first + CELLS, first + CELLS + 1])
    shares = np.concatenate([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y])
    sums = [np.bincount(index, shares * np.tile(amount, 4), CELLS * CELLS) for amount in amounts]
    return np.ascontiguousarray(np.array(sums, np.float32).T).reshape(CELLS, CELLS, len(amounts))

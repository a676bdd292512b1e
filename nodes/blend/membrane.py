"""The membrane of a Poisson blend: what must be added to a patch so that it has the target's colour at its outline.

A membrane is smooth inside the outline, so it is found on a small grid, coarse to fine, in about a millisecond.
"""

from __future__ import annotations

import cv2
import numpy as np

from runtime.kinds import Floats, Image

_CELLS = 64
_ROUNDS = {8: 60, 16: 30, 32: 16, 64: 8}
"""Rounds of relaxation on each grid; what is missing after them is below one level of 255 (see the tests)."""
_PULL = np.float32(40)
"""How much more the border counts than smoothness."""
_AROUND = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4
_BLIND = 0.1
"""Where no cell of the border can be trusted more than this, there is none."""


def membrane(image: Image, target: Image, outline: Image, rest: Image) -> Floats | None:
    """Returns what to add to the image, float32 [N, N, 3]; None where no border is seen.

    The border is where the outline is half there. Where something lies in front of it, it tells nothing, and the
    membrane is free.
    """
    side = len(image)
    inside = cv2.blur(_small(outline), (3, 3)) / 255
    trust = 4 * inside * (1 - inside) * (_small(rest) / 255)
    if trust.max() < _BLIND:
        return None
    lift = _spanned(_small(target) - _small(image), trust)
    return cv2.resize(lift, (side, side), interpolation=cv2.INTER_LINEAR)


def _small(picture: Image) -> Floats:
    return cv2.resize(picture, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA).astype(np.float32)


def _spanned(values: Floats, trust: Floats) -> Floats:
    """Returns the smoothest field that has the values where they are trusted, float32 [C, C, 3]."""
    weights = cv2.merge((trust, trust, trust))
    sums = values * weights
    total = cv2.sumElems(trust)[0]
    field = np.full((1, 1, 3), cv2.sumElems(sums)[:3], np.float32) / np.float32(total)
    for cells, rounds in _ROUNDS.items():
        size = (cells, cells)
        pull = cv2.resize(weights, size, interpolation=cv2.INTER_AREA) * _PULL
        goal = cv2.resize(sums, size, interpolation=cv2.INTER_AREA) * _PULL
        field = _relaxed(cv2.resize(field, size), pull, goal, rounds)
    return field


def _relaxed(field: Floats, pull: Floats, goal: Floats, rounds: int) -> Floats:
    """Returns the field after so many steps of Jacobi's: each cell becomes the mean of those around and its goal."""
    share = 1 / (1 + pull)
    goal = goal * share
    for _ in range(rounds):
        field = cv2.add(cv2.multiply(cv2.filter2D(field, -1, _AROUND, borderType=cv2.BORDER_REPLICATE), share), goal)
    return field

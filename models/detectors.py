"""Face detectors: a picture in, boxes with points and scores out.

They keep nothing from one picture to the next but a scratch tensor, so one thread at a time may use one of them:
at 200 kB a fresh array costs more (0.15 ms, the kernel clears its pages) than filling an old one (0.02 ms).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from runtime.kinds import Doubles, Floats, Image
from runtime.node import Session

Variant = Literal["short", "full"]

OUTSIDE = 0.15
"""How far the middle of a face may be outside the picture, in its widths; its mirror image is farther."""

OVERLAP = 0.3
"""Intersection over union above which two boxes are one face; MediaPipe's value."""

CANDIDATES = 5000
"""Boxes of one look that are compared with each other, best first; OpenCV's `top_k`."""

FACES = 256
"""Faces that one look gives at most, best first: a file that takes everything for a face must not stop a stream."""


class Detections(NamedTuple):
    """Faces that a detector found, best first.

    Attributes:
        boxes: float32 [N, 4], x0 y0 x1 y1 in px of the picture; may reach over its edge.
        points: float32 [N, 6, 2]: eye at the image's left, at its right, nose tip, mouth centre, ears left and right;
            of detectors for five points [N, 5, 2], in the order of `Face.points`.
        scores: float32 [N], 0 to 1.
    """

    boxes: Floats
    points: Floats
    scores: Floats


class Region(NamedTuple):
    """A part of a picture, in whole px: from x0, y0 up to but without x1, y1.

    It may reach over the left or right edge. What is mirrored there makes a face whole that the edge cuts in half:
    so one that comes in is found when a third of it is visible, otherwise when two thirds are.
    """

    x0: int
    y0: int
    x1: int
    y1: int

    def within(self, shape: tuple[int, ...], overhang: float = 0.0) -> Region:
        """Returns what of it is in a picture of that shape, at least 1 px, and of what is beside it a share."""
        height, width = shape[:2]
        over = int(overhang * (self.x1 - self.x0))
        x0, y0 = min(max(self.x0, -over), width - 1), min(max(self.y0, 0), height - 1)
        return Region(x0, y0, max(min(self.x1, width + over), x0 + 1, 1), max(min(self.y1, height), y0 + 1))


class Detector(Protocol):
    """What finds faces in a picture."""

    def __call__(self, image: Image, min_score: float = 0.5, region: Region | None = None) -> Detections:
        """Returns the faces that score at least `min_score` in a picture, uint8 [H, W, 3] BGR, or in a region of it."""
        ...


def part_of(image: Image, region: Region | None) -> tuple[Image, tuple[int, int]]:
    """Returns what a region shows, black where it reaches over the left or right edge, and where it begins."""
    if region is None:
        return image, (0, 0)
    left, right = max(-region.x0, 0), max(region.x1 - image.shape[1], 0)
    part = image[region.y0 : region.y1, max(region.x0, 0) : region.x1]
    if left or right:
        part = np.asarray(cv2.copyMakeBorder(part, 0, 0, left, right, cv2.BORDER_CONSTANT), np.uint8)
    return part, (region.x0, region.y0)


class _Grid(NamedTuple):
    """The side of a detector's input in px, and its anchor grids as (cells a side, anchors a cell)."""

    side: int
    cells: tuple[tuple[int, int], ...]


_GRIDS: dict[str, _Grid] = {"short": _Grid(128, ((16, 2), (8, 6))), "full": _Grid(192, ((48, 1),))}


class BlazeFace:
    """MediaPipe's detector: V. Bazarevsky et al., "BlazeFace", arXiv 1907.05047, 2019."""

    def __init__(self, session: Session, variant: Variant = "short") -> None:
        self._session = session
        self._side = _GRIDS[variant].side
        self._anchors = _anchors(_GRIDS[variant])
        self._canvas = np.empty((1, self._side, self._side, 3), np.float32)

    def __call__(self, image: Image, min_score: float = 0.5, region: Region | None = None) -> Detections:
        """Returns the faces that score at least `min_score` in a picture, uint8 [H, W, 3] BGR, or in a region of it.

        The smallest face that is found is a tenth (`short`) or a twentieth (`full`) of the region's longer side.
        """
        width = image.shape[1]
        x0, y0, x1, y1 = region or Region(0, 0, width, image.shape[0])
        to_frame = _letterbox(image[y0:y1, max(x0, 0) : x1], self._canvas[0], (max(-x0, 0), max(x1 - width, 0)))
        rows, logits = self._session.run(self._canvas)
        limit = np.log(max(min_score, 1e-6) / max(1 - min_score, 1e-6))
        chosen = np.flatnonzero(logits[0, :, 0] >= limit)
        scores = 1 / (1 + np.exp(-np.clip(logits[0, chosen, 0], -100, 100)))
        shapes = self._decode(rows[0, chosen], chosen) * to_frame[0] + (to_frame[1] + (x0, y0))
        return _suppress(*_real(shapes, scores, width))

    def _decode(self, rows: Floats, chosen: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Floats:
        """Returns [K, 8, 2]: upper left and lower right corner and six points, in px of the canvas from its edge."""
        pairs = rows.reshape(-1, 8, 2)
        half = pairs[:, 1] / 2
        anchors = self._anchors[chosen]
        shapes: Floats = pairs + anchors[:, None]
        shapes[:, 1] = shapes[:, 0] + half
        shapes[:, 0] -= half
        return shapes


def _anchors(grid: _Grid) -> Floats:
    """Returns the centres of all anchors in px of the input, float32 [A, 2]."""
    parts = []
    for cells, count in grid.cells:
        centres = (np.arange(cells, dtype=np.float32) + 0.5) * (grid.side / cells)
        lattice = np.stack(np.meshgrid(centres, centres), -1).reshape(-1, 2)
        parts.append(np.repeat(lattice, count, axis=0))
    return np.concatenate(parts)


def tiles(width: int, height: int) -> list[Region]:
    """Returns overlapping squares that cover a picture, in which small faces are larger than in the whole.

    Their side is the picture's shorter side, or two thirds of it where the picture is nearly square.
    """
    longer, shorter = max(width, height), min(width, height)
    return squares(width, height, shorter if longer >= 1.25 * shorter else -(-2 * shorter // 3))


def squares(width: int, height: int, side: int, overhang: float = 0.0) -> list[Region]:
    """Returns overlapping squares that cover a picture, and reach over its left and right edge by a share of theirs."""
    over = int(overhang * side)
    columns = [start - over for start in _starts(width + 2 * over, side)]
    return [Region(x, y, x + side, y + side) for y in _starts(height, side) for x in columns]


def _starts(length: int, side: int) -> list[int]:
    """Returns where squares begin along one axis; neighbours share at least an eighth of their side."""
    count = 1 if length <= side else 1 + int(np.ceil((length - side) / (side * 7 / 8)))
    return [round(start) for start in np.linspace(0, max(length - side, 0), count)]


def _real(shapes: Doubles, scores: Floats, width: int) -> tuple[Doubles, Floats]:
    """Leaves out mirror images: faces whose middle is well outside the picture."""
    middle, side = shapes[:, :2, 0].mean(1), shapes[:, 1, 0] - shapes[:, 0, 0]
    real = np.maximum(-middle, middle - (width - 1)) < OUTSIDE * side
    return shapes[real], scores[real]


def _letterbox(image: Image, canvas: Floats, beside: tuple[int, int] = (0, 0)) -> Doubles:
    """Fills the network's input with a picture, and so many px mirrored at its left and right.

    Returns (scale, shift) [2, 2] from px of the canvas, from its edge, to the picture with what is mirrored.
    """
    side = len(canvas)
    height, width = image.shape[:2]
    factor = side / max(height, width + sum(beside))
    small_w, small_h = max(1, round(width * factor)), max(1, round(height * factor))
    small = cv2.cvtColor(_shrink(image, small_w, small_h), cv2.COLOR_BGR2RGB)
    scale = np.array([width / small_w, height / small_h])
    if any(beside):
        more = [min(round(px / scale[0]), side - small_w) for px in beside]
        small = cv2.copyMakeBorder(small, 0, 0, *more, cv2.BORDER_REFLECT)[:, :side]
    left, top = (side - small.shape[1]) // 2, (side - small_h) // 2
    canvas.fill(-1)
    inner = canvas[top : top + small_h, left : left + small.shape[1]]
    np.multiply(small, np.float32(1 / 127.5), out=inner)
    inner -= 1
    return np.stack([scale, -scale * (left, top) - 0.5])


def _shrink(image: Image, width: int, height: int) -> Image:
    """Resizes to exactly this size; large pictures in two steps, because INTER_AREA on all of 540p takes 1.5 ms."""
    if image.shape[1] > 2 * width:
        image = np.asarray(cv2.resize(image, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR), np.uint8)
    way = cv2.INTER_AREA if image.shape[1] > width else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=way), np.uint8)


def best_first(scores: Floats) -> npt.NDArray[np.intp]:
    """Returns the places of the best scores [K], in their order, at most `CANDIDATES`."""
    return np.argsort(-scores, kind="stable")[:CANDIDATES]


def _suppress(shapes: Doubles, scores: Floats) -> Detections:
    """Merges boxes that lie on one face into their mean weighted by score, as MediaPipe does, and sorts by score."""
    order = best_first(scores)
    shapes, scores = shapes[order], scores[order]
    boxes = shapes[:, :2].reshape(-1, 4)
    free = np.ones(len(scores), bool)
    merged, best = [], []
    while free.any() and len(best) < FACES:  # one turn for each face
        first = int(np.argmax(free))
        group = (overlap(boxes[first, None], boxes)[0] > OVERLAP) & free
        group[first] = True  # also where the box has no area
        free &= ~group
        merged.append(np.average(shapes[group], axis=0, weights=scores[group]))
        best.append(scores[first])
    faces = np.array(merged, np.float32).reshape(-1, 8, 2)
    return Detections(faces[:, :2].reshape(-1, 4), faces[:, 2:].copy(), np.array(best, np.float32))


def overlap(a: Floats | Doubles, b: Floats | Doubles) -> Doubles:
    """Returns the intersection over union of each box [N, 4] with each box [M, 4], float64 [N, M]."""
    first, second = np.asarray(a, np.float64)[:, None], np.asarray(b, np.float64)[None]
    corner = np.minimum(first[..., 2:], second[..., 2:]) - np.maximum(first[..., :2], second[..., :2])
    shared = _area(corner)
    whole = _area(first[..., 2:] - first[..., :2]) + _area(second[..., 2:] - second[..., :2])
    result: Doubles = shared / np.maximum(whole - shared, 1e-9)
    return result


def _area(sides: Doubles) -> Doubles:
    sides = np.maximum(sides, 0)
    return sides[..., 0] * sides[..., 1]

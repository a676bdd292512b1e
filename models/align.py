"""Alignment: five-point templates, similarity transforms, and their use on points. Does not touch pixels.

A transform is float64 [2, 3] and maps (x, y) to m[:, :2] @ (x, y) + m[:, 2]. All functions take leading axes for
many faces at once. Pixel centres are whole numbers, as in OpenCV.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from runtime.kinds import Doubles

Points = npt.NDArray[np.floating]

_FAR = 1e6
"""Px from which a place is in no picture."""

TEMPLATES: Mapping[str, tuple[tuple[float, float], ...]] = {
    # ArcFace's older template with the mouth higher and no asymmetry: SimSwap's and GHOST's alignment
    "arcface_112_v1": (
        (0.35473214, 0.45658929), (0.64526786, 0.45658929), (0.50000000, 0.61154464),
        (0.37913393, 0.77687500), (0.62086607, 0.77687500),
    ),
    # ArcFace's template for 112 px, as InsightFace publishes it (utils/face_align.py), divided by 112
    "arcface_112_v2": (
        (0.34191607, 0.46157411), (0.65653393, 0.45983393), (0.50022500, 0.64050536),
        (0.37097589, 0.82469196), (0.63151696, 0.82325089),
    ),
    # the same shifted right by 8 px, divided by 128: what inswapper_128 is trained on
    "arcface_128": (
        (0.36167656, 0.40387734), (0.63696719, 0.40235469), (0.50019687, 0.56044219),
        (0.38710391, 0.72160547), (0.61507734, 0.72034453),
    ),
    # FFHQ's alignment as face restorers use it (GFPGAN, CodeFormer), divided by 512
    "ffhq_512": (
        (0.37691676, 0.46864664), (0.62285697, 0.46912813), (0.50123859, 0.61331904),
        (0.39308822, 0.72541100), (0.61150205, 0.72490465),
    ),
    # the whole face of DeepFaceLab as FaceFusion aligns it for DFM files; DeepFaceLive has an aligner of its own
    "dfl_whole_face": (
        (0.35342266, 0.39285716), (0.62797622, 0.39285716), (0.48660713, 0.54017860),
        (0.38839287, 0.68750011), (0.59821427, 0.68750011),
    ),
}  # fmt: skip
"""Name to five points (left eye, right eye, nose tip, mouth corners, in image order) as shares of the crop's side."""


def template(name: str, size_px: int) -> Doubles:
    """Returns a template's points for a crop of `size_px`, float64 [5, 2]."""
    return np.array(TEMPLATES[name], np.float64) * size_px


def similarity(source: Points, target: Points) -> Doubles:
    """Returns the rotation, scale and shift that brings `source` nearest to `target`, float64 [..., 2, 3].

    Both are [..., N, 2]. Least squares without reflection: S. Umeyama, "Least-squares estimation of transformation
    parameters between two point patterns", IEEE PAMI 13(4), 1991. In the plane its solution is one complex
    regression coefficient, sum(conj(a) b) / sum(|a|^2) of the centred points, so no SVD is needed.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    middle, goal = source.mean(-2), target.mean(-2)
    a = np.swapaxes(source - middle[..., None, :], -1, -2)
    spread = np.maximum((a * a).sum((-2, -1)), np.finfo(np.float64).tiny)
    products = a @ target  # to centre one of the two is enough
    cosine = (products[..., 0, 0] + products[..., 1, 1]) / spread
    sine = (products[..., 0, 1] - products[..., 1, 0]) / spread
    return _about(cosine, sine, middle, goal)


def plausible(points: Points) -> bool:
    """Returns whether points [N, 2] in px can be those of a face: numbers, in reach of a picture, not in one spot."""
    return bool(np.abs(points).max() < _FAR) and bool(np.ptp(points, axis=0).min() >= 1)  # NaN is not below _FAR


def square(centre: Points, side: float, angle: float, size_px: int) -> Doubles:
    """Returns the transform from a turned square of the frame to an upright crop of `size_px`, float64 [2, 3].

    `side` is in px, from edge to edge; `angle` in radians, the direction of the square's upper edge in the frame
    (positive turns clockwise on the screen).
    """
    cosine, sine = math.cos(angle) * size_px / side, math.sin(angle) * size_px / side
    x, y = float(centre[0]), float(centre[1])
    goal = (size_px - 1) / 2
    return np.array([[cosine, sine, goal - cosine * x - sine * y], [-sine, cosine, goal + sine * x - cosine * y]])


def inverse(matrix: Doubles) -> Doubles:
    """Returns the transform that undoes `matrix`, float64 [..., 2, 3]."""
    a, b, c, d = matrix[..., 0, 0], matrix[..., 0, 1], matrix[..., 1, 0], matrix[..., 1, 1]
    area = a * d - b * c
    result = np.empty(matrix.shape)  # filled in place: 4 us where stacking takes 20
    result[..., 0, 0], result[..., 0, 1] = d / area, -b / area
    result[..., 1, 0], result[..., 1, 1] = -c / area, a / area
    result[..., 2:] = -(result[..., :2] @ matrix[..., 2:])
    return result


def transform(points: Points, matrix: Doubles) -> Doubles:
    """Returns points [..., N, 2] mapped by a matrix, float64."""
    moved: Doubles = points @ np.swapaxes(matrix[..., :2], -1, -2) + matrix[..., None, :, 2]
    return moved


def reach(left: float, top: float, right: float, bottom: float, matrix: Doubles) -> tuple[float, float, float, float]:
    """Returns the bounds x0, y0, x1, y1 of a rectangle that was mapped by a matrix."""
    (a, b, shift_x), (c, d, shift_y) = matrix.tolist()
    x = (a * left, a * right), (b * top, b * bottom)
    y = (c * left, c * right), (d * top, d * bottom)
    return (
        shift_x + sum(map(min, x)), shift_y + sum(map(min, y)),
        shift_x + sum(map(max, x)), shift_y + sum(map(max, y)),
    )  # fmt: skip


def whole_shift(matrix: Doubles) -> tuple[int, int] | None:
    """Returns the whole px by which a matrix shifts in x and y, or None if it does anything else."""
    (a, b, x), (c, d, y) = matrix.tolist()
    if (a, b, c, d) != (1, 0, 0, 1) or not (x.is_integer() and y.is_integer()):
        return None
    return int(x), int(y)


def scale_of(matrix: Doubles) -> float:
    """Returns how much larger a similarity makes things."""
    return math.hypot(matrix[0, 0], matrix[1, 0])


def _about(cosine: Doubles, sine: Doubles, middle: Doubles, goal: Doubles) -> Doubles:
    """Returns the similarity with that scaled rotation which takes `middle` to `goal`."""
    result = np.empty((*cosine.shape, 2, 3))
    result[..., 0, 0] = result[..., 1, 1] = cosine
    result[..., 0, 1], result[..., 1, 0] = -sine, sine
    result[..., 2] = goal - (result[..., :2] @ middle[..., None])[..., 0]
    return result

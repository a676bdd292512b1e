"""Head pose from a mesh with depth. Knows nothing of cameras: perspective is not undone."""

from __future__ import annotations

import math

import cv2
import numpy as np

from runtime.kinds import Doubles, Floats, Pose

RIGID = {
    10: (0.0, 8.261778, 4.481535),  # top of the forehead
    168: (0.0, 3.271027, 5.236015),  # between the eyes
    1: (0.0, -1.126865, 7.475604),  # tip of the nose
    2: (0.0, -2.089024, 6.058267),  # below the nose
    33: (-4.445859, 2.663991, 3.173422),  # corners of the eyes, from the image's left to its right
    133: (-1.856432, 2.585245, 3.757904),
    362: (1.856432, 2.585245, 3.757904),
    263: (4.445859, 2.663991, 3.173422),
    234: (-7.664182, 0.673132, -2.435867),  # before the ears
    454: (7.664182, 0.673132, -2.435867),
    152: (0.0, -9.403378, 4.264492),  # chin
}
"""Points that speech and blinking move little: mesh index to place in MediaPipe's canonical face model, in cm."""

_INDICES = np.array(list(RIGID))
_MODEL = np.array(list(RIGID.values()))
_CENTRED = _MODEL - _MODEL.mean(0)
LEVEL = 7.0
"""Degrees by which a person who looks straight ahead seems to look down beside the canonical face: 5 to 11 for the four
invented people in `assets`, of whom it is known where they look."""
_FLIP = np.array([1.0, -1.0, -1.0])  # frame: y down, z away; model: y up, z towards the camera


def pose_of(points: Floats) -> Pose:
    """Returns the head's rotation from a mesh [468, 3], in the convention of `Pose`.

    On the demo clip (yaw +-25, pitch -14 to 12, roll -7 to 5) the mean error is 1.3, 2.1 and 0.6 degrees, the largest
    4.6, 6.1 and 2.4; from one person to another pitch is off by a constant of up to 5.
    The rotation is the one that fits the canonical face best: W. Kabsch, Acta Crystallographica A32, 1976.
    """
    return pose_from(_rotation(points[_INDICES] * _FLIP))


def pose_from(rotation: Doubles) -> Pose:
    """Returns the pose of a head that is turned like this beside the canonical face, float64 [3, 3]."""
    yaw = math.degrees(math.atan2(rotation[0, 2], rotation[2, 2]))
    pitch = math.degrees(math.asin(min(max(rotation[1, 2], -1.0), 1.0)))
    roll = math.degrees(math.atan2(rotation[1, 0], rotation[1, 1]))
    return Pose(yaw, pitch + LEVEL, roll)


def _rotation(seen: Doubles) -> Doubles:
    """Returns R [3, 3] with R @ model ~ seen, up to scale and shift."""
    _, left, right = cv2.SVDecomp(seen.T @ _CENTRED)  # NumPy's takes 15 us, this one 3
    left[:, 2] *= cv2.determinant(left @ right)
    rotation: Doubles = left @ right
    return rotation

"""What the tests of `swap` share: its pictures, its results, and how to look at them."""

from __future__ import annotations

import cv2
import numpy as np

from models.analyse import analyse
from models.embeddings import FaceRes
from models.landmarks import OVAL
from models.session import ModelStore
from nodes.blend import blend
from runtime.kinds import Frame
from tests.nodes.conftest_faces import ASSETS, context_with

STORE = ModelStore()
CONTEXT = context_with(STORE)
NETWORK = FaceRes(STORE.session("faceres"))


def source(letter):
    return str(ASSETS / f"source_{letter}.jpg")


def embedding(image, faces):
    return NETWORK(image, faces.items[:1])[0]


def swapped(swap, image, **settings):
    """Returns a picture's faces, their patches, and the picture with them."""
    faces, frame = analyse(image, STORE), Frame(image.copy(), seq=0)
    patches = swap(frame, faces, **settings)
    return faces, patches, blend(frame, patches)


def inside(image, points, grow=0.0):
    """True within a group of landmarks of the frame, grown about its middle."""
    corners = points[:, :2] + (points[:, :2] - points[:, :2].mean(0)) * grow
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1)
    return mask.astype(bool)


def beyond(image, face):
    """True further from the oval than 8 % of the face's size."""
    side = 2 * round(0.08 * face.size) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    oval = inside(image, face.landmarks.points[list(OVAL)])
    return ~cv2.dilate(oval.astype(np.uint8), kernel).astype(bool)

"""Patches and meshes for the tests of the mesh swapper's parts."""

from __future__ import annotations

import cv2
import numpy as np

from models.align import transform
from models.mesh_points import alignment

SIDE = 256


def aligned(image, mesh):
    """A patch with four channels, and the mesh in it."""
    to_patch = alignment(mesh, SIDE)
    patch = cv2.warpAffine(cv2.cvtColor(image, cv2.COLOR_BGR2BGRA), to_patch, (SIDE, SIDE))
    return patch, transform(mesh[:, :2], to_patch).astype(np.float32)

"""A mesh swap in another light: from the side, and so bright that a camera cuts it off."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.mesh_light import light_of
from models.swappers import Keep, MeshSwapper
from tests.models.meshes import SIDE, aligned

GAMMA = 2.2


@pytest.fixture(scope="module")
def swappers(meshed):
    return {letter: MeshSwapper(*source, SIDE) for letter, source in meshed.items()}


def lit(patch, light):
    """A patch in so much of its light, a number or one for each column."""
    linear = (patch[..., :3] / 255) ** GAMMA * np.reshape(light, (1, -1, 1))
    return cv2.merge([*cv2.split(np.rint(np.minimum(linear, 1) ** (1 / GAMMA) * 255).astype(np.uint8)), patch[..., 3]])


def halved(points, dark):
    """Light that falls on the right half of a face, and so much of it on the left, with a hard edge."""
    share = 1 / (1 + np.exp((points[:, 0].mean() - np.arange(SIDE)) / 2))
    return 1.3 * (dark + (1 - dark) * share)


def difference(image, target, mask):
    """How many levels a picture is from another within a mask, in the mean."""
    return float(np.abs(image.astype(float) - target[..., :3])[mask > 128].mean())


@pytest.mark.parametrize("letter", "abc")
@pytest.mark.parametrize(("dark", "levels"), [(1 / 4, 14), (1 / 9, 17)])
def test_a_hard_light_from_the_side_stays(meshed, swappers, letter, dark, levels):
    """Somebody over themself, half in the dark, is nearly themself, and at the rim of the face no seam shows."""
    patch, points = aligned(*meshed[letter])
    target = lit(patch, halved(points, dark))
    swapped = swappers[letter].swap(target, points, Keep())
    shape = swapped.masks["shape"]
    rim = shape - cv2.erode(shape, np.ones((15, 15), np.uint8))
    assert difference(swapped.image, target, shape) < levels
    assert difference(swapped.image, target, rim) < levels


@pytest.mark.parametrize("gain", [2.5, 4.0])
@pytest.mark.parametrize(("letter", "levels"), [("a", 10.5), ("b", 12.5), ("c", 10)])
def test_an_overexposed_face_is_as_white(meshed, swappers, letter, levels, gain):
    """It was grey and greenish where the picture around is white."""
    patch, points = aligned(*meshed[letter])
    target = lit(patch, gain)
    swapped = swappers[letter].swap(target, points, Keep())
    assert difference(swapped.image, target, swapped.masks["shape"]) < levels


def test_lips_keep_their_colour_where_the_skin_is_nearly_white(meshed, swappers):
    patch, points = aligned(*meshed["a"])
    target = lit(patch, 4.0)
    x, y = points[17].astype(int)
    red = [np.ptp(image[y - 8 : y - 4, x - 8 : x + 9, :3].astype(int), axis=-1).mean()
           for image in (swappers["a"].swap(target, points, Keep()).image, target)]  # fmt: skip
    assert red[0] > 0.5 * red[1]


def test_hair_at_the_rim_is_no_light_from_the_side():
    """On a face that is bright on one side, dark hair over the bright rim leaves the light there nearly as it is."""
    patch = np.full((SIDE, SIDE, 4), 190, np.uint8)
    patch[:, : SIDE // 2] = 70
    skin = np.zeros((32, 32), np.float32)
    skin[6:26, 8:24] = 1
    plain = light_of(patch, skin)
    patch[:, 176:] = 20
    assert np.abs(light_of(patch, skin) - plain)[8:24, 19:24, :3].max() < 12

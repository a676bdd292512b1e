"""The mesh swapper as a whole, on arrays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.mesh_light import lab_of
from models.mesh_masks import face_mask
from models.swappers import Keep, MeshSwapper
from runtime.errors import ModelError
from tests.models.meshes import SIDE, aligned


def test_a_person_over_themself_is_nearly_themself(meshed):
    """Texture, warp and light together give back the picture they were taken from: mean difference below 7 levels."""
    for image, mesh in meshed.values():
        target, points = aligned(image, mesh)
        result = MeshSwapper(image, mesh, SIDE).swap(target, points, Keep())
        weight = result.masks["shape"].astype(float) / 255
        difference = np.abs(result.image.astype(float) - target[..., :3]).mean(-1)
        assert (difference * weight).sum() / weight.sum() < 7


def test_a_swapper_keeps_nothing_between_calls(meshed):
    image, mesh = meshed["a"]
    swapper = MeshSwapper(image, mesh, SIDE)
    one, two = aligned(*meshed["b"]), aligned(*meshed["c"])
    first = swapper.swap(*one, Keep())
    before = first.image.copy()
    swapper.swap(*two, Keep())
    assert (first.image == before).all()
    assert (swapper.swap(*one, Keep()).image == before).all()


def test_a_source_with_degenerate_landmarks_is_refused(meshed):
    image, mesh = meshed["a"]
    with pytest.raises(ModelError, match="degenerate"):
        MeshSwapper(image, np.full_like(mesh, np.nan))


def test_lips_do_not_become_as_much_lighter_as_the_skin(meshed):
    """source_b's lips on source_a's skin are darker than his skin there; on his own skin they stay as they are."""
    swapper, lips = MeshSwapper(*meshed["b"], SIDE), {}
    for letter in "ab":
        target, points = aligned(*meshed[letter])
        lab = lab_of(swapper.swap(target, points, Keep()).image)
        x, y = points[[17, 50]].astype(int).T  # under the lower lip's edge, a cheek
        lips[letter] = lab[y[0] - 6, x[0], 0] / lab[y[1], x[1], 0]
    assert lips["a"] < 0.95 * lips["b"]


@pytest.mark.parametrize("letter", "abc")
def test_a_grey_picture_gets_a_grey_face(meshed, letter):
    swapper = MeshSwapper(*meshed[letter], SIDE)
    target, points = aligned(*meshed["a"])
    grey = cv2.merge([cv2.cvtColor(target, cv2.COLOR_BGRA2GRAY)] * 3 + [target[..., 3]])
    colours = [np.ptp(swapper.swap(picture, points, Keep()).image.astype(int), axis=2) for picture in (target, grey)]
    face = face_mask(points, SIDE) > 0
    assert colours[1][face].max() <= 2
    assert colours[0][face].mean() > 20

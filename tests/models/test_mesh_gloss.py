"""Gloss is told from the skin below it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.mesh_gloss import without_gloss
from models.mesh_light import lab_of
from models.mesh_masks import skin_mask
from models.mesh_texture import Texture
from tests.models.meshes import SIDE, aligned

GAMMA = 2.2


def coloured(picture, lamp):
    """A picture under a lamp of so much blue, green and red."""
    linear = (picture / 255) ** GAMMA * np.array(lamp)
    return np.rint(np.minimum(linear, 1) ** (1 / GAMMA) * 255).astype(np.uint8)


def pale(pixels):
    """How much blue pixels have for their red: more when they shine."""
    return np.median(pixels[:, 0]) / np.median(pixels[:, 2])


@pytest.mark.parametrize(("lamp", "shades"), [((1, 1, 1), 0.75), ((1.5, 1, 0.65), 0.75), ((0.4, 0.8, 1.3), None)])
def test_gloss_does_not_grow_on_lighter_skin(meshed, lamp, shades):
    """source_b's cheeks and forehead stand out less, and unless the lamp was warm they are less pale."""
    picture, mesh = meshed["b"]
    texture = Texture(coloured(picture, lamp), mesh, SIDE)
    dark, light = texture.under(texture.lightness), texture.under(3 * texture.lightness)
    seen = dark[..., 3] > 0.9
    shine = seen & (dark[..., 1] > np.percentile(dark[seen][:, 1], 90))
    green = [face[shine][:, 1].mean() / np.median(face[seen][:, 1]) - 1 for face in (dark, light)]
    assert green[1] < 0.8 * green[0]
    blue = [pale(face[shine]) / pale(face[seen]) - 1 for face in (dark, light)]
    assert shades is None or blue[1] < shades * blue[0]


def test_without_gloss_skin_is_as_plain_as_around(meshed):
    """A pale spot painted onto a cheek goes, to the edge of what the light around it is; hair and brows stay."""
    patch, points = aligned(*meshed["b"])
    shiny, (x, y) = patch.copy(), points[50].astype(int)
    cv2.circle(shiny, (int(x), int(y)), 5, (190, 195, 205, 255), -1)
    skin = skin_mask(points, SIDE)
    matt, light = without_gloss(shiny[..., :3], skin)
    around = cv2.resize(light, (SIDE, SIDE))[y, x, :3]
    assert np.abs(matt[y, x] - around).max() < 8 < np.abs(lab_of(shiny)[y, x] - around).max() / 3
    brow = points[105].astype(int)
    assert np.abs(matt - lab_of(shiny))[brow[1], brow[0]].max() < 3

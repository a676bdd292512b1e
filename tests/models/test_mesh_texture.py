"""The texture of a source: skin alone, facing the camera, at any size."""

from __future__ import annotations

import cv2
import numpy as np

from models.align import transform
from models.mesh_points import alignment
from models.mesh_texture import Texture
from tests.models.meshes import SIDE, aligned


def test_points_seen_from_behind_are_not_believed(meshed):
    image, mesh = meshed["a"]
    texture = Texture(image, mesh, 384)
    _, points = aligned(image, mesh)
    middle, turn = points[1, 0], np.radians(50)
    depth = mesh[:, 2] * (SIDE / 600)
    turned = points.copy()
    turned[:, 0] = middle + (points[:, 0] - middle) * np.cos(turn) + depth * np.sin(turn)
    seen = texture.surface.visibility(turned)
    assert texture.surface.visibility(points).mean() > 0.8
    assert abs(seen[234] - seen[454]) > 0.5


def test_the_texture_shows_no_hair_and_no_background(meshed):
    """What the source's picture has of hair at the temples and of the wall behind the jaw is not face."""
    for image, mesh in meshed.values():
        texture = Texture(image, mesh, 384)
        cover = texture.under(0)[..., 3]
        flat = texture.under(0)[..., :3][cover > 0.98]
        assert (cover[:20] == 0).all()
        assert 0.15 < (cover > 0.98).mean() < 0.45
        assert abs(float(np.median(flat)) - 1) < 0.06


def test_hair_that_hangs_over_a_forehead_is_not_taken_along(meshed):
    """A dark fringe painted onto the portrait, down to below the top of the oval, is left out."""
    image, mesh = meshed["a"]
    top, (left, right) = mesh[10, :2].astype(int), mesh[[54, 284], 0].astype(int)
    fringe = image.copy()
    fringe[: top[1] + 25, left - 60 : right + 60] = (25, 35, 45)
    plain, hidden = (Texture(picture, mesh, 384).under(0)[..., 3] for picture in (image, fringe))
    to_texture = alignment(mesh, 384)
    x, y = transform(np.array([[top[0], top[1] + 8.0]]), to_texture)[0].astype(int)
    assert plain[y, x] > 0.9
    assert hidden[y, x] < 0.1
    assert hidden[y + 60, x] > 0.9


def test_where_the_source_turns_away_its_picture_says_nothing(meshed):
    """A portrait that looks to the side holds the near cheek, and not the far one."""
    image, mesh = meshed["c"]
    turn, middle = np.radians(45), mesh[1, 0]
    x, z = mesh[:, 0] - middle, mesh[:, 2]
    turned = np.column_stack(
        [middle + x * np.cos(turn) + z * np.sin(turn), mesh[:, 1], z * np.cos(turn) - x * np.sin(turn)]
    )
    solid = turned.astype(np.float32)
    facing = Texture(image, mesh, 384).surface.facing(solid)
    assert facing[[50, 280]].min() < 0.35
    assert facing[[50, 280]].max() > 0.8


def test_a_smaller_texture_shows_the_same_at_the_same_places(meshed):
    texture = Texture(*meshed["b"], 480)
    small = texture.shrunk(240)
    assert np.abs(small.points * 2 + 0.5 - texture.points).max() < 0.01
    again = cv2.resize(small.under(0), (480, 480))
    assert np.abs(again - texture.under(0))[..., :3].mean() < 0.02


def test_gloss_does_not_grow_on_lighter_skin(meshed):
    texture = Texture(*meshed["b"], 256)
    dark, light = texture.under(texture.lightness), texture.under(2 * texture.lightness)
    seen = dark[..., 3] > 0.9
    assert light[seen][:, :3].max() < dark[seen][:, :3].max() - 0.1
    assert np.abs(np.median(light[seen][:, :3]) - np.median(dark[seen][:, :3])) < 0.05

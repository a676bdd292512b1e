"""The mesh swapper and its parts, on arrays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.align import transform
from models.analyse import analyse
from models.mesh_light import light_of, relight
from models.mesh_masks import face_mask, features_mask, skin_mask
from models.mesh_points import alignment
from models.mesh_texture import Texture
from models.mesh_warp import DenseField
from models.swappers import Keep, MeshSwapper
from runtime.errors import ModelError
from tests.models.conftest import ASSETS

SIDE = 256


@pytest.fixture(scope="module")
def portraits(models):
    """Letter to picture and mesh."""
    found = {}
    for letter in "abc":
        image = cv2.imread(str(ASSETS / f"source_{letter}.jpg"))
        found[letter] = (image, analyse(image, models)[0].landmarks.points)
    return found


def aligned(image, mesh):
    """A patch with four channels, and the mesh in it."""
    to_patch = alignment(mesh, SIDE)
    patch = cv2.warpAffine(cv2.cvtColor(image, cv2.COLOR_BGR2BGRA), to_patch, (SIDE, SIDE))
    return patch, transform(mesh[:, :2], to_patch).astype(np.float32)


def grid(count=24):
    spots = (np.stack(np.meshgrid(np.arange(count), np.arange(count)), -1).reshape(-1, 2) + 0.5) * (SIDE / count)
    return spots.astype(np.float32)


def test_an_affine_field_is_met_everywhere():
    """Also where there are no points: a map without bends is not bent."""
    points = grid()[200:380]
    matrix = np.array([[0.9, -0.2], [0.15, 1.3]], np.float32)
    values = points @ matrix + np.float32([12, -7])
    field = DenseField(SIDE)(points, values, np.ones(len(points), np.float32))
    y, x = np.indices((SIDE, SIDE))
    whole = np.stack([x, y], -1) @ matrix + [12, -7]
    assert np.abs(field - whole)[4:-4, 4:-4].max() < 0.05


def test_a_smooth_bend_is_followed_between_the_points():
    points = grid()
    bend = lambda spots: spots + 6 * np.sin(spots[..., ::-1] / 25)  # noqa: E731  # two uses in one test
    field = DenseField(SIDE)(points, bend(points).astype(np.float32), np.ones(len(points), np.float32))
    y, x = np.indices((SIDE, SIDE))
    wanted = bend(np.stack([x, y], -1).astype(float))
    assert np.abs(field - wanted)[12:-12, 12:-12].mean() < 0.35


def test_points_without_weight_do_not_pull():
    points = grid()
    values = points.copy()
    values[::2] += 40
    weights = np.ones(len(points), np.float32)
    weights[::2] = 0.001
    field = DenseField(SIDE)(points, values, weights)
    y, x = np.indices((SIDE, SIDE))
    assert np.abs(field - np.stack([x, y], -1))[8:-8, 8:-8].max() < 2


def test_a_person_over_themself_is_nearly_themself(portraits):
    """Texture, warp and light together give back the picture they were taken from: mean difference below 6 levels."""
    for image, mesh in portraits.values():
        target, points = aligned(image, mesh)
        result = MeshSwapper(image, mesh, SIDE).swap(target, points, Keep())
        weight = result.masks["shape"].astype(float) / 255
        difference = np.abs(result.image.astype(float) - target[..., :3]).mean(-1)
        assert (difference * weight).sum() / weight.sum() < 6


def test_a_swapper_keeps_nothing_between_calls(portraits):
    image, mesh = portraits["a"]
    swapper = MeshSwapper(image, mesh, SIDE)
    one, two = aligned(*portraits["b"]), aligned(*portraits["c"])
    first = swapper.swap(*one, Keep())
    before = first.image.copy()
    swapper.swap(*two, Keep())
    assert (first.image == before).all()
    assert (swapper.swap(*one, Keep()).image == before).all()


def test_points_seen_from_behind_are_not_believed(portraits):
    image, mesh = portraits["a"]
    texture = Texture(image, mesh, 384)
    _, points = aligned(image, mesh)
    middle, turn = points[1, 0], np.radians(50)
    depth = mesh[:, 2] * (SIDE / 600)
    turned = points.copy()
    turned[:, 0] = middle + (points[:, 0] - middle) * np.cos(turn) + depth * np.sin(turn)
    seen = texture.visibility(turned)
    assert texture.visibility(points).mean() > 0.8
    assert abs(seen[234] - seen[454]) > 0.5


def test_the_texture_shows_no_hair_and_no_background(portraits):
    """What the source's picture has of hair at the temples and of the wall behind the jaw is not face."""
    for image, mesh in portraits.values():
        texture = Texture(image, mesh, 384)
        cover = texture.image[..., 3]
        flat = texture.image[..., :3][cover > 250]
        assert (cover[:20] == 0).all()
        assert 0.18 < (cover > 250).mean() < 0.45
        assert abs(float(np.median(flat)) - 128) < 8


def test_a_source_with_degenerate_landmarks_is_refused(portraits):
    image, mesh = portraits["a"]
    with pytest.raises(ModelError, match="degenerate"):
        MeshSwapper(image, np.full_like(mesh, np.nan))


def test_masks_end_inside_the_patch_and_follow_the_settings(portraits):
    _, points = aligned(*portraits["c"])
    shape = face_mask(points, SIDE)
    assert shape.max() == 255
    assert not shape[0].any()
    assert (face_mask(points * 3 - 200, SIDE)[[0, -1]] == 0).all()  # a face larger than the patch
    x, y = points[[159, 145]].mean(0).astype(int)  # between the lids
    for share, level in ((1.0, 0), (0.5, 128), (0.0, 255)):
        mask = features_mask(points, SIDE, eyes=share, mouth=1, brows=0)
        assert mask[y, x] == pytest.approx(level, abs=25)


def test_light_is_taken_from_skin_alone():
    """Hair over the rim and a dark background leave the light as it is."""
    patch = np.full((SIDE, SIDE, 4), 150, np.uint8)
    skin = np.zeros((32, 32), np.float32)
    skin[6:26, 8:24] = 1
    plain = light_of(patch, skin)
    patch[:, :80] = 20
    assert np.abs(light_of(patch, skin) - plain)[8:24, 14:22, :3].max() < 6
    assert np.abs(plain[..., :3] - 150).max() < 0.5


def test_neutral_texture_becomes_the_light():
    flat = np.full((SIDE, SIDE, 4), 128, np.uint8)
    light = np.zeros((32, 32, 4), np.float32) + np.float32([40, 90, 200, 0])
    assert (relight(flat, light)[..., :3] == [40, 90, 200]).all()


def test_skin_has_no_eyes_and_no_lips(portraits):
    _, points = aligned(*portraits["b"])
    skin = skin_mask(points, SIDE)
    for index in (159, 386, 13):
        x, y = (points[index] / 8).astype(int)
        assert skin[y, x] < 0.3
    x, y = (points[50] / 8).astype(int)  # a cheek
    assert skin[y, x] == 1


@pytest.mark.parametrize("letter", "abc")
def test_a_grey_picture_gets_a_grey_face(portraits, letter):
    swapper = MeshSwapper(*portraits[letter], SIDE)
    target, points = aligned(*portraits["a"])
    grey = cv2.merge([cv2.cvtColor(target, cv2.COLOR_BGRA2GRAY)] * 3 + [target[..., 3]])
    colours = [np.ptp(swapper.swap(picture, points, Keep()).image.astype(int), axis=2) for picture in (target, grey)]
    face = face_mask(points, SIDE) > 0
    assert colours[1][face].max() <= 2
    assert colours[0][face].mean() > 20

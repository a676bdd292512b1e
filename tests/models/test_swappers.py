"""The mesh swapper and its parts, on arrays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.align import transform
from models.analyse import analyse
from models.mesh_detail import Detail, detail_of, match
from models.mesh_eyes import eyes_of, iris_of
from models.mesh_light import TYPICAL, bgr_of, flatten, lab_of, light_of, ratio_of, relight
from models.mesh_masks import face_mask, face_part, features_mask, skin_mask
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
    """Texture, warp and light together give back the picture they were taken from: mean difference below 7 levels."""
    for image, mesh in portraits.values():
        target, points = aligned(image, mesh)
        result = MeshSwapper(image, mesh, SIDE).swap(target, points, Keep())
        weight = result.masks["shape"].astype(float) / 255
        difference = np.abs(result.image.astype(float) - target[..., :3]).mean(-1)
        assert (difference * weight).sum() / weight.sum() < 7


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
    seen = texture.surface.visibility(turned)
    assert texture.surface.visibility(points).mean() > 0.8
    assert abs(seen[234] - seen[454]) > 0.5


def test_the_texture_shows_no_hair_and_no_background(portraits):
    """What the source's picture has of hair at the temples and of the wall behind the jaw is not face."""
    for image, mesh in portraits.values():
        texture = Texture(image, mesh, 384)
        cover = texture.under(0)[..., 3]
        flat = texture.under(0)[..., :3][cover > 0.98]
        assert (cover[:20] == 0).all()
        assert 0.15 < (cover > 0.98).mean() < 0.45
        assert abs(float(np.median(flat)) - 1) < 0.06


def test_hair_that_hangs_over_a_forehead_is_not_taken_along(portraits):
    """A dark fringe painted onto the portrait, down to below the top of the oval, is left out."""
    image, mesh = portraits["a"]
    top, (left, right) = mesh[10, :2].astype(int), mesh[[54, 284], 0].astype(int)
    fringe = image.copy()
    fringe[: top[1] + 25, left - 60 : right + 60] = (25, 35, 45)
    plain, hidden = (Texture(picture, mesh, 384).under(0)[..., 3] for picture in (image, fringe))
    to_texture = alignment(mesh, 384)
    x, y = transform(np.array([[top[0], top[1] + 8.0]]), to_texture)[0].astype(int)
    assert plain[y, x] > 0.9
    assert hidden[y, x] < 0.1
    assert hidden[y + 60, x] > 0.9


def test_where_the_source_turns_away_its_picture_says_nothing(portraits):
    """A portrait that looks to the side holds the near cheek, and not the far one."""
    image, mesh = portraits["c"]
    turn, middle = np.radians(45), mesh[1, 0]
    x, z = mesh[:, 0] - middle, mesh[:, 2]
    turned = np.column_stack(
        [middle + x * np.cos(turn) + z * np.sin(turn), mesh[:, 1], z * np.cos(turn) - x * np.sin(turn)]
    )
    solid = turned.astype(np.float32)
    facing = Texture(image, mesh, 384).surface.facing(solid)
    assert facing[[50, 280]].min() < 0.35
    assert facing[[50, 280]].max() > 0.8


def test_a_smaller_texture_shows_the_same_at_the_same_places(portraits):
    texture = Texture(*portraits["b"], 480)
    small = texture.shrunk(240)
    assert np.abs(small.points * 2 + 0.5 - texture.points).max() < 0.01
    again = cv2.resize(small.under(0), (480, 480))
    assert np.abs(again - texture.under(0))[..., :3].mean() < 0.02


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


def test_a_part_of_a_field_and_of_masks_is_as_in_the_whole(portraits):
    _, points = aligned(*portraits["c"])
    part = face_part(points, SIDE)
    place = part.place(SIDE)
    shape, features = face_mask(points, SIDE), features_mask(points, SIDE, eyes=1, mouth=1, brows=0.5)
    assert np.abs(face_mask(points, SIDE, part).astype(int) - shape[place]).max() <= 1
    assert (features_mask(points, SIDE, part, eyes=1, mouth=1, brows=0.5) == features[place])[2:-2, 2:-2].all()
    shape[place] = 0
    assert not shape.any()
    field, weights = DenseField(SIDE), np.ones(len(points), np.float32)
    values = points[:, ::-1].copy()
    assert np.allclose(field(points, values, weights, part), field(points, values, weights)[place], atol=1e-3)


def test_light_is_taken_from_skin_alone():
    """Hair over the rim and a dark background leave the light as it is."""
    patch = np.full((SIDE, SIDE, 4), 150, np.uint8)
    skin = np.zeros((32, 32), np.float32)
    skin[6:26, 8:24] = 1
    plain = light_of(patch, skin)
    patch[:, :80] = 20
    assert np.abs(light_of(patch, skin) - plain)[8:24, 14:22, :3].max() < 3
    assert np.abs(plain[..., :3] - lab_of(np.full((1, 1, 3), 150, np.uint8))[0, 0]).max() < 0.2


def test_neutral_texture_becomes_the_light():
    flat = np.ones((SIDE, SIDE, 4), np.float32)
    light = np.zeros((32, 32, 4), np.float32) + np.float32([55, 20, 30, 1])
    wanted = bgr_of(np.float32([[[55, 20, 30]]]))[0, 0]
    result = relight(flat, light, 1.0)
    assert np.abs(result[..., :3] - wanted).max() < 1
    assert (result[..., 3] == 255).all()


@pytest.mark.parametrize("lightness", [25, 45, 75])
def test_what_is_lit_evenly_has_no_texture(lightness):
    lab = np.zeros((64, 64, 3), np.float32) + np.float32([lightness, 12, 14])
    light = np.zeros((32, 32, 4), np.float32) + np.float32([lightness, 12, 14, 1])
    flat = flatten(lab, light)
    assert np.abs(flat - TYPICAL).max() < 1e-3
    assert np.abs(ratio_of(flat) - 1).max() < 1e-3


def test_lips_do_not_become_as_much_lighter_as_the_skin(portraits):
    """source_b's lips on source_a's skin are darker than his skin there; on his own skin they stay as they are."""
    swapper, lips = MeshSwapper(*portraits["b"], SIDE), {}
    for letter in "ab":
        target, points = aligned(*portraits[letter])
        lab = lab_of(swapper.swap(target, points, Keep()).image)
        x, y = points[[17, 50]].astype(int).T  # under the lower lip's edge, a cheek
        lips[letter] = lab[y[0] - 6, x[0], 0] / lab[y[1], x[1], 0]
    assert lips["a"] < 0.95 * lips["b"]


def test_the_iris_is_what_is_darker_than_the_white(portraits):
    """source_a has green eyes, source_b brown, source_c blue."""
    found = {letter: iris_of(eyes_of(image, mesh)) for letter, (image, mesh) in portraits.items()}
    assert found["a"].a < -0.1
    assert found["b"].b > 0.2
    assert found["c"].b < found["b"].b - 0.2
    assert all(0.2 < iris.lightness < 0.7 for iris in found.values())


@pytest.mark.parametrize("scale", [0.0, 0.02])
def test_eyes_that_are_shut_or_tiny_have_no_iris(portraits, scale):
    image, mesh = portraits["a"]
    assert iris_of(eyes_of(image, mesh * np.float32([scale, scale, 1]))) is None


def test_irises_take_the_source_s_colour_and_the_white_stays(portraits):
    swapper, (target, points) = MeshSwapper(*portraits["b"], SIDE), aligned(*portraits["c"])
    own, taken = (swapper.swap(target, points, Keep(eye_colour=share)) for share in (0.0, 1.0))
    assert not (own.masks["features"] != taken.masks["features"])[: SIDE // 4].any()
    eyes = eyes_of(target, points)
    assert len(eyes.places) == 2
    for index, place in enumerate(eyes.places):
        share = eyes.iris[:, index]
        iris = share > 0.95
        changed = lab_of(taken.image[place])[iris].mean(0) - eyes.lab[:, index][iris].mean(0)
        assert changed[2] > 8  # blue to brown
        assert taken.masks["features"][place][iris].min() > 230
        assert taken.masks["features"][place][share == 0].mean() < 200


@pytest.mark.parametrize(("blur", "noise"), [(2.0, 0.0), (0.0, 6.0), (1.5, 6.0)])
def test_sharpness_and_grain_become_the_target_s(portraits, blur, noise):
    """A soft or grainy picture gets a face that is nearer to it in both; the mask stays."""
    swapper, (target, points) = MeshSwapper(*portraits["c"], SIDE), aligned(*portraits["a"])
    if blur:
        target = cv2.GaussianBlur(target, (0, 0), blur)
    grain = np.random.default_rng(1).normal(0, noise, target.shape) if noise else 0
    target = np.clip(target + grain, 0, 255).astype(np.uint8)
    as_it_is, matched = (swapper.swap(target, points, Keep(detail=share)).image for share in (1.0, 0.0))
    wanted = detail_of(target)
    before, after = (detail_of(cv2.cvtColor(image, cv2.COLOR_BGR2BGRA)) for image in (as_it_is, matched))
    if blur:
        assert after.sharpness < 0.93 * before.sharpness
    if noise:
        assert abs(after.grain - wanted.grain) < 0.6 * abs(before.grain - wanted.grain)


def test_a_picture_as_sharp_as_the_face_leaves_it():
    image = np.random.default_rng(2).integers(0, 256, (64, 64, 4), np.uint8)
    assert match(image, image, Detail(0.4, 1.0), Detail(0.4, 1.0)) is image


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


def test_gloss_does_not_grow_on_lighter_skin(portraits):
    texture = Texture(*portraits["b"], 256)
    dark, light = texture.under(texture.lightness), texture.under(2 * texture.lightness)
    seen = dark[..., 3] > 0.9
    assert light[seen][:, :3].max() < dark[seen][:, :3].max() - 0.1
    assert np.abs(np.median(light[seen][:, :3]) - np.median(dark[seen][:, :3])) < 0.05

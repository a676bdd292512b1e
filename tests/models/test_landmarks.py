import numpy as np
import pytest

from models.analyse import analyse
from models.landmarks import (
    INNER_LIPS,
    LEFT_EYE,
    OVAL,
    RIGHT_EYE,
    FaceMesh,
    bounds,
    crop_of_eyes,
    crop_of_points,
    five_of_six,
    five_points,
)


@pytest.fixture
def landmarker(models):
    return FaceMesh(models.session("facemesh"))


@pytest.fixture(params="abc")
def mesh(request, models, portraits):
    return analyse(portraits[request.param], models)[0].landmarks.points


def test_five_points_are_eyes_nose_and_mouth_in_image_order(mesh):
    left, right, nose, mouth_left, mouth_right = five_points(mesh)
    assert left[0] < nose[0] < right[0]
    assert mouth_left[0] < mouth_right[0]
    assert max(left[1], right[1]) < nose[1] < min(mouth_left[1], mouth_right[1])


def test_the_groups_are_where_their_names_say(mesh):
    five = five_points(mesh)
    for group, index in ((LEFT_EYE, 0), (RIGHT_EYE, 1)):
        np.testing.assert_allclose(mesh[list(group), :2].mean(0), five[index], atol=6)
    np.testing.assert_allclose(mesh[list(INNER_LIPS), :2].mean(0), five[3:].mean(0), atol=12)
    box = bounds(mesh)
    np.testing.assert_allclose(bounds(mesh[list(OVAL)]), box, atol=0.02 * (box[2] - box[0]))


def test_points_settle_when_the_crop_comes_from_themselves(landmarker, portraits):
    image = portraits["a"]
    points = landmarker(image, [crop_of_eyes(np.float32([220, 250, 540, 570]), *np.float32([[310, 340], [455, 340]]))])[
        0
    ].points
    before = landmarker(image, [crop_of_points(points)])[0].points
    after = landmarker(image, [crop_of_points(before)])[0].points
    assert np.abs(after - before)[:, :2].max() < 4


def test_a_picture_and_its_mirror_agree_to_half_a_pixel_of_the_crop(landmarker, portraits):
    """The mean over all points does not depend on which point is the mirror of which."""
    sums = []
    for image in portraits.values():
        flipped = np.ascontiguousarray(image[:, ::-1])
        for shift in (-6, 0, 6):
            box, eyes = np.float32([220 + shift, 230, 540 + shift, 580]), np.float32([[310, 345], [455, 345]])
            mirrored = np.float32([767 - box[2], box[1], 767 - box[0], box[3]])
            one = landmarker(image, [crop_of_eyes(box, *eyes)])[0].points
            two = landmarker(flipped, [crop_of_eyes(mirrored, *eyes)])[0].points
            sums.append(one[:, 0].mean() + two[:, 0].mean())
    pixel = 1.5 * 350 / 192
    assert abs(np.mean(sums) - 767) < 0.5 * pixel


def test_nothing_is_present_where_no_face_is(landmarker):
    noise = np.random.default_rng(0).integers(0, 255, (540, 960, 3), dtype=np.uint8)
    box, eyes = np.float32([300, 100, 600, 400]), np.float32([[400, 200], [500, 200]])
    for image in (noise, np.zeros_like(noise)):
        assert landmarker(image, [crop_of_eyes(box, *eyes)])[0].presence < 0.1


def test_no_crops_give_no_meshes(landmarker, portraits):
    assert landmarker(portraits["a"], []) == []


def test_six_points_give_five_with_the_mouth_parallel_to_the_eyes():
    six = np.float32([[0, 0], [10, 10], [4, 12], [0, 20], [0, 0], [0, 0]])
    five = five_of_six(six)
    np.testing.assert_array_equal(five[:3], six[:3])
    np.testing.assert_allclose(five[3:].mean(0), six[3], atol=1e-6)
    np.testing.assert_allclose(five[4] - five[3], (six[1] - six[0]) * 0.83, rtol=1e-5)

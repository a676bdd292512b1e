import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.align import TEMPLATES, inverse, plausible, reach, scale_of, similarity, square, template, transform

RANDOM = np.random.default_rng(7)
FIVE = template("arcface_112_v2", 112)


def faces(count):
    """Five points of random faces: turned, scaled, shifted templates with some noise."""
    angle, scale = RANDOM.uniform(-np.pi, np.pi, count), RANDOM.uniform(0.2, 8, count)
    turn = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], -1).reshape(-1, 2, 2)
    points = scale[:, None, None] * (FIVE @ turn.swapaxes(-1, -2)) + RANDOM.uniform(-500, 1500, (count, 1, 2))
    return points + RANDOM.normal(0, 3, points.shape)


def test_the_estimate_is_that_of_skimage():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from skimage.transform import SimilarityTransform
    for points in faces(50):
        reference = SimilarityTransform()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reference.estimate(points, FIVE)
        np.testing.assert_allclose(similarity(points, FIVE), reference.params[:2], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("name", "size"), [("arcface_112_v2", 112), ("arcface_112_v2", 224), ("arcface_128", 128)])
def test_templates_align_as_insightface_does(name, size):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.utils.face_align import estimate_norm

        for points in faces(10):
            reference = np.asarray(estimate_norm(points.astype(np.float32), size))[:2]
            found = similarity(points.astype(np.float32), template(name, size))
            np.testing.assert_allclose(found, reference, atol=1e-3)


def test_many_faces_at_once_are_as_one_by_one():
    points = faces(6)
    together = similarity(points, FIVE)
    assert together.shape == (6, 2, 3)
    for one, matrix in zip(points, together, strict=True):
        np.testing.assert_allclose(similarity(one, FIVE), matrix)


def test_a_mirrored_face_is_not_flipped_back():
    matrix = similarity(FIVE * (-1, 1), FIVE)
    assert np.linalg.det(matrix[:, :2]) > 0


def test_points_that_coincide_give_finite_numbers():
    assert np.isfinite(similarity(np.full((5, 2), 3.0), FIVE)).all()


@given(
    st.floats(-1000, 1000), st.floats(-1000, 1000), st.floats(1, 4000), st.floats(-np.pi, np.pi), st.integers(16, 512)
)
def test_a_square_maps_its_middle_and_corners_to_those_of_the_crop(x, y, side, angle, size):
    centre = np.array([x, y])
    matrix = square(centre, side, angle, size)
    along = np.array([np.cos(angle), np.sin(angle)]) * side / 2
    down = np.array([-along[1], along[0]])
    found = transform(np.stack([centre - along - down, centre, centre + along + down]), matrix)
    middle = (size - 1) / 2
    np.testing.assert_allclose(found, [[-0.5, -0.5], [middle, middle], [size - 0.5, size - 0.5]], atol=1e-6)
    np.testing.assert_allclose(scale_of(matrix), size / side)


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf, 1e7])
def test_points_of_which_one_is_nowhere_are_no_faces(broken):
    points = FIVE.copy()
    assert plausible(points)
    points[2, 0] = broken
    assert not plausible(points)


def test_points_in_one_spot_are_no_faces():
    assert not plausible(np.full((5, 2), 7.0))


def test_the_inverse_undoes():
    points = faces(4)
    matrices = similarity(points, FIVE)
    back = transform(transform(points, matrices), inverse(matrices))
    np.testing.assert_allclose(back, points, atol=1e-8)


def test_reach_bounds_the_mapped_corners():
    for matrix in similarity(faces(8), FIVE):
        corners = transform(np.array([(-3.0, 5.0), (40.0, 5.0), (-3.0, 90.0), (40.0, 90.0)]), matrix)
        np.testing.assert_allclose(reach(-3, 5, 40, 90, matrix), [*corners.min(0), *corners.max(0)])


def test_every_template_has_eyes_above_the_nose_above_the_mouth():
    for name in TEMPLATES:
        points = template(name, 100)
        assert points.shape == (5, 2)
        assert points[:2, 1].max() < points[2, 1] < points[3:, 1].min()
        assert points[0, 0] < points[1, 0]
        assert points[3, 0] < points[4, 0]

import cv2
import numpy as np
import pytest

from models.analyse import analyse
from models.detectors import BlazeFace, Region, overlap, tiles


@pytest.fixture(params=["short", "full"])
def detector(request, models):
    return BlazeFace(models.session(f"blazeface_{request.param}"), request.param)


def shown(portrait, side, x, y, size=(540, 960)):
    """A grey picture with a portrait of that side at x, y."""
    image = np.full((*size, 3), 128, np.uint8)
    image[y : y + side, x : x + side] = cv2.resize(portrait, (side, side), interpolation=cv2.INTER_AREA)
    return image


@pytest.mark.parametrize("letter", "abc")
def test_a_portrait_has_one_face_whose_points_lie_where_the_mesh_has_them(detector, models, portraits, letter):
    found = detector(portraits[letter])
    assert found.boxes.shape == (1, 4)
    assert found.points.shape == (1, 6, 2)
    assert found.scores[0] > 0.8
    exact = analyse(portraits[letter], models)[0].points
    errors = np.hypot(*(found.points[0, :3] - exact[:3]).T) / np.hypot(*(exact[0] - exact[1]))
    assert errors.max() < 0.12


def test_boxes_move_with_the_face(detector, portraits):
    near = detector(shown(portraits["a"], 400, 40, 60)).boxes[0]
    far = detector(shown(portraits["a"], 400, 480, 120)).boxes[0]
    np.testing.assert_allclose(far - near, [440, 60, 440, 60], atol=12)


def test_results_are_float32_and_best_first(detector, portraits):
    image = np.hstack([portraits["a"], portraits["b"]])
    found = detector(image)
    assert {array.dtype for array in found} == {np.dtype(np.float32)}
    assert len(found.scores) == 2
    assert found.scores[0] >= found.scores[1]


@pytest.mark.parametrize("shape", [(540, 960, 3), (48, 64, 3), (1, 1, 3), (900, 7, 3)])
def test_an_empty_picture_has_no_face(detector, shape):
    found = detector(np.zeros(shape, np.uint8))
    assert found.boxes.shape == (0, 4)
    assert found.points.shape == (0, 6, 2)
    assert found.scores.shape == (0,)


def test_a_higher_score_may_be_asked_for(detector, portraits):
    assert len(detector(portraits["a"], 1.0).scores) == 0


def test_a_region_gives_the_face_in_px_of_the_whole_picture(detector, portraits):
    image = shown(portraits["c"], 300, 600, 100)
    whole, part = detector(image).boxes[0], detector(image, 0.5, Region(420, 0, 960, 540)).boxes[0]
    np.testing.assert_allclose(part, whole, atol=14)


def test_a_region_shows_faces_that_are_too_small_for_the_whole(models, portraits):
    detector = BlazeFace(models.session("blazeface_short"))
    image = shown(portraits["b"], 170, 660, 300)
    assert len(detector(image).scores) == 0
    found = [detector(image, 0.5, tile) for tile in tiles(960, 540)]
    boxes = np.concatenate([one.boxes for one in found])
    assert (overlap(boxes, np.array([[709, 350, 781, 436]])) > 0.4).any()


@pytest.mark.parametrize(
    ("width", "height"), [(960, 540), (540, 960), (640, 480), (500, 500), (64, 48), (3000, 300), (1, 1)]
)
def test_tiles_cover_the_picture_and_stay_within(width, height):
    covered = np.zeros((height, width), bool)
    for tile in tiles(width, height):
        assert 0 <= tile.x0 < tile.x1 <= width
        assert 0 <= tile.y0 < tile.y1 <= height
        covered[tile.y0 : tile.y1, tile.x0 : tile.x1] = True
    assert covered.all()


def test_overlap_is_intersection_over_union():
    boxes = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6], [2, 2, 2, 2]], np.float32)
    np.testing.assert_allclose(overlap(boxes[:1], boxes)[0], [1, 1 / 3, 0, 0], atol=1e-9)

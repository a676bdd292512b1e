import cv2
import numpy as np
import pytest

from models.analyse import analyse
from models.detectors import FACES, BlazeFace, Region, overlap, squares, tiles


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


class Everywhere:
    """A network of BlazeFace's shape that is sure of a small face at each of its anchors."""

    def __init__(self, session, anchors):
        self.inputs = session.inputs
        self._anchors = anchors

    def run(self, _picture):
        rows = np.full((1, self._anchors, 16), 2, np.float32)
        return [rows, np.linspace(5, 9, self._anchors, dtype=np.float32).reshape(1, -1, 1)]


def test_a_network_that_sees_faces_everywhere_gives_no_more_than_a_look_may(models, portraits):
    detector = BlazeFace(Everywhere(models.session("blazeface_full"), 2304), "full")
    found = detector(portraits["a"])
    assert len(found.scores) == FACES
    np.testing.assert_allclose(found.scores, 1 / (1 + np.exp(-np.linspace(5, 9, 2304)[::-1][:FACES])), rtol=1e-4)


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


def test_a_face_that_the_edge_cuts_in_half_is_found_in_a_region_that_reaches_over_it(models, portraits):
    detector = BlazeFace(models.session("blazeface_short"))
    image = np.ascontiguousarray(shown(portraits["a"], 400, 400, 80)[:, :590])
    assert len(detector(image, 0.7).scores) == 0
    assert len(detector(image, 0.7, Region(230, 50, 590, 450)).scores) == 0
    (box,) = detector(image, 0.7, Region(290, 50, 690, 450)).boxes
    assert box[0] < 590 < box[2]


def test_the_mirror_image_of_a_face_is_none(models, portraits):
    detector = BlazeFace(models.session("blazeface_short"))
    image = np.ascontiguousarray(shown(portraits["a"], 300, 300, 80)[:, :580])
    assert len(detector(image, 0.5, Region(340, 50, 780, 450)).scores) == 1


@pytest.mark.parametrize(("width", "height", "side"), [(960, 540, 540), (960, 540, 324), (540, 960, 324), (64, 48, 9)])
def test_squares_cover_the_picture_and_reach_over_its_sides(width, height, side):
    covered = np.zeros(width + 2 * side, bool)
    for region in squares(width, height, side, 0.2):
        assert -0.2 * side <= region.x0
        assert region.x1 <= width + 0.2 * side
        covered[region.x0 + side : region.x1 + side] = True
    over = int(0.2 * side)
    assert covered[side - over : side + width + over].all()


def test_a_region_is_brought_into_the_picture():
    assert Region(-50, -50, 50, 50).within((40, 60)) == Region(0, 0, 50, 40)
    assert Region(-50, -50, 50, 50).within((40, 60), 0.2) == Region(-20, 0, 50, 40)
    assert Region(100, 100, 120, 120).within((40, 60)) == Region(59, 39, 60, 40)

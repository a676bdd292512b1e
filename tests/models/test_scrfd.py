"""SCRFD against InsightFace's own class on the same file, and on a twin that finds red squares."""

import warnings

import cv2
import numpy as np
import onnx
import pytest

from models.detectors import FACES, Region
from models.scrfd import Scrfd
from runtime.errors import ModelError
from tests.models.twins import arcface, loaded, scrfd


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    path = tmp_path_factory.mktemp("scrfd") / "det_10g.onnx"
    onnx.save(scrfd(), path)
    return path


def reference(path, image, sizes, min_score):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.model_zoo.scrfd import SCRFD

        return SCRFD(str(path)).detect(image, sizes, det_thresh=min_score)


@pytest.mark.parametrize("sides", [(640,), (128,), (128, 640)], ids=str)
@pytest.mark.parametrize("shape", [(768, 768), (540, 960), (960, 540), (480, 640)], ids=str)
def test_boxes_points_and_scores_are_those_of_insightface(twin, portraits, shape, sides):
    image = cv2.resize(portraits["a"], shape[::-1])
    rows, points = reference(twin, image, [(side, side) for side in sides], 0.6)
    found = Scrfd(loaded(onnx.load(twin)), sides)(image, 0.6)
    assert len(rows) >= 3
    np.testing.assert_allclose(found.boxes, rows[:, :4], atol=0.5)
    np.testing.assert_allclose(found.points, points, atol=0.5)
    np.testing.assert_allclose(found.scores, rows[:, 4], atol=1e-5)


def crowd(stride, length):
    """Heads that see a face of 6 px in each cell of the finest grid, the surer the bluer that is."""
    weight = np.zeros((2 * length, 3, 1, 1), np.float32)
    if length == 1:
        weight[:, 2] = 1
        return weight, np.full(2, 2.0 if stride == 8 else -99.0)
    return weight, np.full(2 * length, 3 / 8)


def test_of_more_faces_than_a_look_may_give_the_best_are_those_of_insightface(tmp_path, portraits):
    onnx.save(scrfd(crowd), tmp_path / "crowd.onnx")
    image = cv2.resize(portraits["b"], (640, 640))
    rows, points = reference(tmp_path / "crowd.onnx", image, [(640, 640)], 0.5)
    found = Scrfd(loaded(scrfd(crowd)))(image, 0.5)
    assert len(rows) > FACES == len(found.scores)
    np.testing.assert_allclose(found.boxes, rows[:FACES, :4], atol=0.5)
    np.testing.assert_allclose(found.points, points[:FACES], atol=0.5)


def red_squares(stride, length):
    """Heads that give a score to red cells of the finest grid, a box of 96 px, and points on the box's diagonal."""
    weight = np.zeros((2 * length, 3, 1, 1), np.float32)
    if length == 1:
        weight[0, :, 0, 0] = 10, -10, -10
        return weight, [-12.0 if stride == 8 else -99.0, -99.0]
    values = np.full(4, 6.0) if length == 4 else np.repeat([-1.0, -0.5, 0.0, 0.5, 1.0], 2)
    return weight, np.tile(values, 2)


def seen(red, size=(540, 960)):
    """A grey picture with a square of the colour red at x 300 to 330, y 210 to 240, or of blue."""
    image = np.full((*size, 3), 128, np.uint8)
    image[210:240, 300:330] = (0, 0, 255) if red else (255, 0, 0)
    return image


def test_red_is_red_and_lies_where_it_is():
    detector = Scrfd(loaded(scrfd(red_squares)))
    found = detector(seen(red=True))
    assert len(found.scores) == 1
    corner, opposite = found.boxes[0, :2], found.boxes[0, 2:]
    np.testing.assert_allclose((corner + opposite) / 2, [300, 216])  # the corner of the first cell of 12 px that is red
    np.testing.assert_allclose(opposite - corner, 96 * 960 / 640)
    np.testing.assert_allclose(found.points[0, 4] - found.points[0, 0], 16 * 960 / 640)
    assert len(detector(seen(red=False)).scores) == 0


def test_each_axis_has_its_own_scale_where_the_picture_does_not_fit_whole_px():
    image = np.full((60, 1000, 3), 128, np.uint8)  # 3.84 px of the input high, of which 3 are used
    image[:, 900:] = (0, 0, 255)
    found = Scrfd(loaded(scrfd(red_squares)), (64,))(image)
    assert found.boxes[0, [0, 2]].mean() == pytest.approx(56 * 1000 / 64)


def test_a_file_with_a_fixed_size_is_fed_that_size():
    detector = Scrfd(loaded(scrfd(red_squares, side=320)))
    assert len(detector(seen(red=True)).scores) == 1


@pytest.mark.parametrize("shape", [(540, 960, 3), (1, 1, 3), (900, 2, 3)])
def test_an_empty_picture_has_no_face(shape):
    found = Scrfd(loaded(scrfd(red_squares)))(np.zeros(shape, np.uint8))
    assert found.boxes.shape == (0, 4)
    assert found.points.shape == (0, 5, 2)
    assert found.scores.shape == (0,)


def test_a_network_of_another_kind_is_refused(portraits):
    with pytest.raises(ModelError, match="9 outputs, this one 1"):
        Scrfd(loaded(arcface()), (640,))(portraits["a"])


def test_a_side_that_the_grids_do_not_divide_is_an_error():
    with pytest.raises(ValueError, match="multiple of 32, not 100"):
        Scrfd(loaded(scrfd()), (100,))


@pytest.mark.parametrize("x0", [-90, 150, 420])
def test_a_region_gives_the_face_in_px_of_the_whole_picture(x0):
    region = Region(x0, 0, x0 + 640, 540)
    found = Scrfd(loaded(scrfd(red_squares)))(seen(red=True), 0.5, region)
    inside = x0 <= 300
    assert len(found.scores) == inside
    if inside:
        np.testing.assert_allclose((found.boxes[0, :2] + found.boxes[0, 2:]) / 2, [300, 216], atol=12)

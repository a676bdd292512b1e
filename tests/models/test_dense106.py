"""The 106 points against InsightFace's own class on the same file."""

import warnings

import cv2
import numpy as np
import onnx
import pytest

from models.analyse import analyse
from models.dense106 import Dense106
from tests.models.twins import dense106, loaded


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    path = tmp_path_factory.mktemp("dense106") / "2d106det.onnx"
    onnx.save(dense106(), path)
    return path


@pytest.fixture(scope="module")
def crowd(portraits, models):
    image = cv2.resize(np.hstack([portraits[letter] for letter in "abc"]), None, fx=0.4, fy=0.4)
    return image, [face.box for face in analyse(image, models)]


def reference(path, image, boxes):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.app.common import Face as Theirs
        from insightface.model_zoo.landmark import Landmark

        network = Landmark(str(path))
        return np.stack([network.get(image, Theirs(bbox=box)) for box in boxes])


def test_points_are_those_of_insightface(twin, crowd):
    image, boxes = crowd
    image = cv2.copyMakeBorder(
        image, 100, 100, 100, 100, cv2.BORDER_CONSTANT
    )  # they fill with black, we repeat borders
    boxes = [box + 100 for box in boxes]
    theirs = reference(twin, image, boxes)
    found = Dense106(loaded(onnx.load(twin)))(image, boxes)
    assert found.shape == (3, 106, 2)
    assert theirs.std(axis=1).min() > 10
    np.testing.assert_allclose(found, theirs, atol=0.5)


def test_the_comparison_would_see_a_wrong_order_of_colours(twin, crowd):
    image, boxes = crowd
    theirs = reference(twin, image[..., ::-1], boxes)
    assert np.abs(Dense106(loaded(onnx.load(twin)))(image, boxes) - theirs).max() > 5


def test_no_faces_give_no_points(twin, crowd):
    assert Dense106(loaded(onnx.load(twin)))(crowd[0], []).shape == (0, 106, 2)

"""YuNet against OpenCV's own class on the same file."""

import cv2
import numpy as np
import onnx
import pytest

from models.detectors import FACES
from models.yunet import YuNet
from runtime.errors import ModelError
from tests.models.twins import loaded, scrfd, yunet


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    path = tmp_path_factory.mktemp("yunet") / "face_detection_yunet_2023mar.onnx"
    onnx.save(yunet(), path)
    return path


def test_boxes_points_and_scores_are_those_of_opencv(twin, portraits):
    image = cv2.resize(portraits["b"], (640, 640))
    theirs = cv2.FaceDetectorYN.create(str(twin), "", (640, 640), 0.7, 0.3).detect(image)[1]
    assert len(theirs) > FACES == len(YuNet(loaded(onnx.load(twin)))(image, 0.7).scores)
    theirs = theirs[:FACES]
    found = YuNet(loaded(onnx.load(twin)))(image, 0.7)
    ours = np.hstack([found.boxes, found.points.reshape(-1, 10), 100 * found.scores[:, None]])
    theirs[:, 2:4] += theirs[:, :2]
    theirs[:, 14] *= 100
    apart = np.abs(theirs[:, None] - ours).max(2)
    assert (apart.min(1) < 0.5).mean() > 0.95  # OpenCV cuts boxes to whole px before it looks which lie on which
    assert (apart.min(0) < 0.5).mean() > 0.95


def test_places_are_px_of_the_picture_whatever_its_size(twin, portraits):
    detector = YuNet(loaded(onnx.load(twin)))
    small = np.zeros((640, 640, 3), np.uint8)
    small[:360] = cv2.resize(portraits["a"], (640, 360))
    found, same = detector(np.repeat(np.repeat(small[:360], 2, 0), 2, 1)), detector(small)
    inside = same.boxes[:, 3] < 300
    assert inside.sum() > 3
    for box in same.boxes[inside]:
        assert np.abs(found.boxes - 2 * box).max(axis=1).min() < 2


def test_a_network_of_another_kind_is_refused(portraits):
    with pytest.raises(ModelError, match="YuNet has 12 outputs, this network 9"):
        YuNet(loaded(scrfd()))(portraits["a"])

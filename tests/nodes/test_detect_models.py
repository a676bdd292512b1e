"""The detect node with detectors of five points, on twins that are told where the face is."""

import numpy as np
import pytest

from models.analyse import analyse
from models.session import ModelStore
from nodes.detect import Detect
from nodes.detect.tracker import MOST
from tests.models.twins import loaded, scrfd, yunet
from tests.nodes.conftest_faces import With, context_with, frame, scene

STORE = ModelStore()
SCALE = 960 / 640
MARK = (48, 96)
"""Where a red spot begins, px of the picture: the corner of a cell of the finest grid."""


@pytest.fixture(scope="module")
def shown():
    """A picture with one face, and a red spot."""
    image = scene(("b", 380, 60, 400))
    image[MARK[1] : MARK[1] + 12, MARK[0] : MARK[0] + 12] = (0, 0, 255)
    return image, analyse(image, STORE)[0]


def pointing_at(face):
    """Heads that find a face relative to the red spot."""
    corner = np.array(MARK)
    sides = np.concatenate([corner - face.box[:2], face.box[2:] - corner])
    values = {1: None, 4: sides / SCALE, 10: ((face.points - corner) / SCALE).ravel()}

    def heads(stride, length):
        weight = np.zeros((2 * length, 3, 1, 1), np.float32)
        if length == 1:
            weight[0, :, 0, 0] = 10, -10, -10
            return weight, [-15.0 if stride == 8 else -99.0, -99.0]
        return weight, np.tile(values[length] / stride, 2)

    return heads


def test_a_file_that_takes_everything_for_a_face_gives_a_bounded_list():
    image = scene(("b", 380, 60, 400))
    node = Detect(context_with(With(STORE, "yunet", loaded(yunet()))), model="yunet", landmarks=None)
    assert len(node(frame(image), min_score=0.2)) <= MOST + 8


def nearest(faces, face):
    """The face that was to be found; in parts of the picture, which are seen larger, the twin points elsewhere."""
    return min(faces.seen(), key=lambda one: np.abs(one.points - face.points).max())


@pytest.mark.parametrize("model", ["scrfd_500m", "scrfd_2.5g", "scrfd_10g", "retinaface_10g"])
def test_a_detectors_face_gets_the_same_mesh(shown, model):
    image, face = shown
    node = Detect(context_with(With(STORE, model, loaded(scrfd(pointing_at(face))))), model=model)
    found = nearest(node(frame(image)), face)
    assert np.abs(found.landmarks.points[:, :2] - face.landmarks.points[:, :2]).max() < 0.05 * face.size


def test_without_landmarks_the_five_points_are_the_detectors(shown):
    image, face = shown
    node = Detect(
        context_with(With(STORE, "scrfd_10g", loaded(scrfd(pointing_at(face))))), model="scrfd_10g", landmarks=None
    )
    found = nearest(node(frame(image)), face)
    np.testing.assert_allclose(found.points, face.points, atol=0.1)
    np.testing.assert_allclose(found.box, face.box, atol=0.1)

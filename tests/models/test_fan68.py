"""FAN's 68 points, on a twin that puts them on the bluest cell: colours and places show."""

import cv2
import numpy as np
import pytest

from models.fan68 import Fan68
from runtime.errors import ModelError
from runtime.kinds import Face
from tests.models.twins import fan68, loaded, restorer


def face_at(x, y, side, angle=0.0):
    """A face about x, y whose eyes lie on a line of that angle, degrees."""
    turn = cv2.getRotationMatrix2D((x, y), -angle, 1.0)
    points = np.array([[x - 30, y - 20], [x + 30, y - 20], [x, y], [x - 20, y + 30], [x + 20, y + 30]], np.float64)
    box = np.array([x - side / 2, y - side / 2, x + side / 2, y + side / 2], np.float32)
    return Face(box, (points @ turn[:, :2].T + turn[:, 2]).astype(np.float32), 1.0)


def picture(*spots):
    image = np.full((540, 960, 3), 90, np.uint8)
    for x, y, colour in spots:
        cv2.circle(image, (x, y), 6, colour, -1)
    return image


@pytest.mark.parametrize("angle", [0.0, 35.0, 180.0])
@pytest.mark.parametrize("side", [100, 195, 330])
def test_points_come_back_to_the_place_in_the_frame(side, angle):
    image = picture((420, 260, (255, 0, 0)), (380, 230, (0, 0, 255)))
    found = Fan68(loaded(fan68()))(image, [face_at(400, 250, side, angle)])
    assert found.points.shape == (1, 68, 2)
    np.testing.assert_allclose(found.points[0], np.tile([420, 260], (68, 1)), atol=6 + side / 64)


def test_each_face_has_its_own_points_and_its_own_score():
    image = picture((210, 260, (255, 0, 0)), (610, 240, (150, 0, 0)))
    found = Fan68(loaded(fan68()))(image, [face_at(200, 250, 150), face_at(600, 250, 150)])
    np.testing.assert_allclose(found.points[:, 0], [[210, 260], [610, 240]], atol=8)
    assert found.scores[0] == 1
    assert found.scores[1] == pytest.approx(150 / 255 / 0.9, abs=0.05)


def test_no_faces_give_no_points():
    assert Fan68(loaded(fan68()))(picture(), []).points.shape == (0, 68, 2)


def test_a_network_of_another_kind_is_refused():
    with pytest.raises(ModelError, match="gives no 68 points"):
        Fan68(loaded(restorer(256)))(picture(), [face_at(400, 250, 150)])

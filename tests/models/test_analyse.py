import cv2
import numpy as np
import pytest

from models.analyse import analyse


@pytest.mark.parametrize("letter", "abc")
def test_a_portrait_gives_one_whole_face(models, portraits, letter):
    (face,) = analyse(portraits[letter], models)
    assert face.landmarks.scheme == "mesh468"
    assert face.landmarks.points.shape == (468, 3)
    assert face.points.shape == (5, 2)
    assert face.pose is not None
    assert face.track == -1
    assert face.score > 0.99
    assert not face.landmarks.points.flags.writeable


def test_faces_come_largest_first(models, portraits):
    image = np.full((768, 1400, 3), 90, np.uint8)
    image[100:500, :400] = cv2.resize(portraits["a"], (400, 400))
    image[:, 600:1368] = portraits["b"]
    sizes = [face.size for face in analyse(image, models)]
    assert len(sizes) == 2
    assert sizes[0] > sizes[1]


@pytest.mark.parametrize("side", [540, 250, 150, 80])
def test_small_faces_are_found_and_only_once(models, portraits, side):
    image = np.full((540, 960, 3), 90, np.uint8)
    image[:side, 300 : 300 + side] = cv2.resize(portraits["c"], (side, side), interpolation=cv2.INTER_AREA)
    (face,) = analyse(image, models)
    assert 0.3 * side < face.size < 0.6 * side


@pytest.mark.parametrize("shape", [(540, 960, 3), (48, 64, 3), (1, 1, 3)])
def test_a_picture_without_faces_gives_none(models, shape):
    assert len(analyse(np.full(shape, 128, np.uint8), models)) == 0

import numpy as np
import pytest

from models.analyse import analyse
from models.pose import pose_of


def turned(points, degrees, axis):
    """Turns a mesh (x right, y down, z away) about an axis: 0 x, 1 y, 2 z; positive as the right hand has it, y up."""
    a = np.radians(degrees)
    c, s = np.cos(a), np.sin(a)
    rotation = {
        0: [[1, 0, 0], [0, c, -s], [0, s, c]],
        1: [[c, 0, s], [0, 1, 0], [-s, 0, c]],
        2: [[c, -s, 0], [s, c, 0], [0, 0, 1]],
    }[axis]
    flip = np.array([1, -1, -1])
    return ((points * flip) @ np.array(rotation).T * flip).astype(np.float32)


@pytest.fixture
def mesh(models, portraits):
    return analyse(portraits["a"], models)[0].landmarks.points


@pytest.mark.parametrize("degrees", [-40, -10, 10, 40])
def test_a_face_that_turns_to_the_right_of_the_image_has_a_larger_yaw(mesh, degrees):
    assert pose_of(turned(mesh, degrees, 1)).yaw - pose_of(mesh).yaw == pytest.approx(degrees, abs=1.5)


@pytest.mark.parametrize("degrees", [-30, 30])
def test_a_face_that_looks_up_has_a_larger_pitch(mesh, degrees):
    assert pose_of(turned(mesh, -degrees, 0)).pitch - pose_of(mesh).pitch == pytest.approx(degrees, abs=1.5)


@pytest.mark.parametrize("degrees", [-60, 30])
def test_a_face_that_tilts_counter_clockwise_has_a_larger_roll(mesh, degrees):
    assert pose_of(turned(mesh, degrees, 2)).roll - pose_of(mesh).roll == pytest.approx(degrees, abs=1.5)


def test_size_and_place_do_not_matter(mesh):
    moved = mesh * np.float32(0.3) + np.float32([500, -80, 40])
    assert pose_of(moved).yaw == pytest.approx(pose_of(mesh).yaw, abs=1e-2)


def test_portraits_look_straight_ahead(models, portraits):
    for image in portraits.values():
        pose = analyse(image, models)[0].pose
        assert abs(pose.yaw) < 3
        assert abs(pose.pitch) < 6
        assert abs(pose.roll) < 3

"""The tracker alone: boxes in, numbers out. No picture and no network."""

import numpy as np
import pytest

from nodes.detect.sighting import Sighting
from nodes.detect.tracker import MOST, Tracker

STEP = 1 / 30


def at(x, y=100.0, size=80.0, colour=1.0):
    """A sighting whose `score` carries the colour of the person, for `looks`."""
    box = np.array([x, y, x + size, y + size], np.float32)
    five = np.array([(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8)], np.float32) * size
    return Sighting(box, five + box[:2], colour)


def looks(sighting):
    return np.full((8, 8, 3), sighting.score, np.float32)


def step(tracker, found, elapsed=STEP):
    tracker.advance(elapsed)
    tracker.update(found, looks, 0.5)


def seen(tracker):
    return {face.track: float(face.box[0]) for face in tracker.faces().seen()}


@pytest.fixture
def tracker():
    return Tracker()


def test_a_newcomer_gets_the_next_number_and_keeps_it(tracker):
    tracker.welcome([at(0), at(300)], looks)
    for index in range(5):
        step(tracker, {0: at(index), 1: at(300 - index)})
    assert sorted(seen(tracker)) == [0, 1]


def test_of_more_suspects_than_are_listed_the_latest_stay(tracker):
    for index in range(3):
        tracker.advance(STEP)
        tracker.suspect([at(100 * column, 500 * index) for column in range(MOST // 2)], looks)
    assert sorted(face.track for face in tracker.faces()) == list(range(MOST // 2, 3 * (MOST // 2)))


def test_a_number_is_never_used_again(tracker):
    tracker.welcome([at(0)], looks)
    tracker.clear()
    tracker.welcome([at(0)], looks)
    assert list(seen(tracker)) == [1]


def test_a_lost_face_moves_on_for_a_while(tracker):
    tracker.welcome([at(0)], looks)
    for index in range(1, 20):
        step(tracker, {0: at(10 * index)})
    for _ in range(6):
        step(tracker, {0: None})
    (face,) = tracker.faces()
    assert face.age == pytest.approx(0.2)
    assert 190 + 0.5 * 60 < face.box[0] <= 190 + 60  # 10 px a frame for six frames, fading


def test_a_face_that_slid_onto_another_is_lost_and_the_other_keeps_its_number(tracker):
    """Number 0 is the older one, and its landmarks are drawn to the face of 1 in front of it."""
    tracker.welcome([at(100, colour=0.5), at(400, colour=1.5)], looks)
    for index in range(20):
        step(tracker, {0: at(100 + 5 * index, colour=0.5), 1: at(400 - 5 * index, colour=1.5)})
    step(tracker, {0: at(300, colour=1.5), 1: at(298, colour=1.5)})
    assert list(seen(tracker)) == [1]


def test_who_comes_out_from_behind_somebody_has_the_old_number(tracker):
    tracker.welcome([at(100, colour=0.5), at(400, colour=1.5)], looks)
    for index in range(25):
        step(tracker, {0: at(100 + 5 * index, colour=0.5), 1: at(400 - 5 * index, colour=1.5)})
    for index in range(25, 40):  # 0 is hidden
        step(tracker, {0: None, 1: at(400 - 5 * index, colour=1.5)})
    tracker.welcome([at(310, colour=0.5)], looks)
    assert set(seen(tracker)) == {0, 1}
    assert seen(tracker)[0] == 310


def test_of_two_who_were_lost_at_one_place_colours_tell_who_is_back(tracker):
    tracker.welcome([at(100, colour=0.5), at(250, colour=1.5)], looks)
    for _ in range(10):
        step(tracker, {0: at(100, colour=0.5), 1: at(250, colour=1.5)})
    for _ in range(9):
        step(tracker, {})
    tracker.welcome([at(160, colour=1.5)], looks)
    assert list(seen(tracker)) == [1]


def test_one_face_found_twice_is_one(tracker):
    tracker.welcome([at(100)], looks)
    tracker.welcome([at(110)], looks)
    assert list(seen(tracker)) == [0]
    tracker.welcome([at(160)], looks)  # beside it at first, and drawn to it in the next frame
    step(tracker, {0: at(100), 1: at(102)})
    assert list(seen(tracker)) == [0]
    step(tracker, {0: None})
    assert [face.track for face in tracker.faces()] == [0]


def test_a_lost_face_is_not_found_again_under_somebody_else(tracker):
    tracker.welcome([at(100, colour=0.5), at(400, colour=1.5)], looks)
    for _ in range(10):
        step(tracker, {0: at(100, colour=0.5), 1: at(400, colour=1.5)})
    step(tracker, {0: None, 1: at(150, colour=1.5)})
    step(tracker, {0: at(110, colour=0.5), 1: at(120, colour=1.5)})
    assert list(seen(tracker)) == [1]


def test_who_is_behind_a_seen_face_is_not_listed(tracker):
    tracker.welcome([at(100, colour=0.5), at(400, colour=1.5)], looks)
    for _ in range(10):
        step(tracker, {0: at(100, colour=0.5), 1: at(400, colour=1.5)})
    step(tracker, {0: None, 1: at(110, colour=1.5)})
    assert [face.track for face in tracker.faces()] == [1]
    step(tracker, {0: None, 1: at(250, colour=1.5)})
    assert {face.track for face in tracker.faces()} == {0, 1}

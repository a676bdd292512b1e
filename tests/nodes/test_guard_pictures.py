"""The guard's pictures: how far a blur reaches and hides, and what a cut changes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.analyse import analyse
from models.embeddings import FaceRes
from models.session import ModelStore
from nodes.guard import Guard
from runtime.kinds import Faces, Frame
from tests.nodes.conftest_faces import portrait
from tests.nodes.guarding import (
    BAD,
    GOOD,
    HEIGHT,
    NONE,
    SEEN,
    SWAPPED,
    WIDTH,
    Desk,
    composite,
    face,
    look,
    raw_at,
)

STORE = ModelStore()


def in_another_scene(time):
    cells = np.random.default_rng(1).integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), np.uint8)
    return raw_at(time).with_image(cv2.resize(cells, (WIDTH, HEIGHT)))


def test_after_a_cut_the_old_face_is_let_go_if_somebody_new_is_found():
    guard = Guard()
    guard(composite(raw_at(0.0), cleared=True), SEEN, raw_at(0.0))
    raw = in_another_scene(0.1)
    result = guard(composite(raw, cleared=True), Faces((face(track=2, box=(0, 0, 30, 40)),)), raw, hold_ms=0)
    assert look(result.image) == SWAPPED


@pytest.mark.parametrize("frame", [GOOD, BAD])
def test_after_a_cut_somebody_may_be_anywhere_until_they_are_found(frame):
    guard = Guard()
    guard(composite(raw_at(0.0), cleared=True), SEEN, raw_at(0.0))
    raw = in_another_scene(0.6)
    result = guard(composite(raw, cleared=frame == GOOD), NONE, raw)
    assert np.ptp(result.image[..., 0]) < 100 < np.ptp(raw.image[..., 0])


def test_a_picture_that_looks_like_a_cut_frees_nobody_whom_the_tracker_still_follows():
    guard = Guard()
    known = Faces((face(), face(track=2, box=(0, 0, 30, 40))))
    guard(composite(raw_at(0.0), cleared=True), known, raw_at(0.0))
    raw = in_another_scene(0.1)
    result = guard(composite(raw, cleared=True), Faces((face(track=2, box=(0, 0, 30, 40)),)), raw, hold_ms=0)
    assert look(result.image) != SWAPPED


def test_a_small_face_beside_a_large_one_leaves_no_finer_blur_on_it():
    raw = Frame(cv2.resize(np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8), (320, 240)))
    large, small = face(box=(40, 20, 200, 220)), face(track=2, box=(110, 100, 122, 115))
    both, alone = (Guard()(raw, Faces(faces), raw).image[100:115, 110:122] for faces in ((large, small), (large,)))
    assert (both == alone).all()


def test_the_region_grows_while_the_face_is_missing():
    desk, reaches = Desk(hold_ms=0), []
    desk.step(0.0, GOOD, SEEN)
    for time in (0.03, 0.1, 0.2):
        raw = raw_at(time)
        result = desk.guard(composite(raw, cleared=False), Faces((face(time),)), raw, hold_ms=0)
        reaches.append(int((result.image != raw.image).any(-1).sum()))
    assert reaches[0] < reaches[1] < reaches[2]


@pytest.mark.parametrize("letter", ["a", "b", "c"])
@pytest.mark.parametrize("share", [1.0, 0.35])
@pytest.mark.parametrize("whole", [True, False])
def test_a_blurred_face_cannot_be_recognised(letter, share, whole):
    """The cosine to the bare face falls below what different people have (0.52 at their 95th percentile)."""
    image = portrait(letter, round(768 * share))
    faces = analyse(image, STORE)
    network = FaceRes(STORE.session("faceres"))
    bare = network(image, faces.items)[0]
    raw = Frame(image.copy())
    blurred = Guard()(None if whole else raw, faces, raw)
    assert float(network(blurred.image, faces.items)[0] @ bare) < 0.52
    assert not analyse(blurred.image, STORE, 0.9).items


def test_the_camera_s_frame_is_not_written_to():
    raw = raw_at(0.0)
    before = raw.image.copy()
    Guard()(None, None, raw)
    assert (raw.image == before).all()

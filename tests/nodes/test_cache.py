from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.session import ModelStore
from nodes.cache import Cache
from nodes.detect import Detect
from runtime.kinds import Face, Faces, Pose
from runtime.signature import spec_of
from tests.nodes.conftest_faces import Counting, clip, context_with, frame, scene, wall

STORE = ModelStore()


def through(images, cache=None, times=None, **settings):
    """Gives pictures to detect and cache; returns the answers of both."""
    detect, cache = Detect(context_with(STORE)), cache or Cache(context_with(STORE))
    answers = []
    for index, image in enumerate(images):
        now = frame(image, index, None if times is None else times[index])
        answers.append(cache(now, detect(now), **settings))
    return answers


def marks(answers):
    return [faces[0].same_as for faces in answers]


def noisy(image, sigma, seed):
    noise = np.random.default_rng(seed).normal(0, sigma, image.shape)
    return np.clip(image + noise.round(), 0, 255).astype(np.uint8)


def shifted(image, pixels):
    move = np.array([[1, 0, pixels], [0, 1, 0]], np.float64)
    return cv2.warpAffine(
        image, move, (image.shape[1], image.shape[0]), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def test_its_signature_is_a_node():
    spec = spec_of(Cache)
    assert spec.ordered
    assert [port.name for port in spec.ports] == ["frame", "faces"]
    assert set(spec.live.model_fields) == {"same_threshold", "same_shift", "refresh_ms"}


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_face_without_a_place_is_nothing_to_compare_with(value):
    cache, still = Cache(context_with(STORE)), wall()
    lost = Face(np.full(4, value, np.float32), np.full((5, 2), value, np.float32), 1.0, track=1)
    found = Face(np.array([9, 9, 90, 90], np.float32), np.full((5, 2), 50, np.float32), 1.0, track=1)
    answers = [cache(frame(still, index), Faces((face,))) for index, face in enumerate((lost, lost, found, found))]
    assert marks(answers) == [None, None, None, 2]
    assert np.isfinite(answers[2][0].box).all()


def test_repeated_frames_refer_to_the_first_of_them():
    images = [image for image in clip(3) for _ in range(4)]
    assert marks(through(images)) == [None, 0, 0, 0, None, 4, 4, 4, None, 8, 8, 8]


def test_the_noise_of_a_camera_is_no_change():
    still = next(clip(1))
    found = marks(through([noisy(still, 2, seed) for seed in range(20)]))
    anchors = [mark for mark in found if mark is not None]
    assert len(anchors) >= 17
    assert len(set(anchors)) <= 2


def test_a_face_that_stays_keeps_the_landmarks_of_its_frame():
    still = next(clip(1))
    answers = [faces[0] for faces in through([noisy(still, 2, seed) for seed in range(10)])]
    for face in answers:
        if face.same_as is not None:
            first = answers[face.same_as]
            assert face.landmarks is first.landmarks
            assert face.pose is first.pose
            np.testing.assert_array_equal(face.points, first.points)
            np.testing.assert_array_equal(face.box, first.box)


def test_a_person_who_moves_is_never_the_same():
    cache = Cache(context_with(STORE))
    assert marks(through(clip(60), cache)) == [None] * 60
    assert cache.counters()["reuses"] == 0


def test_slow_drift_adds_up_until_it_is_seen():
    still = next(clip(1))
    found = marks(through([shifted(still, 0.04 * i) for i in range(40)]))
    anchors = sorted({mark for mark in found if mark is not None})
    assert len(anchors) >= 3
    distances = [index - mark for index, mark in enumerate(found) if mark is not None]
    assert max(distances) * 0.04 < 1


def test_a_mark_refers_to_a_frame_that_had_none_itself():
    still = next(clip(1))
    found = marks(through([shifted(still, 0.04 * (i // 3)) for i in range(60)]))
    assert all(mark < index and found[mark] is None for index, mark in enumerate(found) if mark is not None)


def test_eyes_that_close_are_a_change():
    still = next(clip(1))
    closed = still.copy()
    closed[196:208, 446:474] = still[212:224, 446:474]
    found = marks(through([still] * 4 + [closed] * 1))
    assert found[3] is not None
    assert found[4] is None


def test_the_threshold_is_a_setting():
    still = next(clip(1))
    images = [still] * 3 + [cv2.convertScaleAbs(still, beta=5)] * 3
    assert marks(through(images))[3] is None
    assert marks(through(images, same_threshold=20.0, same_shift=0.05))[3] == 0
    noise = [noisy(still, 2, seed) for seed in range(4)]
    assert marks(through(noise, same_threshold=0.0)) == [None] * 4


def test_faces_are_compared_with_their_own_track():
    still, changed = scene(("a", 40, 60, 400), ("b", 520, 60, 400)), scene(("a", 40, 60, 400), ("b", 530, 60, 400))
    images = [still.copy() for _ in range(10)] + [changed]
    for index, image in enumerate(images):
        image[:40, :40] = 20 * index  # so that landmarks are found anew, and settle
    answers = through(images)
    moved, stays = sorted(answers[-1], key=lambda face: -face.box[0])
    assert moved.same_as is None
    assert stays.same_as is not None


@pytest.mark.parametrize("sway_px", [0.5, 4.0])
def test_reuse_never_shows(sway_px):
    """Points of somebody who sways slowly, filmed with noise, jump no more with reuse than without it."""
    still = next(clip(1))
    images = [noisy(shifted(still, sway_px * np.sin(index / 19)), 2, index) for index in range(60)]
    jitter = []
    for settings in ({}, {"same_threshold": 0.0}):
        points = np.array([faces[0].landmarks.points[:, :2] for faces in through(images, **settings)])
        jitter.append(np.sqrt(np.square(np.diff(points, 2, axis=0)).sum(-1).mean(1)).mean())
    assert jitter[0] <= 1.05 * jitter[1]


def test_lost_faces_and_frames_outside_a_run_have_no_mark():
    cache = Cache(context_with(STORE))
    image = next(clip(1))
    face = Detect(context_with(STORE))(frame(image))[0]
    assert cache(frame(image, 0), Faces((face,)))[0].same_as is None
    assert cache(frame(image, 1), Faces((replace(face, age=0.1),)))[0].same_as is None
    assert cache(frame(image, 2), Faces((face,)))[0].same_as == 0
    assert cache(replace(frame(image), seq=-1), Faces((face,)))[0].same_as is None
    assert cache(frame(image, 3), Faces((replace(face, track=-1),)))[0].same_as is None


def test_a_run_that_starts_again_never_refers_to_a_later_frame():
    cache = Cache(context_with(STORE))
    image = next(clip(1))
    face = Detect(context_with(STORE))(frame(image))[0]
    assert cache(frame(image, 50), Faces((face,)))[0].same_as is None
    assert cache(frame(image, 50), Faces((face,)))[0].same_as is None
    assert cache(frame(image, 2), Faces((face,)))[0].same_as is None
    assert cache(frame(image, 3), Faces((face,)))[0].same_as == 2


def test_tracks_beyond_the_limit_are_forgotten_and_counted():
    cache = Cache(context_with(STORE), max_tracks=2)
    image = next(clip(1))
    face = Detect(context_with(STORE))(frame(image))[0]
    for index, track in enumerate([0, 1, 2, 3, 3, 0]):
        answer = cache(frame(image, index), Faces((replace(face, track=track),)))
    assert answer[0].same_as is None
    assert cache.counters() == {"hits": 0, "misses": 0, "evictions": 2, "reuses": 1}


def test_faces_in_the_picture_are_never_too_many_to_be_remembered():
    cache = Cache(context_with(STORE), max_tracks=1)
    image = next(clip(1))
    face = Detect(context_with(STORE))(frame(image))[0]
    crowd = Faces(tuple(replace(face, track=track) for track in range(3)))
    assert [face.same_as for face in cache(frame(image, 0), crowd)] == [None] * 3
    assert [face.same_as for face in cache(frame(image, 1), crowd)] == [0] * 3
    assert cache.counters()["evictions"] == 0


def test_what_detect_said_of_a_frame_is_kept():
    empty = Faces(detected=False)
    assert Cache(context_with(STORE))(frame(wall()), empty) == empty


# Identities


@pytest.fixture
def pair():
    """Two people, and what detect says of them."""
    image = scene(("a", 40, 60, 400), ("b", 520, 60, 400))
    return image, Detect(context_with(STORE))(frame(image))


def known(faces):
    return [face.track for face in faces if face.identity is not None]


def test_nothing_is_computed_unless_identity_is_asked_for(pair):
    models = Counting(STORE)
    image, faces = pair
    assert known(Cache(context_with(models))(frame(image), faces)) == []
    assert models.runs == {}


def test_new_faces_come_first_and_one_identity_is_made_in_a_frame(pair):
    models = Counting(STORE)
    cache = Cache(context_with(models), identity="faceres")
    image, faces = pair
    answers = [cache(frame(image, index), faces) for index in range(5)]
    assert [len(known(answer)) for answer in answers] == [1, 2, 2, 2, 2]
    assert known(answers[0]) == [faces[0].track]
    assert models.runs == {"faceres": 2}
    first, second = (face.identity for face in answers[-1])
    assert first.similarity(second) < 0.75
    assert cache.counters()["misses"] == 2


def test_an_identity_is_made_anew_when_it_is_old(pair):
    models = Counting(STORE)
    cache = Cache(context_with(models), identity="faceres")
    image, faces = pair
    one = Faces(faces.items[:1])
    for index, time in enumerate([0.0, 0.5, 1.0, 1.1, 1.2]):
        cache(frame(image, index, time), one, refresh_ms=900)
    assert models.runs == {"faceres": 2}


def test_an_identity_is_made_anew_when_the_head_turns_to_the_front(pair):
    models = Counting(STORE)
    cache = Cache(context_with(models), identity="faceres")
    image, faces = pair
    for index, yaw in enumerate([40.0, 35.0, 10.0, 12.0, 40.0]):
        cache(frame(image, index), Faces((replace(faces[0], pose=Pose(yaw, 0, 0)),)))
    assert models.runs == {"faceres": 2}


def test_who_comes_back_has_no_identity_until_it_is_made_anew(pair):
    models = Counting(STORE)
    cache = Cache(context_with(models), identity="faceres")
    image, faces = pair
    here, gone = Faces(faces.items[:1]), Faces((replace(faces[0], age=0.2),))
    assert known(cache(frame(image, 0), here)) == [faces[0].track]
    assert known(cache(frame(image, 1), gone)) == []
    assert known(cache(frame(image, 2), here)) == [faces[0].track]
    assert models.runs == {"faceres": 2}


def test_a_clip_that_starts_again_does_not_keep_identities_for_ever(pair):
    models = Counting(STORE)
    cache = Cache(context_with(models), identity="faceres")
    image, faces = pair
    cache(frame(image, 0, 100.0), Faces(faces.items[:1]))
    cache(frame(image, 1, 0.0), Faces(faces.items[:1]))
    assert models.runs == {"faceres": 2}


def test_more_faces_than_the_limit_still_get_answers(pair):
    cache = Cache(context_with(STORE), identity="faceres", max_tracks=1)
    image, faces = pair
    for index in range(4):
        answer = cache(frame(image, index), faces)
        assert len(answer) == 2
        assert all(isinstance(face, Face) for face in answer)
    assert len(known(answer)) == 2

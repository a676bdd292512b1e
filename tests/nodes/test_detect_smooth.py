"""The smoother: still points stand still, steady ones are not late, leaps are followed at once."""

import numpy as np
import pytest

from nodes.detect.smooth import Smoother

FPS = 30
SHAPE = np.random.default_rng(0).uniform(0, 200, (60, 3)).astype(np.float32)


def smoothed(points, smooth=0.5, step=1 / FPS):
    smoother = Smoother()
    return [smoother(one, step if index else 0.0, smooth) for index, one in enumerate(points)]


def noisy(path, sigma=0.2):
    random = np.random.default_rng(1)
    return [(SHAPE + np.array([*place, 0]) + random.normal(0, sigma, SHAPE.shape)).astype(np.float32) for place in path]


def roughness(points, truth):
    return np.sqrt(np.mean(np.diff(np.stack(points) - truth, 2, axis=0) ** 2))


def test_noise_on_a_still_face_is_taken_out():
    path = np.zeros((60, 2))
    raw = noisy(path)
    assert roughness(smoothed(raw)[10:], SHAPE) < 0.5 * roughness(raw[10:], SHAPE)


def test_more_is_taken_out_where_more_is_asked_for():
    raw = noisy(np.zeros((60, 2)))
    rough = [roughness(smoothed(raw, smooth), SHAPE) for smooth in (0.0, 0.25, 0.5, 1.0)]
    assert rough == sorted(rough, reverse=True)
    np.testing.assert_array_equal(smoothed(raw, 0.0), raw)


@pytest.mark.parametrize("speed", [50, 400])
def test_steady_motion_is_not_late(speed):
    path = np.stack([np.arange(60) * speed / FPS, np.zeros(60)], 1)
    late = np.stack(smoothed(noisy(path, 0.0)))[40:, :, 0] - (SHAPE[:, 0] + path[40:, :1])
    assert np.abs(late).max() < 0.02 * 200


def test_a_start_and_a_stop_are_followed_within_a_tenth_of_the_step():
    path = np.stack([np.clip(np.arange(40) - 10, 0, 15) * 20.0, np.zeros(40)], 1)
    late = np.stack(smoothed(noisy(path, 0.0)))[..., 0] - (SHAPE[:, 0] + path[:, :1])
    assert np.abs(late).max() < 0.15 * 20 * 2


def test_a_leap_is_taken_as_it_is():
    path = np.array([[0, 0]] * 5 + [[150, 0]] * 2, float)
    raw = noisy(path)
    np.testing.assert_array_equal(smoothed(raw)[5], raw[5])


def test_a_blink_is_late_by_less_than_a_frame():
    """Five points of the face move by an eighth of its size within four frames and back."""
    closing = np.concatenate([np.zeros(10), np.linspace(0, 1, 5), np.linspace(1, 0, 5)[1:], np.zeros(5)])
    raw = [SHAPE.copy() for _ in closing]
    for points, share in zip(raw, closing, strict=True):
        points[:5, 1] += np.float32(25 * share)
    shown = np.stack(smoothed(raw))[:, :5, 1].mean(1) - SHAPE[:5, 1].mean()
    wanted = 25 * closing
    step = np.abs(np.diff(wanted)).max()
    assert np.abs(shown - wanted).max() < step


def test_after_a_gap_it_starts_anew():
    smoother = Smoother()
    first, second = noisy(np.zeros((2, 2)))
    smoother(first, 0.0, 0.5)
    np.testing.assert_array_equal(smoother(second, 1.0, 0.5), second)


def test_stamps_that_come_unevenly_do_not_make_steady_motion_tremble():
    path = np.stack([np.arange(60) * 8.0, np.zeros(60)], 1)
    raw = noisy(path, 0.0)
    smoother = Smoother()
    steps = np.resize([0.033, 0.022, 0.067, 0.013, 0.046, 0.033], 60)
    shown = [
        smoother(one, step if index else 0.0, 0.5) for index, (one, step) in enumerate(zip(raw, steps, strict=True))
    ]
    late = (np.stack(shown) - np.stack(raw))[10:, :, 0]
    assert np.abs(late).max() < 0.1 * 8

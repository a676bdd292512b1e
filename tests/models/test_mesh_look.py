"""What a swapper saw of a face, and how fast that is shown."""

import numpy as np
import pytest

from models.mesh_detail import Detail
from models.mesh_look import EVERY, Look, Seen, glance_of

CALM = np.full(3, 100.0)


def seen(level, glance=CALM, detail=None):
    return Seen(np.full((32, 32, 4), level, np.float32), glance, detail=detail)


def test_a_look_moves_towards_the_new_one_by_its_share():
    old, new = (seen(level, detail=Detail(level, level)) for level in (10, 20))
    first = Look.after(None, 0.25, CALM, lambda: old)
    assert first.shown is old
    moved = Look.after(first, 0.25, CALM, lambda: new)
    assert np.allclose(moved.shown.light, 12.5)
    assert moved.shown.detail == Detail(12.5, 12.5)
    assert Look.after(moved, 1.0, CALM, lambda: old).shown is old


def test_one_frame_of_several_is_looked_at_and_all_of_them_settle():
    looked = []

    def see():
        looked.append(len(shown))
        return seen(100)

    look, shown = Look.after(None, 1.0, CALM, lambda: seen(0)), []
    for _ in range(2 * EVERY):
        look = Look.after(look, 0.25, CALM, see)
        shown.append(float(look.shown.light.mean()))
    assert looked == [0, EVERY]
    assert np.allclose(shown, [100 * (1 - 0.75 ** (n + 1)) for n in range(2 * EVERY)])


@pytest.mark.parametrize("gains", [0.75, 1.3, (0.7, 1, 1)])
def test_light_of_another_strength_or_colour_is_shown_at_once_between_looks_too(gains):
    look = Look.after(None, 0.25, CALM, lambda: seen(50))
    for _ in range(EVERY - 1):
        look = Look.after(look, 0.25, CALM, lambda: seen(50))
    assert look.wait
    after = Look.after(look, 0.25, CALM * gains, lambda: seen(90, CALM * gains))
    assert np.allclose(after.shown.light, 90)


def test_a_face_that_speaks_and_light_that_flickers_are_smoothed():
    first = Look.after(None, 0.25, CALM, lambda: seen(50))
    assert np.allclose(Look.after(first, 0.25, CALM * 0.9, lambda: seen(90)).shown.light, 60)


def test_light_that_goes_on_changing_is_followed_exactly_until_it_is_calm():
    look, levels = Look.after(None, 0.25, CALM, lambda: seen(100)), [60, 57, 54, 50, 46, *[43] * 12]
    for level in levels:
        glance = np.full(3, float(level))
        look = Look.after(look, 0.25, glance, lambda now=level, glance=glance: seen(now, glance))
        assert np.allclose(look.shown.light, level)
    assert look.exact == 0
    assert Look.after(look, 0.25, np.full(3, 40.0), lambda: seen(40)).shown.light.mean() > 42


def test_a_glance_is_the_mean_colour_of_the_middle():
    patch = np.zeros((100, 100, 4), np.uint8)
    patch[30:80, 25:75] = (10, 20, 30, 255)
    assert glance_of(patch) == pytest.approx((10, 20, 30))

"""The label: readable on any picture, drawn nowhere but in its corner."""

from __future__ import annotations

import numpy as np
import pytest

from nodes.label import Label
from runtime.kinds import Frame
from runtime.signature import spec_of

SIZES = [(640, 480), (960, 540), (1920, 1080), (540, 960)]


def picture(level, width=640, height=480, **fields):
    return Frame(np.full((height, width, 3), level, np.uint8), **fields)


def changed(before, after):
    """x0, y0, x1, y1 of what differs."""
    ys, xs = np.nonzero((before.image != after.image).any(-1))
    return xs.min(), ys.min(), xs.max() + 1, ys.max() + 1


def test_its_settings_have_types_and_defaults():
    assert spec_of(Label).live().model_dump() == {
        "text": "AI face swap", "position": "bottom_left", "size": 0.045, "opacity": 0.85,
    }  # fmt: skip


@pytest.mark.parametrize("cleared", [True, False])
def test_it_keeps_whether_the_frame_is_cleared_and_its_numbers(cleared):
    result = Label()(picture(90, seq=4, time=2.5, cleared=cleared))
    assert (result.cleared, result.seq, result.time) == (cleared, 4, 2.5)


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("level", [0, 128, 255])
def test_letters_and_plate_differ_enough_to_be_read(width, height, level):
    """Contrast by WCAG 2: at least 4.5 to 1 between letters and plate, on dark, middle and light pictures."""
    before = picture(level, width, height)
    after = Label()(before)
    x0, y0, x1, y1 = changed(before, after)
    part = after.image[y0:y1, x0:x1, 0] / 255
    light = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    assert y1 - y0 >= 14
    assert (light.max() + 0.05) / (np.median(light) + 0.05) >= 4.5


@pytest.mark.parametrize("position", ["top_left", "top_right", "bottom_left", "bottom_right"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_lies_in_its_corner_and_touches_nothing_else(position, width, height):
    before = picture(100, width, height)
    after = Label()(before, position=position)
    x0, y0, x1, y1 = changed(before, after)
    assert (x1 <= width / 2) if position.endswith("left") else (x0 >= width / 2)
    assert (y1 <= height / 2) if position.startswith("top") else (y0 >= height / 2)
    assert min(x0, y0, width - x1, height - y1) >= 3


@pytest.mark.parametrize("settings", [{"text": ""}, {"text": "  "}, {"opacity": 0.0}])
def test_no_text_or_no_opacity_leaves_the_frame_uncopied(settings):
    frame = picture(10)
    assert Label()(frame, **settings) is frame


def test_settings_and_sizes_may_change_from_frame_to_frame():
    label = Label()
    small, large = picture(50), picture(50, 1920, 1080)
    first = label(small)
    assert not (label(small, text="other").image == first.image).all()
    _, y0, _, y1 = changed(large, label(large))
    assert y1 - y0 > 40
    assert (label(small).image == first.image).all()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (20, 200), (200, 8)])
def test_tiny_frames_take_what_fits(width, height):
    assert Label()(picture(80, width, height)).image.shape == (height, width, 3)


def test_the_input_stays_as_it_is():
    frame = picture(70)
    Label()(frame)
    assert (frame.image == 70).all()

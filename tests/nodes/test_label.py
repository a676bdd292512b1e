"""The label: readable on any picture, drawn nowhere but in its corner."""

from __future__ import annotations

import numpy as np
import pytest

from nodes.label import NOTICES, Label
from runtime.errors import ConfigurationError, GraphError
from runtime.kinds import Frame
from runtime.signature import spec_of
from runtime.testing import GraphRun, numbered_pictures

SIZES = [(640, 480), (960, 540), (1920, 1080), (540, 960)]


def picture(level, width=640, height=480, **fields):
    return Frame(np.full((height, width, 3), level, np.uint8), **fields)


def changed(before, after):
    """x0, y0, x1, y1 of what differs."""
    ys, xs = np.nonzero((before.image != after.image).any(-1))
    return xs.min(), ys.min(), xs.max() + 1, ys.max() + 1


def test_its_settings_have_types_and_defaults():
    assert spec_of(Label).live().model_dump() == {
        "language": "en", "text": "", "position": "bottom_left", "style": "plate", "size": 0.03, "opacity": 0.75,
    }  # fmt: skip


@pytest.mark.parametrize("cleared", [True, False])
def test_it_keeps_whether_the_frame_is_cleared_and_its_numbers(cleared):
    result = Label()(picture(90, seq=4, time=2.5, cleared=cleared))
    assert (result.cleared, result.seq, result.time) == (cleared, 4, 2.5)


def luminance(levels):
    part = levels / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def letters_of(before, after):
    """Where the letters are: their middle parts are the lightest of what was drawn."""
    x0, y0, x1, y1 = changed(before, after)
    part = after.image[y0:y1, x0:x1, 0]
    return part, part >= part.max() - 12


@pytest.mark.parametrize("opacity", [0.55, 0.75, 1.0])
@pytest.mark.parametrize("style", ["plate", "outline"])
@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("level", [0, 128, 255])
def test_letters_differ_enough_from_what_is_behind_them_to_be_read(width, height, level, style, opacity):
    """Contrast by WCAG 2: at least 4.5 to 1 on dark, middle and light pictures, whatever the settings allow."""
    before = picture(level, width, height)
    part, _ = letters_of(before, Label()(before, style=style, opacity=opacity))
    light, dark = luminance(part.max()), luminance(level * (1 - opacity))
    assert np.abs(part.astype(int) - round(level * (1 - opacity))).min() <= 2 or level == 0
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("size", [0.02, 0.03, 0.1])
@pytest.mark.parametrize(("width", "height"), [*SIZES, (320, 240)])
def test_capital_letters_have_the_height_that_was_asked_for_and_10_px_at_least(width, height, size):
    before = picture(100, width, height)
    _, letters = letters_of(before, Label()(before, text="HHHH", size=size))
    rows = np.flatnonzero(letters.any(1))
    assert rows[-1] - rows[0] + 1 == pytest.approx(max(size * min(width, height), 10), abs=1.6)


@pytest.mark.parametrize("language", NOTICES)
def test_every_language_is_drawn_in_letters_of_its_own(language):
    """A letter that the font lacked would be a question mark, and a text with question marks looks like one."""
    before = picture(60)
    shown = Label()(before, language=language)
    asked = Label()(before, text="".join("?" if ord(char) > 127 else char for char in NOTICES[language]))
    assert NOTICES[language].isascii() or (shown.image != asked.image).any()
    assert (Label()(before, text=NOTICES[language]).image == shown.image).all()
    x0, _, x1, _ = changed(before, shown)
    assert x1 - x0 > 60


def test_a_long_text_is_broken_into_lines_and_nothing_is_cut_off():
    before = picture(100, 360, 480)
    text = "The face of this person was replaced by a computer, with the consent of everybody"[:80]
    x0, y0, x1, y1 = changed(before, Label()(before, text=text))
    assert x0 >= 3
    assert x1 <= 357
    assert y1 - y0 > 2 * 14
    chinese = Label()(before, text="这个人的脸被电脑替换了" * 5)
    assert changed(before, chinese)[2] <= 357


@pytest.mark.parametrize("style", ["plate", "outline"])
@pytest.mark.parametrize("position", ["top_left", "top", "top_right", "bottom_left", "bottom", "bottom_right"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_lies_in_its_place_and_touches_nothing_else(position, width, height, style):
    before = picture(100, width, height)
    after = Label()(before, position=position, style=style)
    x0, y0, x1, y1 = changed(before, after)
    if position in ("top", "bottom"):
        assert x0 + x1 == pytest.approx(width, abs=8)
    else:
        assert (x1 <= width / 2) if position.endswith("left") else (x0 >= width / 2)
    assert (y1 <= height / 2) if position.startswith("top") else (y0 >= height / 2)
    assert min(x0, y0, width - x1, height - y1) >= 3


GRAPH = "mode: file\nnodes: {a: {type: listed}, l: {type: label, in: a}, c: {type: collect, in: l}}"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("opacity=0.5", "is at least 0.55"),
        ("opacity=0", "is at least 0.55"),
        ("size=0.01", "is at least 0.02"),
        ("text=.", "a notice needs letters"),
        ("text=שלום לכולם", "dlc has no letters for שלוםכ"),
        ("text=वह चेहरा", "dlc has no letters for"),
        ("language=xx", "language"),
        ("style=plain", "style"),
    ],
)
def test_what_could_not_be_read_is_refused(setting, message):
    with pytest.raises(GraphError, match=message):
        GraphRun(GRAPH, [Label], numbered_pictures(1), overrides=[f"l.{setting}"])


def test_all_settings_may_change_while_frames_flow_and_keep_their_bounds():
    with GraphRun(GRAPH, [Label], [*numbered_pictures(3, 320, 240)]) as run:
        run.engine.controls.set("l", "language", "ja")
        run.engine.controls.set("l", "position", "top")
        with pytest.raises(ConfigurationError, match=r"opacity of l is at least 0\.55"):
            run.engine.controls.set("l", "opacity", 0.1)
        assert run.wait().error is None


@pytest.mark.parametrize("text", ["", "   "])
def test_without_a_text_it_says_what_the_language_says(text):
    run = GraphRun(GRAPH, [Label], numbered_pictures(1, 320, 240), overrides=[f"l.text='{text}'", "l.language=de"])
    with run:
        (frame,) = run.wait().frames["c"]
    plain = Label()(Frame(numbered_pictures(1, 320, 240)[0].image), language="de")
    assert (frame.image == plain.image).all()


def test_settings_and_sizes_may_change_from_frame_to_frame():
    label = Label()
    small, large = picture(50), picture(50, 1920, 1080)
    first = label(small)
    assert not (label(small, text="other").image == first.image).all()
    _, y0, _, y1 = changed(large, label(large))
    assert y1 - y0 > 50
    assert (label(small).image == first.image).all()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (20, 200), (200, 8)])
def test_tiny_frames_take_what_fits(width, height):
    assert Label()(picture(80, width, height)).image.shape == (height, width, 3)


def test_the_input_stays_as_it_is():
    frame = picture(70)
    Label()(frame)
    assert (frame.image == 70).all()

"""Video files as sinks: the same times, the same count, the same colours."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition

from nodes.source import AnySource
from runtime.errors import StreamError
from runtime.node import ColorTags, StreamInfo
from tests.context import stream_context
from tests.copying import copy
from tests.media import DEMO, Clip, gradient, make_clip, pictures_of, times_of
from tests.nodes.movies import frame, names_in, opened, video_duration

VARIABLE = (0, 1, 2, 700, 701, 5000, 5001, 9000)


def test_the_demo_clip_keeps_240_frames_and_their_times(tmp_path):
    assert copy(DEMO, tmp_path / "out.mp4", preset="ultrafast") == 240
    assert times_of(tmp_path / "out.mp4") == times_of(DEMO)
    assert video_duration(tmp_path / "out.mp4") == 8
    assert names_in(tmp_path) == ["out.mp4"]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".m4v"])
@pytest.mark.parametrize("preset", ["ultrafast", "medium"])
@pytest.mark.parametrize(
    "clip",
    [
        Clip(),
        Clip(ticks=VARIABLE, last=777),
        Clip(ticks=(1001, 1513, 3000, 3001, 9000)),
        Clip(ticks=(0,), last=512 * 50),
    ],
    ids=["even", "variable", "late", "one long frame"],
)
def test_every_time_and_the_duration_are_kept_exactly(tmp_path, clip, preset, suffix):
    path = make_clip(tmp_path / "in.mp4", clip)
    out = tmp_path / f"out{suffix}"
    copy(path, out, preset=preset)
    assert times_of(out) == times_of(path) == [tick * clip.time_base for tick in clip.ticks]
    assert video_duration(out) == video_duration(path)


@pytest.mark.parametrize("time_base", [Fraction(1, 90000), Fraction(1, 600), Fraction(1001, 30000), Fraction(1, 25)])
def test_any_time_base_is_kept_exactly(tmp_path, time_base):
    info = StreamInfo(64, 48, time_base=time_base)
    sink = opened(tmp_path / "out.mp4", info)
    times = [tick * time_base for tick in (0, 1, 2, 3, 7, 8, 20)]
    for number, time in enumerate(times):
        sink.write(replace(frame(number), pts=time))
    sink.close(ok=True)
    assert times_of(tmp_path / "out.mp4") == times


def test_matroska_keeps_times_to_its_millisecond(tmp_path):
    path = make_clip(tmp_path / "in.mp4", Clip(ticks=VARIABLE[3:], sound="aac"))
    copy(path, tmp_path / "out.mkv")
    for exact, kept in zip(times_of(path), times_of(tmp_path / "out.mkv"), strict=True):
        assert abs(exact - kept) <= Fraction(1, 2000)


@pytest.mark.parametrize("ccw", [90, 180, 270])
def test_a_turned_clip_is_written_upright_and_not_turned_twice(tmp_path, ccw):
    path = make_clip(tmp_path / "in.mp4", Clip(rotate_ccw=ccw))
    copy(path, tmp_path / "out.mp4", crf=5)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert next(container.decode(video=0)).rotation == 0
    seen = AnySource(stream_context(), uri=str(tmp_path / "out.mp4")).read().image
    assert seen.shape == np.rot90(gradient(64, 48), ccw // 90).shape
    assert np.abs(seen.astype(int) - np.rot90(gradient(64, 48), ccw // 90)).mean() < 4


@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("color_range", [1, 2])
def test_colours_and_their_tags_survive(tmp_path, matrix, color_range):
    clip = Clip(matrix=matrix, color_range=color_range, ticks=(0, 512), picture=lambda w, h, n: gradient(w, h, 9))
    path = make_clip(tmp_path / "in.mp4", clip)
    copy(path, tmp_path / "out.mp4", crf=1)
    one, two = (AnySource(stream_context(), uri=str(name)) for name in (path, tmp_path / "out.mp4"))
    assert two.info().color == one.info().color == ColorTags(1, 1, matrix, color_range)
    difference = two.read().image.astype(int) - one.read().image
    assert np.abs(difference).mean() < 1.2
    assert np.abs(difference.mean(axis=(0, 1))).max() < 0.5


@pytest.mark.parametrize(("width", "height"), [(65, 49), (64, 49), (65, 48)])
def test_odd_sides_get_their_last_pixel_twice(tmp_path, width, height, caplog):
    path = make_clip(tmp_path / "in.mp4", Clip(width, height, pix_fmt="yuv444p", tagged=False))
    assert copy(path, tmp_path / "out.mp4", crf=5) == 10
    picture = pictures_of(tmp_path / "out.mp4")[0]
    assert picture.shape == (48 + 2 * (height % 2), 64 + 2 * (width % 2), 3)
    assert (
        f"H.264 needs even sides; the last pixels of the odd side of {width}x{height} are repeated once" in caplog.text
    )


def test_oblong_pixels_stay_oblong(tmp_path):
    path = make_clip(tmp_path / "in.mp4", Clip(options={"x264-params": "sar=16/15", "preset": "ultrafast"}))
    copy(path, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(16, 15)


@pytest.mark.parametrize("sound", [None, "aac"])
def test_the_picture_is_the_track_that_matroska_players_take_by_default(tmp_path, sound):
    copy(make_clip(tmp_path / "in.mp4", Clip(sound=sound)), tmp_path / "out.mkv")
    with av.open(str(tmp_path / "out.mkv")) as container:
        assert container.streams.video[0].disposition & Disposition.default


def test_a_picture_of_another_size_is_an_error(tmp_path):
    sink = opened(tmp_path / "out.mp4", StreamInfo(64, 48))
    sink.write(frame(0))
    with pytest.raises(StreamError, match="changed its size to 32x48 after 1 frames"):
        sink.write(frame(1, width=32))
    sink.close(ok=False)


def test_a_recording_has_the_times_of_capture_from_zero_on(tmp_path):
    sink = opened(tmp_path / "out.mp4", StreamInfo(64, 48, rate=Fraction(30), live=True), "live")
    for number, time in enumerate([1000.0, 1000.5, 1000.5, 1001.25]):
        sink.write(frame(number, time=time))
    sink.close(ok=True)
    assert [time * 90000 for time in times_of(tmp_path / "out.mp4")] == [0, 45000, 45001, 112500]


def test_counters_tell_what_was_written(tmp_path):
    sink = opened(tmp_path / "out.mp4", StreamInfo(64, 48))
    sink.write(frame())
    assert sink.counters() == {"written": 1}
    assert not sink.wants_stop()
    sink.close(ok=True)

"""Video files as sources: exact times, upright pictures, right colours."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from nodes.source import AnySource
from runtime.errors import ConfigurationError, StreamError
from runtime.node import ColorTags
from runtime.threads import Threads
from tests.context import stream_context
from tests.media import DEMO, Clip, gradient, make_clip, times_of

COLOURS = [(0, 0, 255), (0, 255, 0), (255, 0, 0), (255, 255, 255), (0, 0, 0), (40, 120, 200), (180, 150, 90)]


def opened(path: Path | str, mode="file", **settings) -> AnySource:
    return AnySource(stream_context(mode), uri=str(path), **settings)


def read_all(source: AnySource, limit: int = 10_000):
    pictures = []
    while len(pictures) < limit and (picture := source.read()) is not None:
        pictures.append(picture)
    return pictures


def test_the_demo_clip_gives_240_frames_with_their_exact_times():
    source = opened("demo:")
    info = source.info()
    times = [picture.pts for picture in read_all(source)]
    assert times == [Fraction(number, 30) for number in range(240)]
    assert (info.width, info.height, info.rate, info.frame_count, info.duration) == (960, 540, 30, 240, 8)
    assert (info.live, info.loops, info.rotation, info.time_base) == (False, False, 0, Fraction(1, 15360))
    assert info.color == ColorTags(1, 1, 1, 1)
    assert info.origin == DEMO
    source.close()


def test_auto_is_the_demo_clip_in_file_mode():
    source = opened("auto")
    assert source.info().origin == DEMO
    assert not source.info().loops
    source.close()


def test_variable_rate_keeps_every_time_stamp(tmp_path):
    ticks = (0, 512, 513, 2000, 2001, 7777)
    source = opened(make_clip(tmp_path / "vfr.mp4", Clip(ticks=ticks)))
    assert [picture.pts for picture in read_all(source)] == [Fraction(tick, 12800) for tick in ticks]
    assert source.info().rate is None
    assert source.info().time_base == Fraction(1, 12800)


def test_a_clip_that_starts_late_keeps_its_offset(tmp_path):
    source = opened(make_clip(tmp_path / "late.mp4", Clip(ticks=(1001, 1513, 2025))))
    assert [picture.pts * 12800 for picture in read_all(source)] == [1001, 1513, 2025]


@pytest.mark.parametrize("bframes", ["0", "2"])
def test_looping_goes_on_rising_by_the_duration_of_the_clip(tmp_path, bframes):
    options = {"crf": "12", "preset": "veryfast", "bf": bframes}
    path = make_clip(tmp_path / "clip.mp4", Clip(ticks=(100, 612, 700, 1124), last=300, options=options))
    source = opened(path, "live", loop=True)
    pictures = read_all(source, 12)
    first = [100, 612, 700, 1124]
    with av.open(str(path)) as container:
        duration = container.streams.video[0].duration  # newer muxers add the B-frames' delay to it
    assert duration in (1124 + 300 - 100, 1124 + 300)
    assert [picture.pts * 12800 for picture in pictures] == [
        tick + turn * duration for turn in range(3) for tick in first
    ]
    np.testing.assert_array_equal(pictures[1].image, pictures[9].image)
    assert source.info().loops
    assert source.info().frame_count is None


def test_only_the_demo_clip_loops_by_itself(tmp_path):
    demo, clip = opened("demo:", "live"), opened(make_clip(tmp_path / "clip.mp4"), "live")
    assert demo.info().loops
    assert not clip.info().loops
    assert not opened("demo:", "live", loop=False).info().loops


def test_a_loop_in_file_mode_is_refused():
    with pytest.raises(ConfigurationError, match="loop: true would never end in file mode"):
        opened("demo:", loop=True)


def test_seek_goes_to_the_first_frame_at_or_after_a_time():
    source = opened("demo:")
    read_all(source, 3)
    source.seek(Fraction(151, 60))
    assert source.read().pts == Fraction(76, 30)
    source.seek(Fraction(0))
    assert source.read().pts == 0
    source.seek(Fraction(100))
    assert source.read() is None
    source.close()


@pytest.mark.parametrize(
    ("ccw", "mirrored"), [(0, False), (90, False), (180, False), (270, False), (0, True), (90, True)]
)
def test_rotation_is_undone(tmp_path, ccw, mirrored):
    source = opened(make_clip(tmp_path / "turned.mp4", Clip(rotate_ccw=ccw, mirrored=mirrored)))
    stored = gradient(64, 48)
    upright = np.rot90(stored, ccw // 90)
    upright = upright[:, ::-1] if mirrored else upright
    image = source.read().image
    assert image.shape == upright.shape
    assert np.abs(image.astype(int) - upright).mean() < 3
    assert (source.info().width, source.info().height) == (upright.shape[1], upright.shape[0])
    if not mirrored:
        assert source.info().rotation == (360 - ccw) % 360


@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
@pytest.mark.parametrize("color_range", [1, 2])
@pytest.mark.parametrize("colour", COLOURS)
def test_colours_follow_the_tags(tmp_path, matrix, color_range, colour):
    clip = Clip(32, 16, (0,), picture=plain(colour), matrix=matrix, color_range=color_range, options={"crf": "0"})
    image = opened(make_clip(tmp_path / "clip.mp4", clip)).read().image
    assert np.abs(image.astype(int) - colour).max() <= 3


@pytest.mark.parametrize(("width", "height", "matrix"), [(1280, 720, 1), (720, 1280, 1), (640, 480, 6)])
def test_a_clip_without_tags_is_bt709_from_720_lines_on_and_bt601_below(tmp_path, width, height, matrix):
    clip = Clip(width, height, (0,), picture=plain((40, 120, 200)), matrix=matrix, tagged=False, options={"crf": "0"})
    path = make_clip(tmp_path / "clip.mp4", clip)
    assert np.abs(opened(path).read().image.astype(int) - (40, 120, 200)).max() <= 3


@pytest.mark.parametrize("pix_fmt", ["yuv422p", "yuv444p", "yuv420p10le", "yuv444p10le"])
def test_other_pixel_formats_give_the_same_picture(tmp_path, pix_fmt):
    clip = Clip(
        pix_fmt=pix_fmt,
        tagged=False,
        matrix=6,
        picture=plain((90, 90, 90)),
        options={"crf": "1", "preset": "ultrafast"},
    )
    pictures = read_all(opened(make_clip(tmp_path / "clip.mkv", clip)))
    assert len(pictures) == 10
    assert np.abs(pictures[0].image.astype(int) - 90).max() <= 2


@pytest.mark.parametrize(
    ("width", "height", "pix_fmt"), [(65, 49, "yuv444p"), (66, 50, "yuv420p"), (46, 64, "yuv420p")]
)
def test_odd_and_portrait_sizes_are_read_whole(tmp_path, width, height, pix_fmt):
    clip = Clip(width, height, pix_fmt=pix_fmt, tagged=False, matrix=6)
    image = opened(make_clip(tmp_path / "clip.mp4", clip)).read().image
    assert image.shape == (height, width, 3)
    assert np.abs(image.astype(int) - gradient(width, height)).mean() < 3


def test_odd_sizes_with_halved_chroma_are_read_whole(tmp_path):
    path = make_clip(tmp_path / "clip.mkv", Clip(65, 49, codec="ffv1", options={}, tagged=False, matrix=6))
    image = opened(path).read().image
    assert image.shape == (49, 65, 3)
    assert np.abs(image.astype(int) - gradient(65, 49)).mean() < 3


def test_two_decode_threads_give_the_same_frames(tmp_path):
    path = make_clip(tmp_path / "clip.mp4", Clip(ticks=range(0, 512 * 30, 512)))
    threaded = AnySource(replace(stream_context(), threads=Threads(decode=2)), uri=str(path))
    for one, two in zip(read_all(opened(path)), read_all(threaded), strict=True):
        assert one.pts == two.pts
        np.testing.assert_array_equal(one.image, two.image)


def test_a_broken_packet_is_left_out_and_moves_no_other_frame(tmp_path, caplog):
    clip = Clip(codec="mjpeg", pix_fmt="yuvj420p", time_base=Fraction(1, 25), ticks=range(10), options={})
    path = make_clip(tmp_path / "clip.avi", clip)
    data = bytearray(path.read_bytes())
    starts = [at for at in range(len(data)) if data[at : at + 3] == b"\xff\xd8\xff"]
    data[starts[4] : starts[4] + 300] = bytes(300)
    path.write_bytes(data)
    times = [picture.pts for picture in read_all(opened(path))]
    assert times == [Fraction(number, 25) for number in range(10) if number != 4]
    assert "is broken and left out" in caplog.text


def test_a_file_cut_short_gives_what_is_there(tmp_path):
    path = make_clip(tmp_path / "clip.mkv", Clip(ticks=range(0, 512 * 50, 512)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert 5 < len(read_all(opened(path))) < 50


def test_a_missing_file_says_where_names_start(tmp_path):
    with pytest.raises(StreamError, match="no such file; check the name"):
        opened(tmp_path / "none.mp4")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(StreamError, match="is a folder; name a video or an image"):
        opened(tmp_path)


def test_an_unknown_address_lists_the_known_ones():
    with pytest.raises(StreamError, match=r"rtsp://host/1: is no address that dlc reads; use auto, demo:, camera:0"):
        opened("rtsp://host/1")


def test_what_is_no_video_is_refused(tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("these are notes")
    with pytest.raises(StreamError, match="cannot be opened as a video"):
        opened(path)


def test_sound_alone_is_refused(tmp_path):
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(StreamError, match="has no video stream"):
        opened(path)


def test_times_agree_with_an_independent_reading(tmp_path):
    path = make_clip(
        tmp_path / "clip.mkv", Clip(ticks=(0, 33, 67, 100, 134, 180), time_base=Fraction(1, 1000), last=33)
    )
    assert [picture.pts for picture in read_all(opened(path))] == times_of(path)


def plain(colour):
    return lambda width, height, _: np.full((height, width, 3), colour, np.uint8)


def test_a_title_that_is_not_utf_8_does_not_stop_a_video(tmp_path):
    file = make_clip(tmp_path / "clip.mkv", Clip(metadata={"title": "nameQQQQ"}))
    file.write_bytes(file.read_bytes().replace(b"nameQQQQ", b"name\xff\xfe\xe4\xf6"))
    assert opened(file).read() is not None


def test_a_file_whose_end_is_missing_says_so(tmp_path, caplog):
    clip = make_clip(tmp_path / "clip.mkv", Clip(ticks=tuple(range(0, 100 * 512, 512)), picture=noisy))
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    read_all(opened(clip))
    assert "the rest is missing" in caplog.text


def test_a_whole_file_says_nothing(tmp_path, caplog):
    read_all(opened(make_clip(tmp_path / "clip.mkv", Clip(ticks=tuple(range(777, 100 * 512, 512))))))
    read_all(opened("demo:"))
    assert caplog.text == ""


def noisy(width, height, number):
    return np.random.default_rng(number).integers(0, 256, (height, width, 3), np.uint8)

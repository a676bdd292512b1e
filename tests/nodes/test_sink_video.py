"""Video files as sinks: the same times, the same count, the same sound, and no file that only seems whole."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from nodes.sink import AnySink
from nodes.source import AnySource
from runtime.errors import ConfigurationError, StreamError
from runtime.kinds import Frame
from runtime.node import ColorTags, StreamInfo
from tests.context import stream_context
from tests.copying import copy
from tests.media import DEMO, Clip, gradient, make_clip, packets_of, pictures_of, times_of

VARIABLE = (0, 1, 2, 700, 701, 5000, 5001, 9000)
LONG = tuple(range(0, 512 * 40, 512))


def opened(to, info: StreamInfo, mode="file", **settings) -> AnySink:
    sink = AnySink(stream_context(mode), to=str(to), **settings)
    sink.open(info)
    return sink


def frame(number: int = 0, width: int = 64, height: int = 48, time: float = 0.0, step=Fraction(1, 25)) -> Frame:
    return Frame(gradient(width, height, number), seq=number, pts=number * step, time=time)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def video_duration(path) -> Fraction:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return stream.duration * stream.time_base


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


@pytest.mark.parametrize("origin", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize(("sound", "layout"), [("aac", "stereo"), ("libmp3lame", "mono")])
def test_sound_is_copied_byte_by_byte_at_the_same_times(tmp_path, origin, suffix, sound, layout):
    path = make_clip(tmp_path / f"in{origin}", Clip(ticks=LONG, sound=sound, sound_layout=layout))
    out = tmp_path / f"out{suffix}"
    copy(path, out, preset="ultrafast")
    before, after = packets_of(path), packets_of(out)
    assert len(before) > 60
    assert [data for *_, data in after] == [data for *_, data in before]
    tolerance = Fraction(0) if suffix != ".mkv" or origin == ".mkv" else Fraction(1, 2000)
    assert all(abs(one[0] - two[0]) <= tolerance for one, two in zip(before, after, strict=True))


def test_every_sound_stream_is_copied_with_its_language(tmp_path):
    path = make_clip(tmp_path / "in.mp4", Clip(ticks=LONG, sound="aac", sound_streams=2, sound_rate=44100))
    copy(path, tmp_path / "out.mp4")
    for index in range(2):
        assert packets_of(tmp_path / "out.mp4", "audio", index) == packets_of(path, "audio", index)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [stream.metadata["language"] for stream in container.streams.audio] == ["eng", "deu"]


def test_sound_and_a_late_first_frame_stay_in_step(tmp_path):
    path = make_clip(tmp_path / "in.mp4", Clip(ticks=(6001, 6513, 9000), sound="aac", sound_rate=44100))
    copy(path, tmp_path / "out.mp4")
    assert times_of(tmp_path / "out.mp4") == times_of(path)
    assert packets_of(tmp_path / "out.mp4") == packets_of(path)


def test_packets_of_sound_and_video_are_interleaved(tmp_path):
    path = make_clip(tmp_path / "in.mp4", Clip(ticks=tuple(range(0, 512 * 150, 512)), sound="aac"))
    copy(path, tmp_path / "out.mp4", preset="ultrafast")
    with av.open(str(tmp_path / "out.mp4")) as container:
        kinds = [packet.stream.type for packet in container.demux() if packet.dts is not None]
    longest = max(len(run) for run in "".join(kind[0] for kind in kinds).replace("v", " ").split())
    assert longest < 100


def test_sound_that_the_container_cannot_hold_is_left_out_with_advice(tmp_path, caplog):
    path = make_clip(tmp_path / "in.mkv", Clip(sound="pcm_u8"))
    assert copy(path, tmp_path / "out.mp4") == 10
    assert "sound in codec pcm_u8 do not fit into mp4; left out (an output named .mkv holds more)" in caplog.text
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio


def test_sound_false_copies_none(tmp_path):
    copy(make_clip(tmp_path / "in.mp4", Clip(sound="aac")), tmp_path / "out.mp4", sound=False)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio


def test_titles_are_copied(tmp_path):
    copy(make_clip(tmp_path / "in.mp4", Clip(metadata={"title": "Ferien am See"})), tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.metadata["title"] == "Ferien am See"


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


def test_a_run_that_broke_off_leaves_a_playable_file_that_says_so(tmp_path, caplog):
    path = make_clip(tmp_path / "in.mp4", Clip(ticks=tuple(range(0, 512 * 100, 512)), sound="aac"))
    copy(path, tmp_path / "out.mp4", limit=30, ok=False)
    assert names_in(tmp_path) == ["in.mp4", "out.partial.mp4"]
    assert len(times_of(tmp_path / "out.partial.mp4")) == 30
    assert "the run was broken off; what there is of the video is in" in caplog.text
    end = packets_of(tmp_path / "out.partial.mp4")[-1][0]
    assert 1.1 < end < 1.3


def test_a_run_over_some_frames_ends_with_the_last_of_them(tmp_path):
    path = make_clip(tmp_path / "in.mp4", Clip(ticks=tuple(range(0, 512 * 100, 512)), sound="aac"))
    copy(path, tmp_path / "out.mp4", limit=30)
    assert video_duration(tmp_path / "out.mp4") == Fraction(30, 25)
    assert packets_of(tmp_path / "out.mp4")[-1][0] < Fraction(30, 25)


def test_without_a_frame_there_is_no_file(tmp_path, caplog):
    opened(tmp_path / "out.mp4", StreamInfo(64, 48)).close(ok=True)
    assert names_in(tmp_path) == []
    assert "not written, because no frame came" in caplog.text


def test_an_older_output_is_replaced_only_by_a_whole_one(tmp_path):
    (tmp_path / "out.mp4").write_bytes(b"old")
    sink = opened(tmp_path / "out.mp4", StreamInfo(64, 48))
    sink.write(frame())
    assert (tmp_path / "out.mp4").read_bytes() == b"old"
    sink.close(ok=True)
    assert len(times_of(tmp_path / "out.mp4")) == 1


@pytest.mark.parametrize("link", ["same", "symlink", "hard link"])
def test_the_input_is_never_overwritten(tmp_path, link):
    path = make_clip(tmp_path / "in.mp4")
    target = path if link == "same" else tmp_path / "out.mp4"
    if link == "symlink":
        target.symlink_to(path)
    if link == "hard link":
        target.hardlink_to(path)
    with pytest.raises(StreamError, match="is the input itself"):
        opened(target, StreamInfo(64, 48, origin=path))


def test_a_missing_folder_is_told_before_any_work(tmp_path):
    with pytest.raises(StreamError, match=r"there is no folder .*none; make it first"):
        opened(tmp_path / "none" / "out.mp4", StreamInfo(64, 48))


def test_a_folder_is_no_output(tmp_path):
    (tmp_path / "out.mp4").mkdir()
    with pytest.raises(StreamError, match="is a folder; add a file name"):
        opened(tmp_path / "out.mp4", StreamInfo(64, 48))


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may write anywhere")
def test_a_folder_without_permission_is_told_before_any_work(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(StreamError, match="cannot be written: Permission denied; choose a folder"):
        opened(tmp_path / "closed" / "out.mp4", StreamInfo(64, 48))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_stream_error(tmp_path):
    sink = opened(tmp_path / "out.mp4", StreamInfo(320, 240), crf=0)
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    (temporary,) = tmp_path.glob(".out.*.partial.mp4")
    temporary.unlink()
    temporary.symlink_to("/dev/full")
    with pytest.raises(StreamError, match=f"writing failed: {os.strerror(errno.ENOSPC)}; free some space"):
        write(sink, noise, 60)  # while frames come, not hours later when the file is closed
    with pytest.raises(StreamError, match="writing failed"):
        sink.close(ok=False)


def write(sink, image, count: int) -> None:
    for number in range(count):
        sink.write(replace(frame(number), image=image))


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


def test_a_suffix_that_is_not_written_lists_those_that_are(tmp_path):
    with pytest.raises(ConfigurationError, match=r"is nothing that dlc writes; .* \.mp4 \.m4v \.mov \.mkv"):
        AnySink(stream_context(), to=str(tmp_path / "out.webm"))


def test_a_recording_has_the_times_of_capture_from_zero_on(tmp_path):
    sink = opened(tmp_path / "out.mp4", StreamInfo(64, 48, rate=Fraction(30), live=True), "live")
    for number, time in enumerate([1000.0, 1000.5, 1000.5, 1001.25]):
        sink.write(frame(number, time=time))
    sink.close(ok=True)
    assert [time * 90000 for time in times_of(tmp_path / "out.mp4")] == [0, 45000, 45001, 112500]


def test_a_looping_clip_is_recorded_without_its_sound(tmp_path):
    path = make_clip(tmp_path / "in.mp4", Clip(sound="aac"))
    sink = opened(tmp_path / "out.mp4", StreamInfo(64, 48, origin=path, loops=True), "live")
    for number in range(4):
        sink.write(frame(number, time=10 + number / 30))
    sink.close(ok=True)
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio
    assert times_of(tmp_path / "out.mp4")[0] == 0


def test_times_before_zero_move_all_streams_together(tmp_path):
    path = make_clip(tmp_path / "in.mp4", Clip(sound="aac"))
    sink = opened(tmp_path / "out.mp4", StreamInfo(64, 48, time_base=Fraction(1, 12800), origin=path))
    for number in range(4):
        sink.write(replace(frame(number), pts=Fraction((number - 1) * 512, 12800)))
    sink.close(ok=True)
    assert times_of(tmp_path / "out.mp4") == [Fraction(number, 25) for number in range(4)]
    assert packets_of(tmp_path / "out.mp4")[0][0] - packets_of(path)[0][0] == Fraction(1, 25)


def test_counters_tell_what_was_written(tmp_path):
    sink = opened(tmp_path / "out.mp4", StreamInfo(64, 48))
    sink.write(frame())
    assert sink.counters() == {"written": 1}
    assert not sink.wants_stop()
    sink.close(ok=True)


def with_subtitles(folder: Path) -> Path:
    """Makes a Matroska file with pictures and two lines of text."""
    clip = make_clip(folder / "pictures.mkv", Clip(ticks=LONG))
    (folder / "lines.srt").write_text(
        "1\n00:00:00,100 --> 00:00:00,500\nGuten Tag\n\n2\n00:00:01,000 --> 00:00:01,200\nEnde\n"
    )
    with (
        av.open(str(folder / "in.mkv"), "w") as out,
        av.open(str(clip)) as one,
        av.open(str(folder / "lines.srt")) as two,
    ):
        inputs = [one.streams.video[0], two.streams.subtitles[0]]
        outputs = [out.add_stream_from_template(stream, opaque=True) for stream in inputs]
        for stream, copied in zip(inputs, outputs, strict=True):
            for packet in stream.container.demux(stream):
                if packet.dts is not None:
                    packet.stream = copied
                    out.mux(packet)
    return folder / "in.mkv"


def test_subtitles_are_copied_where_the_container_holds_them(tmp_path, caplog):
    path = with_subtitles(tmp_path)
    before = packets_of(path, "subtitle")
    assert [time for time, *_ in before] == [Fraction(1, 10), Fraction(1)]
    copy(path, tmp_path / "out.mkv")
    assert packets_of(tmp_path / "out.mkv", "subtitle") == before
    assert "left out" not in caplog.text
    copy(path, tmp_path / "out.mp4")
    assert "subtitles in codec" in caplog.text
    assert "do not fit into mp4; left out (an output named .mkv holds more)" in caplog.text
    assert len(times_of(tmp_path / "out.mp4")) == 40


def test_chapters_are_copied(tmp_path):
    path = make_clip(tmp_path / "plain.mp4", Clip(ticks=LONG, sound="aac"))
    chapters = [
        {
            "id": number,
            "start": number * 500,
            "end": number * 500 + 500,
            "time_base": Fraction(1, 1000),
            "metadata": {"title": name},
        }
        for number, name in enumerate(["Anfang", "Ende"])
    ]
    with av.open(str(path)) as one, av.open(str(tmp_path / "in.mp4"), "w") as two:
        two.set_chapters(chapters)
        copied = two.add_stream_from_template(one.streams.video[0], opaque=True)
        for packet in one.demux(one.streams.video[0]):
            if packet.dts is not None:
                packet.stream = copied
                two.mux(packet)
    copy(tmp_path / "in.mp4", tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["Anfang", "Ende"]

"""What travels in a video file beside the pictures: sound, subtitles, chapters, titles."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from runtime.node import StreamInfo
from tests.copying import copy
from tests.media import Clip, make_clip, packets_of, times_of
from tests.nodes.movies import LONG, frame, opened


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

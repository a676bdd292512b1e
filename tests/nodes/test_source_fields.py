"""Interlaced video as a source, and video of more bits than a frame has: what is done, and what is said."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from nodes.source import AnySource
from tests.context import stream_context
from tests.copying import copy
from tests.media import Clip, make_clip, pictures_of, times_of

UNEVEN = (0, 512, 513, 2000, 2001, 7777, 8000)


def opened(path, **settings) -> AnySource:
    return AnySource(stream_context(), uri=str(path), **settings)


def read_all(source: AnySource):
    pictures = []
    while (picture := source.read()) is not None:
        pictures.append(picture)
    return pictures


def combed(width, height, number):
    """A white bar that moves to the right, seen by the odd lines half a frame later."""
    image = np.zeros((height, width, 3), np.uint8)
    for field in range(2):
        left = 8 + 4 * (2 * number + field)
        image[field::2, left : left + 24] = 255
    return image


def combing(image) -> float:
    """How much neighbouring lines differ beyond what lines of one field do."""
    lines = image.astype(int)
    return np.abs(lines[1:-2] - lines[2:-1]).mean() - np.abs(lines[1:-2] - lines[3:]).mean()


def interlaced(path, ticks=UNEVEN, **others):
    flags = {"flags": "+ilme+ildct", "crf": "4", "preset": "ultrafast", "bf": "0"}
    return make_clip(path, Clip(160, 96, ticks, picture=combed, options=flags, **others))


def test_interlaced_pictures_become_whole_and_keep_their_number_and_times(tmp_path, caplog):
    path = interlaced(tmp_path / "clip.mp4")
    assert min(combing(image) for image in pictures_of(path)) > 5
    pictures = read_all(opened(path))
    assert [picture.pts for picture in pictures] == [Fraction(tick, 12800) for tick in UNEVEN]
    assert max(combing(picture.image) for picture in pictures[1:-1]) < 1
    assert caplog.text.count("is interlaced; whole pictures are made of its fields") == 1


@pytest.mark.parametrize("count", [1, 2])
def test_the_shortest_interlaced_video_keeps_its_pictures(tmp_path, count):
    path = interlaced(tmp_path / "clip.mp4", UNEVEN[:count])
    assert [picture.pts for picture in read_all(opened(path))] == times_of(path)


def test_what_is_written_of_interlaced_video_is_whole(tmp_path):
    path, out = interlaced(tmp_path / "clip.mp4"), tmp_path / "out.mp4"
    assert copy(path, out, crf=4) == len(UNEVEN)
    assert times_of(out) == times_of(path)
    with av.open(str(out)) as container:
        assert not any(frame.interlaced_frame for frame in container.decode(video=0))
    assert max(combing(image) for image in pictures_of(out)[1:-1]) < 1


def test_interlaced_video_is_left_as_it_is_where_that_is_asked_for(tmp_path, caplog):
    path = interlaced(tmp_path / "clip.mp4")
    pictures = read_all(opened(path, deinterlace=False))
    assert [picture.pts for picture in pictures] == [Fraction(tick, 12800) for tick in UNEVEN]
    assert min(combing(picture.image) for picture in pictures) > 5
    assert caplog.text.count("is interlaced, and what is written is not") == 1


def test_turned_interlaced_video_stands_upright(tmp_path):
    turned = interlaced(tmp_path / "turned.mp4", rotate_ccw=90)
    for one, two in zip(read_all(opened(turned)), read_all(opened(interlaced(tmp_path / "clip.mp4"))), strict=True):
        np.testing.assert_array_equal(one.image, np.rot90(two.image))


def test_a_loop_and_a_seek_begin_interlaced_video_anew(tmp_path):
    source = AnySource(stream_context("live"), uri=str(interlaced(tmp_path / "clip.mp4")), loop=True)
    pictures = [source.read() for _ in range(2 * len(UNEVEN))]
    np.testing.assert_array_equal(pictures[1].image, pictures[1 + len(UNEVEN)].image)
    source.seek(Fraction(2000, 12800))
    assert source.read().pts == Fraction(2000, 12800)


def test_pictures_that_are_not_marked_as_interlaced_are_not_touched(tmp_path, caplog):
    path = make_clip(tmp_path / "clip.mp4", Clip(160, 96, UNEVEN, picture=combed))
    left, made = read_all(opened(path, deinterlace=False)), read_all(opened(path))
    for one, two in zip(left, made, strict=True):
        np.testing.assert_array_equal(one.image, two.image)
    assert caplog.text == ""


@pytest.mark.parametrize(("alpha", "times"), [(99, 1), (255, 0)])
def test_video_with_transparent_parts_is_told(tmp_path, caplog, alpha, times):
    path = tmp_path / "clip.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgba"
        picture = np.full((48, 64, 4), (10, 20, 30, alpha), np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgba")))
        container.mux(stream.encode(None))
    read_all(opened(path))
    assert caplog.text.count("has transparent parts") == times


def test_a_second_video_stream_is_told(tmp_path, caplog):
    with av.open(str(make_clip(tmp_path / "clip.mp4"))) as one, av.open(str(tmp_path / "two.mkv"), "w") as two:
        copies = [two.add_stream_from_template(one.streams.video[0]) for _ in range(2)]
        for copied in copies:
            one.seek(0)
            for packet in one.demux(video=0):
                if packet.dts is not None:
                    packet.stream = copied
                    two.mux(packet)
    assert len(read_all(opened(tmp_path / "two.mkv"))) == 10
    assert "of its 2 video streams only the first is taken" in caplog.text


@pytest.mark.parametrize(("transfer", "told"), [(1, "10 bits a colour;"), (16, "(HDR: PQ)"), (18, "(HDR: HLG)")])
def test_video_of_more_bits_than_a_frame_has_is_told_once(tmp_path, caplog, transfer, told):
    clip = Clip(pix_fmt="yuv420p10le", matrix=9, transfer=transfer, options={"crf": "10"})
    path, out = make_clip(tmp_path / "clip.mp4", clip), tmp_path / "out.mp4"
    copy(path, out)
    assert caplog.text.count("has 10 bits a colour") == 1
    assert told in caplog.text
    with av.open(str(out)) as container:
        frame = next(container.decode(video=0))
        assert (frame.format.name, frame.color_trc, frame.colorspace) == ("yuv420p", transfer, 9)

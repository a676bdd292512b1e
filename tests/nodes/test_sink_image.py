"""Image files as sinks: one picture for one name, or a numbered series."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nodes.sink import AnySink
from runtime.errors import StreamError
from runtime.kinds import Frame
from runtime.node import StreamInfo
from tests.context import stream_context
from tests.copying import copy
from tests.media import gradient


def opened(to, **info) -> AnySink:
    sink = AnySink(stream_context(), to=str(to))
    sink.open(StreamInfo(64, 48, **info))
    return sink


def frame(number: int = 0) -> Frame:
    return Frame(gradient(64, 48, number), seq=number)


def names_in(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("suffix", "error"), [(".png", 0), (".bmp", 0), (".tiff", 0), (".jpg", 3), (".JPEG", 3), (".webp", 4)]
)
def test_one_frame_becomes_one_image(tmp_path, suffix, error):
    sink = opened(tmp_path / f"Gesicht ü{suffix}", frame_count=1)
    sink.write(frame())
    sink.close(ok=True)
    assert names_in(tmp_path) == [f"Gesicht ü{suffix}"]
    read = cv2.imdecode(np.fromfile(tmp_path / f"Gesicht ü{suffix}", np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(read.astype(int) - gradient(64, 48)).mean() <= error


def test_an_image_goes_from_file_to_file(tmp_path):
    cv2.imwrite(str(tmp_path / "in.png"), gradient(65, 49))
    assert copy(tmp_path / "in.png", tmp_path / "out.png") == 1
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "out.png")), gradient(65, 49))


def test_a_stream_of_many_frames_is_refused_before_any_work(tmp_path):
    with pytest.raises(StreamError, match=r"one image cannot hold 240 frames; write a series \(to: out_%04d.png\)"):
        opened(tmp_path / "out.png", frame_count=240)
    assert names_in(tmp_path) == []


def test_a_second_frame_is_an_error_and_the_first_stays(tmp_path):
    sink = opened(tmp_path / "out.png")
    sink.write(frame(0))
    with pytest.raises(StreamError, match="one image cannot hold more frames"):
        sink.write(frame(1))
    sink.close(ok=False)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "out.png")), gradient(64, 48, 0))


def test_a_pattern_numbers_the_images_from_one(tmp_path):
    sink = opened(tmp_path / "out_%03d.png", frame_count=3)
    for number in range(3):
        sink.write(frame(number))
    sink.close(ok=True)
    assert names_in(tmp_path) == ["out_001.png", "out_002.png", "out_003.png"]
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "out_003.png")), gradient(64, 48, 2))
    assert sink.counters() == {"written": 3}


def test_the_input_is_never_overwritten(tmp_path):
    cv2.imwrite(str(tmp_path / "in.png"), gradient(64, 48))
    with pytest.raises(StreamError, match="is the input itself"):
        opened(tmp_path / "in.png", origin=tmp_path / "in.png")


def test_a_missing_folder_is_told_before_any_work(tmp_path):
    with pytest.raises(StreamError, match="there is no folder"):
        opened(tmp_path / "none" / "out.png")


def test_a_name_that_is_too_long_is_refused_before_any_work(tmp_path):
    for name in ("x" * 300 + ".png", "x" * 300 + ".mp4"):
        with pytest.raises(StreamError, match="cannot be written: File name too long"):
            AnySink(stream_context(), to=str(tmp_path / name)).open(StreamInfo(64, 48, frame_count=1))

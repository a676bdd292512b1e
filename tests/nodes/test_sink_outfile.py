"""Video files appear whole or say that they are not; nothing is overwritten that must not be."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from nodes.sink import AnySink
from runtime.errors import ConfigurationError, StreamError
from runtime.node import StreamInfo
from tests.context import stream_context
from tests.copying import copy
from tests.media import Clip, make_clip, packets_of, times_of
from tests.nodes.movies import frame, names_in, opened, video_duration


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


def test_a_suffix_that_is_not_written_lists_those_that_are(tmp_path):
    with pytest.raises(ConfigurationError, match=r"is nothing that dlc writes; .* \.mp4 \.m4v \.mov \.mkv"):
        AnySink(stream_context(), to=str(tmp_path / "out.webm"))

"""File mode end to end, with real faces: same frames every time, same time stamps, same sound, untouched background."""

import os
import subprocess
import sys
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest

from tests.media import DEMO, Clip, make_clip, packets_of, pictures_of, times_of

ROOT = Path(__file__).parents[1]
COUNT = 36


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    """36 frames of the demo clip at a variable rate that begins late, with AAC sound."""
    pictures = pictures_of(DEMO)[:COUNT]
    steps = [512, 333, 1024, 200, 700, 512]
    ticks = list(accumulate((steps[index % len(steps)] for index in range(COUNT - 1)), initial=777))
    file = tmp_path_factory.mktemp("clip") / "clip.mp4"
    height, width = pictures[0].shape[:2]
    return make_clip(
        file,
        Clip(width=width, height=height, ticks=ticks, picture=lambda _w, _h, number: pictures[number], sound="aac"),
    )


def swap(target, out, *sets):
    changes = [word for change in sets for word in ("--set", change)]
    command = [sys.executable, str(ROOT / "dlc.py"), "run", "swap_video", "-t", str(target), "-o", str(out), *changes]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "DISPLAY": ""})
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def swapped(clip):
    return swap(clip, clip.with_name("out.mp4"))


def test_every_time_stamp_of_a_variable_rate_clip_is_kept(clip, swapped):
    assert times_of(swapped) == times_of(clip)
    assert times_of(clip)[0] == Fraction(777, 12800)
    assert len(times_of(clip)) == COUNT


def test_the_sound_is_copied_packet_by_packet(clip, swapped):
    assert packets_of(swapped) == packets_of(clip)
    assert len(packets_of(clip)) > 20


@pytest.mark.parametrize("sets", [(), ("composite.workers=2",), ("credits=1",)], ids=["again", "workers", "one by one"])
def test_the_same_file_comes_out_bit_for_bit(clip, swapped, sets, tmp_path):
    again = swap(clip, tmp_path / "again.mp4", *sets)
    assert all((a == b).all() for a, b in zip(pictures_of(again), pictures_of(swapped), strict=True))


def test_faces_change_and_the_rest_is_the_same_within_what_encoding_does(clip, swapped):
    for before, after in zip(pictures_of(clip), pictures_of(swapped), strict=True):
        difference = np.abs(before.astype(int) - after).mean(axis=2)
        assert difference[:, :200].mean() < 1
        assert difference[120:330, 420:560].mean() > 4

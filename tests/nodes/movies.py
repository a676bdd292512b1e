"""What the tests of video files share: a sink, frames for it, and a look at what was written."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from nodes.sink import AnySink
from runtime.kinds import Frame
from runtime.node import StreamInfo
from tests.context import stream_context
from tests.media import gradient

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

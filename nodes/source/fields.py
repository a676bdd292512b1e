"""Makes whole pictures of interlaced ones, whose even and odd lines are of two moments. Their number and times stay."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator

import av
from av.error import BlockingIOError as NothingYet
from av.error import EOFError as NothingMore

FILTER = ("bwdif", "mode=send_frame:deint=interlaced")
"""One picture for each, and those that are not marked as interlaced as they are."""


def whole_pictures(frames: Iterable[av.VideoFrame], threads: int) -> Generator[av.VideoFrame, None, None]:
    """Yields the frames of a stream; from the first interlaced one on a frame is held back until the next has come."""
    weaver: Deinterlacer | None = None
    for frame in frames:
        if weaver is not None and not weaver.takes(frame):
            yield from weaver.rest()
            weaver = None
        if weaver is None and frame.interlaced_frame:
            weaver = Deinterlacer(frame, threads)
        yield from [frame] if weaver is None else weaver.put(frame)
    if weaver is not None:
        yield from weaver.rest()


class Deinterlacer:
    """FFmpeg's deinterlacer for pictures like the first one."""

    def __init__(self, first: av.VideoFrame, threads: int) -> None:
        self._kind = _kind_of(first)
        self._graph = av.filter.Graph()
        self._graph.threads = threads
        source = self._graph.add_buffer(
            width=first.width, height=first.height, format=first.format, time_base=first.time_base
        )
        self._graph.link_nodes(source, self._graph.add(*FILTER), self._graph.add("buffersink")).configure()
        self._stamps: deque[tuple[int | None, int | None]] = deque()

    def takes(self, frame: av.VideoFrame) -> bool:
        """Returns whether a frame has the size and the pixels that this was made for."""
        return _kind_of(frame) == self._kind

    def put(self, frame: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """Takes the next frame; yields what is ready."""
        self._stamps.append((frame.pts, frame.time_base))
        self._graph.push(frame)
        return self._ready()

    def rest(self) -> Iterator[av.VideoFrame]:
        """Yields what was held back."""
        self._graph.push(None)
        return self._ready()

    def _ready(self) -> Iterator[av.VideoFrame]:
        while True:
            try:
                frame = self._graph.vpull()
            except (NothingYet, NothingMore):
                return
            frame.pts, frame.time_base = self._stamps.popleft()  # the filter counts in a unit of its own
            yield frame


def _kind_of(frame: av.VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name

"""Passes a stream from a source to a sink without a graph."""

from __future__ import annotations

from pathlib import Path

from nodes.sink import AnySink
from nodes.source import AnySource
from runtime.kinds import Frame
from tests.context import stream_context


def copy(origin: Path | str, to: Path | str, *, limit: int | None = None, ok: bool = True, **settings) -> int:
    """Copies up to `limit` frames in file mode; returns how many."""
    source = AnySource(stream_context(), uri=str(origin))
    sink = AnySink(stream_context(), to=str(to), **settings)
    sink.open(source.info())
    count = 0
    while count != limit and (picture := source.read()) is not None:
        sink.write(Frame(picture.image, seq=count, pts=picture.pts, time=float(picture.pts)))
        count += 1
    sink.close(ok)
    source.close()
    return count

"""A sink that passes everything on to another one."""

from __future__ import annotations

from nodes.sink.counted import CountedSink
from runtime.kinds import Frame
from runtime.node import Sink, StreamInfo


class Forwarded(Sink):
    """Base of sinks that are another one in the end."""

    def __init__(self, sink: CountedSink | Forwarded) -> None:
        self._sink = sink

    def open(self, info: StreamInfo) -> None:
        """Checks that the output can be written or shown; raises `StreamError`."""
        self._sink.open(info)

    def write(self, frame: Frame) -> None:
        """Takes one frame; raises `StreamError`."""
        self._sink.write(frame)

    def wants_stop(self) -> bool:
        """Returns whether the window was closed, or q or Esc was pressed in it."""
        return self._sink.wants_stop()

    def counters(self) -> dict[str, int]:
        """Returns what the sink counted, such as `not_shown`."""
        return self._sink.counters()

    def close(self, ok: bool) -> None:  # noqa: FBT001  # the contract's signature
        """Ends the output; a file that is not `ok` keeps the name `NAME.partial.EXT`."""
        self._sink.close(ok)

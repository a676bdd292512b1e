"""Reads pictures: from a camera, a video file, an image file, or the bundled clip.

    nodes:
      camera: {type: source, uri: auto}                # camera 0, or the bundled clip when none answers
      clip:   {type: source, uri: holiday.mp4}         # every frame with its exact time
      again:  {type: source, uri: "demo:", loop: true} # the bundled clip, without end

`uri` is `auto`, `demo:`, `camera:N`, or the name of a video or image file. A graph's `quality` asks a camera for a size
and a rate; it never shrinks a file. Nothing here waits for a clock: in live mode the engine paces files by their times.
"""

from __future__ import annotations

from fractions import Fraction

from nodes.source.address import Uri
from nodes.source.choice import open_source
from runtime.node import Context, Picture, Source, StreamInfo, node


@node(name="source")
class AnySource(Source):
    """Reads pictures from whatever `uri` names.

    Settings:
        uri: `auto`, `demo:`, `camera:N`, a video file or an image file.
        loop: start again at the end of a file (live mode only); by default only the bundled clip does.
        deinterlace: make whole pictures of interlaced ones, whose even and odd lines are of two moments.
    """

    def __init__(
        self, context: Context, *, uri: Uri = "auto", loop: bool | None = None, deinterlace: bool = True
    ) -> None:
        self._source = open_source(context, uri, loop=loop, deinterlace=deinterlace)

    def info(self) -> StreamInfo:
        """Returns what is known of the stream."""
        return self._source.info()

    def read(self) -> Picture | None:
        """Returns the next picture, or None at the end; raises `StreamError`."""
        return self._source.read()

    def seek(self, seconds: Fraction) -> None:
        """Goes to the first frame at or after a time of the stream; cameras and images ignore it."""
        self._source.seek(seconds)

    def close(self) -> None:
        """Releases the file or the camera."""
        self._source.close()

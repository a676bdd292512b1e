"""Chooses the writer for an address. Opens nothing itself."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from nodes.sink.address import IMAGE_SUFFIXES, fault_of
from nodes.sink.counted import CountedSink, Null
from nodes.sink.forwarded import Forwarded
from nodes.sink.window import Window
from runtime.errors import ConfigurationError, StreamError
from runtime.node import Context, StreamInfo

Provenance = Literal["xmp", "c2pa", "none"]
"""What a written file says about itself, and how."""


def choose_sink(
    context: Context, to: str, *, crf: int, preset: str, sound: bool, provenance: Provenance, sidecar: bool
) -> CountedSink | Forwarded:
    """Returns the sink for an address, not yet open; raises `ConfigurationError` where there is none."""
    if fault := fault_of(to):
        raise ConfigurationError(f"to: {to!r} {fault}")
    if to == "auto":
        if context.mode == "file":
            raise ConfigurationError(
                "in file mode a sink needs a file to write: give -o OUTPUT.mp4, or set "
                "to: OUTPUT.mp4 (to: null: only counts the frames)"
            )
        return WindowOrNull(context)
    if to == "window":
        return Window(context)
    if to == "null:":
        return Null()
    return _file(context, Path(to), crf=crf, preset=preset, sound=sound, provenance=provenance, sidecar=sidecar)


def _file(
    context: Context, path: Path, *, crf: int, preset: str, sound: bool, provenance: Provenance, sidecar: bool
) -> CountedSink:
    """Returns the writer of a file; codecs and provenance take 100 ms to load, and `check` needs neither."""
    from nodes.sink.image import ImageFiles  # noqa: PLC0415
    from nodes.sink.stamp import Stamp  # noqa: PLC0415
    from nodes.sink.video import VideoFile  # noqa: PLC0415

    stamp = Stamp(context, path, provenance, sidecar=sidecar)
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return ImageFiles(path, stamp)
    return VideoFile(context, path, stamp, crf=crf, preset=preset, sound=sound)


class WindowOrNull(Forwarded):
    """Shows frames where there is a display, and counts them where there is none."""

    def __init__(self, context: Context) -> None:
        super().__init__(Window(context))
        self._log = context.log

    def open(self, info: StreamInfo) -> None:
        """Opens the window, or says in one line why frames are only counted."""
        try:
            super().open(info)
        except StreamError as error:
            reason = str(error).partition(";")[0]
            self._log.warning("%s; frames are counted, not shown (to: NAME.mp4 records them)", reason)
            self._sink = Null()

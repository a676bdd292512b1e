"""Writes one frame of a run as a picture, with what written files say about how they were made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nodes.sink.address import IMAGE_SUFFIXES
from nodes.sink.choice import choose_sink
from runtime.errors import ConfigurationError
from runtime.kinds import Frame
from runtime.node import Context, StreamInfo


def save_still(frame: Frame, path: Path, context: Context) -> None:
    """Writes a frame into an image file; raises `ConfigurationError` for other files, and `StreamError`."""
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        raise ConfigurationError(f"{path}: is no image file; end its name in .png or .jpg")
    own = replace(context, node="picture")
    sink = choose_sink(own, str(path), crf=0, preset="veryfast", sound=False, provenance="xmp", sidecar=False)
    sink.open(StreamInfo(frame.width, frame.height, frame_count=1))
    sink.write(frame)
    sink.close(ok=True)

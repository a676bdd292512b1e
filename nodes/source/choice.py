"""Chooses the reader for an address. Opens nothing itself."""

from __future__ import annotations

from pathlib import Path

from nodes.source.address import fault_of
from nodes.source.camera import Camera, OpenCapture, open_capture
from nodes.source.image import IMAGE_SUFFIXES, StillImage
from runtime.errors import ConfigurationError, StreamError
from runtime.node import Context, Source

DEMO = Path(__file__).parents[2] / "assets" / "demo.mp4"
AUTO_WAIT_S = 2.0
CAMERA_WAIT_S = 10.0


def open_source(
    context: Context,
    uri: str,
    *,
    loop: bool | None = None,
    deinterlace: bool = True,
    capture: OpenCapture = open_capture,
) -> Source:
    """Returns an open source for an address.

    Raises:
        StreamError: it cannot be opened.
        ConfigurationError: the settings ask for what cannot be, such as an endless run over a file.
    """
    if fault := fault_of(uri):
        raise StreamError(f"{uri}: {fault}")
    live = context.mode == "live"
    if loop and not live:
        raise ConfigurationError("loop: true would never end in file mode; leave it out, or set mode: live")
    if uri == "auto":
        return _camera_or_demo(context, capture, loop=loop) if live else _demo(context, loop=False)
    scheme, colon, rest = uri.partition(":")
    if scheme == "demo" and colon:
        return _demo(context, loop=live if loop is None else loop)
    if scheme == "camera" and colon:
        return _camera(context, int(rest), capture)
    return _file(context, uri, loop=bool(loop), deinterlace=deinterlace)


def _camera_or_demo(context: Context, capture: OpenCapture, *, loop: bool | None) -> Source:
    try:
        return Camera(context, 0, capture=capture, wait_s=AUTO_WAIT_S)
    except StreamError as error:
        reason = str(error).partition(";")[0]
        context.log.warning("%s; showing the bundled clip instead (uri: demo: asks for it by name)", reason)
    return _demo(context, loop=loop is not False)


def _demo(context: Context, *, loop: bool) -> Source:
    if not DEMO.is_file():
        raise StreamError(f"demo: the bundled clip {DEMO} is missing; name a video file or camera:0 as uri instead")
    return _video(context, DEMO, loop=loop)


def _camera(context: Context, number: int, capture: OpenCapture) -> Source:
    if context.mode == "file":
        raise ConfigurationError(f"camera:{number} has no end and cannot wait; set mode: live, or name a file")
    return Camera(context, number, capture=capture, wait_s=CAMERA_WAIT_S)


def _file(context: Context, uri: str, *, loop: bool, deinterlace: bool) -> Source:
    path = Path(uri)
    if path.is_dir():
        raise StreamError(f"{path}: is a folder; name a video or an image in it")
    if not path.exists():
        raise StreamError(f"{path}: no such file; check the name (paths in a graph start at the graph file's folder)")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return StillImage(context, path)
    return _video(context, path, loop=loop, deinterlace=deinterlace)


def _video(context: Context, path: Path, *, loop: bool, deinterlace: bool = True) -> Source:
    from nodes.source.video import VideoFile  # noqa: PLC0415 - codecs take 40 ms to load, and `check` needs none

    return VideoFile(context, path, loops=loop, deinterlace=deinterlace)

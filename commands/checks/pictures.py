"""What pictures go through: OpenCV's windows and letters, display, camera, codecs, the bundled clip."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from commands.checks.finding import Finding

CODECS = (
    ("h264", "r", "no H.264 video can be read"),
    ("hevc", "r", "no HEVC video can be read"),
    ("libx264", "w", "no video can be written"),
    ("aac", "r", "AAC sound cannot be read; it is still copied"),
)
_OPENCV = "pip uninstall -y opencv-python-headless opencv-python && pip install opencv-python"
_PYAV = "pip install --force-reinstall av"


def check_window(framework: str, missing_display: str) -> Iterator[Finding]:
    """Yields whether frames can be shown.

    Args:
        framework: with what OpenCV opens windows; empty where it cannot.
        missing_display: why there is no display; empty where there is one.
    """
    if not framework:
        yield Finding("window", "wrong", "this OpenCV opens no windows (a headless build)", _OPENCV)
    else:
        yield Finding("window", "ok", f"OpenCV opens windows with {framework}")
    if missing_display:
        yield Finding(
            "display",
            "note",
            f"{missing_display}; frames are counted, not shown",
            "dlc.py run live_balanced -o recording.mp4",
        )
    else:
        yield Finding("display", "ok", "there is one")


def check_letters(lacking: str) -> Iterator[Finding]:
    """Yields whether OpenCV's font has the letters of the label's languages; `lacking` are those that it lacks."""
    if lacking:
        text = f"OpenCV was built without its large font: the label is English (no {lacking[:5]})"
        yield Finding("letters", "note", text, _OPENCV)
    else:
        yield Finding("letters", "ok", "the label's languages can all be drawn")


def check_camera(opens: Callable[[int], bool], hint: str, devices: Iterable[Path] | None = None) -> Iterator[Finding]:
    """Yields whether camera 0 opens.

    Args:
        opens: tries it, for a moment.
        hint: what usually helps on this system.
        devices: device files of cameras, where the system has such.
    """
    found = None if devices is None else sorted(devices)
    if found == []:
        yield Finding(
            "camera", "note", "there is none; the bundled clip takes its place", "dlc.py run live_balanced -t VIDEO.mp4"
        )
        return
    barred = [str(file) for file in found or () if not os.access(file, os.R_OK | os.W_OK)]
    if barred:
        yield Finding(
            "camera", "wrong", f"you may not read {', '.join(barred)}",
            "sudo usermod -aG video $USER, then log in again",
        )  # fmt: skip
    elif opens(0):
        yield Finding("camera", "ok", "camera 0 opens")
    else:
        yield Finding("camera", "note", "camera 0 does not open; the bundled clip takes its place", hint)


def check_codecs(has: Callable[[str, str], bool], version: str) -> Iterator[Finding]:
    """Yields which codecs PyAV's FFmpeg lacks; `has` is asked for a name and `r` or `w`."""
    lacking = [(name, effect) for name, mode, effect in CODECS if not has(name, mode)]
    for name, effect in lacking:
        stops = name == "h264"  # the bundled clip
        yield Finding("codecs", "wrong", f"FFmpeg {version} has no {name}: {effect}", _PYAV, stops=stops)
    if not lacking:
        yield Finding("codecs", "ok", f"FFmpeg {version} with {', '.join(name for name, *_ in CODECS)}")


def check_clip(file: Path) -> Iterator[Finding]:
    """Yields whether the bundled clip is here; what is found of cameras goes on without it."""
    if not file.is_file():
        yield Finding("clip", "wrong", f"the bundled clip {file} is missing", "git checkout -- assets", stops=True)


def look() -> Iterator[Finding]:
    """Yields all of these for this machine."""
    import av
    import cv2

    from nodes.label import NOTICES, lacking_letters
    from nodes.sink.window import missing_display
    from nodes.source.camera import HINTS
    from nodes.source.choice import DEMO

    yield from check_window(cv2.currentUIFramework(), missing_display())
    yield from check_letters(lacking_letters("".join(NOTICES.values())))
    devices = Path("/dev").glob("video*") if sys.platform == "linux" else None
    yield from check_camera(_opens, HINTS.get(sys.platform, ""), devices)
    yield from check_codecs(_has, av.ffmpeg_version_info)
    yield from check_clip(DEMO)


def _opens(index: int) -> bool:
    from nodes.source.camera import open_capture

    capture = open_capture(index)
    is_open = capture.isOpened()
    capture.release()
    return is_open


def _has(name: str, mode: str) -> bool:
    import av

    try:
        av.Codec(name, mode)
    except av.codec.codec.UnknownCodecError:
        return False
    return True

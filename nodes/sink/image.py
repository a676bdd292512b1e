"""Writes image files: one, or a numbered series when the name holds a pattern like `%04d`."""

from __future__ import annotations

from pathlib import Path

import cv2

from nodes.sink.address import PATTERN
from nodes.sink.counted import CountedSink
from nodes.sink.outfile import OutputFile
from nodes.sink.stamp import Stamp
from runtime.errors import StreamError
from runtime.kinds import Frame
from runtime.node import StreamInfo

QUALITY = {
    ".jpg": (cv2.IMWRITE_JPEG_QUALITY, 95),
    ".jpeg": (cv2.IMWRITE_JPEG_QUALITY, 95),
    ".webp": (cv2.IMWRITE_WEBP_QUALITY, 95),
}
"""OpenCV complains of options that are not the format's own."""


class ImageFiles(CountedSink):
    """Writes a frame as soon as it comes. A second frame for one name is an error: nobody wants one picture of many."""

    def __init__(self, path: Path, stamp: Stamp) -> None:
        super().__init__()
        self._path = path
        self._stamp = stamp
        self._digests: dict[str, str] = {}
        self._series = PATTERN.search(path.name) is not None
        self._origin: Path | None = None
        self._frame_count: int | None = None

    def open(self, info: StreamInfo) -> None:
        """Checks folder, name and the number of frames to come."""
        self._origin, self._frame_count = info.origin, info.frame_count
        if not self._series and ((info.frame_count or 1) > 1 or info.loops or info.live):
            raise self._too_many(f"{info.frame_count} frames" if info.frame_count else "a stream")
        OutputFile(self._named(1), self._origin).discard()

    def write(self, frame: Frame) -> None:
        """Writes one image."""
        if self._written and not self._series:
            raise self._too_many("more frames")
        file = OutputFile(self._named(self._written + 1), self._origin)
        try:
            suffix = self._path.suffix.lower()
            ok, data = cv2.imencode(suffix, frame.image, QUALITY.get(suffix, ()))
            if not ok:
                raise StreamError(f"{file.path}: the picture cannot be encoded; choose .png")
            file.temporary.write_bytes(data)  # bytes, because OpenCV opens no name beyond ASCII on Windows
            self._stamp.mark(file.temporary, file.path)
            self._digests.update(self._stamp.digests(file.keep()))
        except OSError as error:
            raise StreamError(f"{file.path}: cannot be written: {error.strerror}; free some space") from error
        finally:
            file.discard()
        self._written += 1

    def close(self, ok: bool) -> None:  # noqa: FBT001  # the contract's signature
        """Writes the sidecar, where one is wanted."""
        self._stamp.note(self._path, self._digests, self._written, self._frame_count, complete=ok)

    def _named(self, number: int) -> Path:
        if not self._series:
            return self._path
        return self._path.with_name(PATTERN.sub(lambda pattern: pattern[0] % number, self._path.name, count=1))

    def _too_many(self, what: str) -> StreamError:
        numbered = f"{self._path.stem}_%04d{self._path.suffix}"
        return StreamError(
            f"{self._path}: one image cannot hold {what}; write a series (to: {numbered}) or a video (.mp4)"
        )

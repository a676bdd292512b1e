"""Writes a video file: each frame at the very time it came with, and the input's sound untouched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from av.error import FFmpegError

from nodes.sink.counted import CountedSink
from nodes.sink.encoder import Coded
from nodes.sink.movie import Movie
from nodes.sink.outfile import OutputFile
from nodes.sink.passengers import Passengers
from nodes.sink.stamp import Stamp
from nodes.sink.times import Captured, Stamped, Times
from runtime.errors import StreamError
from runtime.kinds import Frame
from runtime.node import Context, StreamInfo

MUXERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}

NEARLY_WHOLE_S = 0.5
"""Broken frames near its end, or frames that an edit list hides, do not make a run a shortened one."""


class VideoFile(CountedSink):
    """Encodes what comes; the file is begun with the first frame, whose size is the file's.

    Frames of a file keep their `pts`. Those of a camera or of a loop, which have no time of their own, are written at
    the times at which they were captured, from 0 on, without sound.
    """

    def __init__(self, context: Context, path: Path, stamp: Stamp, *, crf: int, preset: str, sound: bool) -> None:
        super().__init__()
        self._context = context
        self._path = path
        self._stamp = stamp
        self._crf, self._preset, self._sound = crf, preset, sound
        self._info = StreamInfo(0, 0)
        self._file: OutputFile | None = None
        self._movie: Movie | None = None
        self._times: Times = Captured()

    def open(self, info: StreamInfo) -> None:
        """Checks folder and name before any work is done."""
        self._info = info
        self._file = OutputFile(self._path, info.origin)

    def write(self, frame: Frame) -> None:
        """Encodes one frame; raises `StreamError` when its size changes or the file cannot be written."""
        if self._file is None:
            raise StreamError(f"{self._path}: was never opened; call open() first")
        with _failures(self._path):
            if self._movie is None:
                self._movie = self._begun(frame, self._file)
            if frame.image.shape[:2] != self._movie.size:
                raise StreamError(
                    f"{self._path}: the picture changed its size to {frame.width}x{frame.height} after {self._written} "
                    "frames, which a video file cannot; keep the size of what is written"
                )
            self._movie.write(frame.image, self._times.ticks(frame))
        self._written += 1

    def close(self, ok: bool) -> None:  # noqa: FBT001  # the contract's signature
        """Ends the file: under its name if `ok`, else as `NAME.partial.EXT`, which plays as far as it goes."""
        file, self._file = self._file, None
        if file is None:
            return
        if self._movie is None:
            file.discard()
            self._context.log.warning("%s: not written, because no frame came", self._path)
            return
        try:
            with _failures(self._path):
                self._finish(self._movie, ok=ok)
            self._stamp.mark(file.temporary, self._path)
        except StreamError:
            file.keep_partial()
            raise
        kept = file.keep() if ok else file.keep_partial()
        if not ok:
            self._context.log.warning("the run was broken off; what there is of the video is in %s", kept)
        self._stamp.note(kept, self._stamp.digests(kept), self._written, self._info.frame_count, complete=ok)

    def _finish(self, movie: Movie, *, ok: bool) -> None:
        """Ends the movie. A run that was asked for fewer frames than the input has ends with its last frame."""
        info = self._info
        counted = info.frame_count is not None and info.duration is not None
        near_end = counted and movie.length >= info.duration - NEARLY_WHOLE_S
        everything = ok and (not counted or self._written >= info.frame_count or near_end)
        movie.close(info.duration if counted and everything else None, everything=everything)

    def _begun(self, frame: Frame, file: OutputFile) -> Movie:
        info, context = self._info, self._context
        if frame.width % 2 or frame.height % 2:
            context.log.warning(
                "%s: H.264 needs even sides; the last pixels of the odd side of %dx%d are repeated once",
                self._path, frame.width, frame.height,
            )  # fmt: skip
        timed = context.mode == "file" or not (info.live or info.loops)
        self._times = Stamped(info.time_base) if timed else Captured()
        coded = Coded(
            frame.width, frame.height, self._times.time_base, info.rate, info.color,
            self._crf, self._preset, context.threads.encode,
        )  # fmt: skip
        origin = info.origin if timed and not info.loops else None
        passengers = Passengers.of(origin, context.log, sound=self._sound)
        return Movie(
            file.temporary, MUXERS[self._path.suffix.lower()], coded, passengers,
            turned=bool(info.rotation % 180), tags=self._stamp.tags(),
        )  # fmt: skip


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    """Turns what libraries raise into a `StreamError`."""
    try:
        yield
    except (FFmpegError, OSError) as error:
        raise StreamError(
            f"{path}: writing failed: {error.strerror or error}; free some space, or write to another disk"
        ) from error

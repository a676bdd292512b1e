"""Reads a video file: every frame, upright, with its exact time. Never waits for a clock; knows no sound."""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError
from av.stream import Disposition

from nodes.container import open_input
from nodes.source.fields import whole_pictures
from nodes.source.losses import tell_of_video
from nodes.source.timeline import Timeline
from nodes.source.upright import Upright
from runtime.errors import StreamError
from runtime.node import ColorTags, Context, Picture, Source, StreamInfo

WARNINGS = 5
"""How many broken packets are reported one by one."""


class VideoFile(Source):
    """Decodes one video stream, in its own order of presentation."""

    def __init__(self, context: Context, path: Path, *, loops: bool, deinterlace: bool) -> None:
        self._path = path
        self._log = context.log
        self._threads = context.threads.decode
        self._loops = loops
        self._deinterlace = deinterlace
        self._is_interlaced = False
        self._broken = 0
        self._read = 0
        self._from: Fraction | None = None
        self._container = _opened(path)
        try:
            self._stream, *others = _videos_of(self._container, path)
            if others:
                self._log.warning("%s: of its %d video streams only the first is taken", path, 1 + len(others))
            self._stream.thread_count = self._threads
            self._stream.thread_type = "AUTO" if self._threads > 1 else "NONE"
            self._frames = self._pictures()
            first = self._first_frame()
            self._first: av.VideoFrame | None = first
            self._upright = Upright(first, context.buffers)
            self._info = self._describe(first)
            tell_of_video(self._log, path, first)
        except BaseException:
            self._container.close()
            raise
        self._timeline = Timeline(self._info.time_base, self._stream.average_rate)

    def info(self) -> StreamInfo:
        """Returns what the container and the first frame tell."""
        return self._info

    def read(self) -> Picture | None:
        """Returns the next picture, or None at the end.

        Raises:
            StreamError: the file cannot be read any further.
        """
        frame = self._next_frame()
        if frame is None and self._loops and self._read:
            self._timeline.loop(self._info.duration)
            self._rewind()
            frame = self._next_frame()
        if frame is None:
            self._report_missing_end()
            return None
        self._read += 1
        return Picture(self._upright(frame), self._place(frame))

    def seek(self, seconds: Fraction) -> None:
        """Goes to the first frame at or after a time of the stream."""
        self._timeline.jump()
        self._rewind(seconds)
        self._from = seconds

    def close(self) -> None:
        """Closes the file."""
        self._frames.close()
        self._container.close()

    def _first_frame(self) -> av.VideoFrame:
        first = next(self._frames, None)
        if first is None:
            raise StreamError(f"{self._path}: none of its frames can be decoded; try to play it, or convert it anew")
        return first

    def _next_frame(self) -> av.VideoFrame | None:
        """Returns the frame that was decoded when the file was opened, or the next that a seek does not leave out."""
        if self._first is not None:
            frame, self._first = self._first, None
            return frame
        while (frame := next(self._frames, None)) is not None:
            if self._from is None or frame.pts is None or frame.pts * self._info.time_base >= self._from:
                self._from = None
                return frame
        return None

    def _pictures(self) -> Generator[av.VideoFrame, None, None]:
        frames = self._decoded()
        return whole_pictures(frames, self._threads) if self._deinterlace else frames

    def _decoded(self) -> Generator[av.VideoFrame, None, None]:
        """Decodes packet after packet; a broken one is left out and does not move the frames behind it."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except FFmpegError as error:
                raise StreamError(
                    f"{self._path}: reading failed after {self._read} frames: {error.strerror}; the file may be damaged"
                ) from error
            if packet is None:
                return
            try:
                frames = packet.decode()
            except FFmpegError as error:
                self._report_broken(packet, error)
                continue
            for frame in frames:
                if frame.interlaced_frame and not self._is_interlaced:
                    self._is_interlaced = True
                    self._report_interlaced()
                yield frame

    def _report_interlaced(self) -> None:
        if self._deinterlace:
            told = "is interlaced; whole pictures are made of its fields (deinterlace: false leaves them as they are)"
        else:
            told = "is interlaced, and what is written is not: what moves will look like a comb (deinterlace: false)"
        self._log.warning("%s: %s", self._path, told)

    def _report_missing_end(self) -> None:
        """Says when a file ends more than half a second before the time that it states."""
        whole, last = self._info.duration, self._timeline.last
        start = (self._stream.start_time or 0) * self._info.time_base
        if whole is not None and last is not None and start + whole - last > Fraction(1, 2) and not self._loops:
            ends, stated = float(last - start), float(whole)
            self._log.warning("%s: ends at %.1f s of %.1f s; the rest is missing", self._path, ends, stated)

    def _report_broken(self, packet: av.Packet[av.VideoStream], error: FFmpegError) -> None:
        self._broken += 1
        if self._broken <= WARNINGS:
            at = "an unknown time" if packet.pts is None else f"{float(packet.pts * packet.time_base):.3f} s"
            more = "; further ones are not reported" if self._broken == WARNINGS else ""
            self._log.warning("%s: a frame at %s is broken and left out (%s)%s", self._path, at, error.strerror, more)

    def _rewind(self, seconds: Fraction | None = None) -> None:
        start = self._stream.start_time or 0
        stamp = start if seconds is None else int(seconds / self._info.time_base)
        self._first = None
        self._from = None
        self._frames.close()
        try:
            self._container.seek(stamp, stream=self._stream)
        except FFmpegError as error:
            raise StreamError(
                f"{self._path}: cannot go back in this file: {error.strerror}; set loop: false"
            ) from error
        self._frames = self._pictures()

    def _place(self, frame: av.VideoFrame) -> Fraction:
        mended = self._timeline.mended
        time = self._timeline.place(frame.pts)
        if self._timeline.mended > mended == 0:
            self._log.warning(
                "%s: the time stamp of frame %d is missing or does not rise; it and others like it are mended",
                self._path, self._read - 1,
            )  # fmt: skip
        return time

    def _describe(self, first: av.VideoFrame) -> StreamInfo:
        stream = self._stream
        width, height = self._upright.size(first)
        base = stream.time_base or Fraction(1, av.time_base)
        ticks, whole = stream.duration, self._container.duration
        return StreamInfo(
            width,
            height,
            rate=stream.average_rate if stream.average_rate == stream.base_rate else None,
            time_base=base,
            duration=ticks * base if ticks else Fraction(whole, av.time_base) if whole else None,
            frame_count=None if self._loops else stream.frames or None,
            rotation=self._upright.turn.clockwise_deg,
            color=ColorTags(first.color_primaries, first.color_trc, first.colorspace, first.color_range),
            origin=self._path,
            loops=self._loops,
        )


def _opened(path: Path) -> av.container.InputContainer:
    try:
        return open_input(path)
    except FFmpegError as error:
        raise StreamError(
            f"{path}: cannot be opened as a video: {error.strerror}; check that it is whole and that it plays elsewhere"
        ) from error


def _videos_of(container: av.container.InputContainer, path: Path) -> list[av.VideoStream]:
    """Returns the video streams that are no cover pictures; at least one."""
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        raise StreamError(f"{path}: has no video stream; name a file with pictures")
    if streams[0].codec_context is None:
        raise StreamError(f"{path}: its video codec is unknown here; convert it to H.264 first")
    return streams

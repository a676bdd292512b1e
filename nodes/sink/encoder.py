"""Encodes BGR pictures as H.264 with the times they were given. Knows no files."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
from av.stream import Disposition

from nodes.yuv import FULL_RANGE, BgrToPlanes, coding_of, planes_of
from runtime.kinds import Image
from runtime.node import ColorTags


@dataclass(frozen=True, slots=True)
class Coded:
    """What a stream is to be like.

    Attributes:
        width, height: of the pictures that come, px.
        time_base: unit of the time stamps, s.
        rate: frames a second, where known; a hint for the encoder.
        color: tags of the input; what is unspecified there goes by convention, and is then written.
        crf, preset, threads: of the encoder.
    """

    width: int
    height: int
    time_base: Fraction
    rate: Fraction | None
    color: ColorTags
    crf: int
    preset: str
    threads: int


class Encoder:
    """One H.264 stream of an output container.

    4:2:0 needs even sides: a missing row or column is repeated, so that no pixel of the input is lost.
    """

    def __init__(self, container: av.container.OutputContainer, coded: Coded) -> None:
        options = {"crf": str(coded.crf), "preset": coded.preset}
        self._right, self._below = coded.width % 2, coded.height % 2
        stream = container.add_stream("libx264", rate=coded.rate or 30, options=options)
        stream.width, stream.height = coded.width + self._right, coded.height + self._below
        stream.pix_fmt = "yuv420p"
        stream.disposition = Disposition.default  # Matroska takes it from us once sound has brought its own
        context = stream.codec_context
        stream.time_base = context.time_base = coded.time_base
        context.thread_count = coded.threads
        coding = coding_of(coded.color.matrix, coded.color.range, min(coded.width, coded.height))
        context.colorspace, context.color_range = coding.matrix, FULL_RANGE if coding.full else 1
        context.color_primaries, context.color_trc = coded.color.primaries, coded.color.transfer
        self.stream = stream
        self._to_planes = BgrToPlanes(coding)
        self._time_base = coded.time_base
        self._tags = context
        self._durations: dict[int, int] = {}
        self._waiting: deque[av.Packet[av.VideoStream]] = deque()
        self._last: int | None = None
        self._started: tuple[int, int] | None = None
        self._sums_durations = container.format.name in {"mp4", "mov"}

    def set_pixel_shape(self, shape: Fraction) -> None:
        """Says that pixels are not square: width through height of one. Only before the first picture."""
        self.stream.codec_context.sample_aspect_ratio = shape

    def encode(self, image: Image, ticks: int) -> Iterator[av.Packet[av.VideoStream]]:
        """Takes the next picture, whose time is later than the last one's; yields what is ready to be written."""
        if self._last is not None:
            self._durations[self._last] = ticks - self._last
        self._last = ticks
        frame = av.VideoFrame(self.stream.width, self.stream.height, "yuv420p")
        if self._right or self._below:
            image = cv2.copyMakeBorder(image, 0, self._below, 0, self._right, cv2.BORDER_REPLICATE)
        self._to_planes(image, planes_of(frame))
        frame.pts, frame.time_base = ticks, self._time_base
        frame.colorspace, frame.color_range = self._tags.colorspace, self._tags.color_range
        self._waiting.extend(self.stream.encode(frame))
        return self._timed()

    def finish(self, last_duration: int) -> Iterator[av.Packet[av.VideoStream]]:
        """Yields what is left; the last picture stays for `last_duration` ticks."""
        if self._last is None:
            return
        self._durations[self._last] = last_duration
        self._waiting.extend(self.stream.encode(None))
        packets = list(self._timed())
        if packets and self._sums_durations:
            packets[-1].duration = self._closing_duration(packets[-1], self._last + last_duration)
        yield from packets

    def _closing_duration(self, packet: av.Packet[av.VideoStream], end: int) -> int:
        """Returns the duration with which the durations of all packets add up to that of the video.

        MP4 stores durations in the order of decoding, in which the last packet need not be the last picture.
        """
        first_pts, first_dts = self._started or (packet.pts, packet.dts)
        return max(1, (end - first_pts) - (packet.dts - first_dts))

    def _timed(self) -> Iterator[av.Packet[av.VideoStream]]:
        """Gives packets their durations: the encoder knows none, and the last one of a file is written nowhere else."""
        while self._waiting and self._waiting[0].pts in self._durations:
            packet = self._waiting.popleft()
            packet.duration = self._durations.pop(packet.pts)
            self._started = self._started or (packet.pts, packet.dts)
            yield packet

"""An open video container: encodes, interleaves with the passengers, and keeps times exact."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import av

from nodes.sink.encoder import Coded, Encoder
from nodes.sink.passengers import Passengers
from runtime.kinds import Image

LARGEST_TIMESCALE = 10_000_000
DEFAULT_RATE = 25


class Movie:
    """A file in the making. Its methods raise what PyAV raises.

    Args:
        path: where it is written.
        muxer: the container's name in FFmpeg.
        coded: what the video stream is like.
        passengers: what else goes into the file, or None.
        turned: whether the input's pictures were stored on their side.
        tags: titles and the like of the container.
    """

    def __init__(
        self, path: Path, muxer: str, coded: Coded, passengers: Passengers | None, *, turned: bool,
        tags: Mapping[str, str],
    ) -> None:  # fmt: skip
        self.size = (coded.height, coded.width)
        self._coded = coded
        self._passengers = passengers
        # Sound often begins a little before zero (an encoder's lead-in); Matroska would move all streams for it.
        # Written by Python: FFmpeg's own files tell of a full disk only when they are closed.
        self._file = path.open("wb")
        self._container = av.open(self._file, "w", format=muxer, container_options={"avoid_negative_ts": "disabled"})
        self._encoder = Encoder(self._container, coded)
        self._container.metadata.update(tags)
        self._first: int | None = None
        self._last = 0
        self._step: int | None = None
        self._shift = 0
        sample_rates = []
        if passengers is not None:
            passengers.board(self._container)
            sample_rates = passengers.sample_rates
            shape = passengers.pixel_shape()
            if shape is not None:
                self._encoder.set_pixel_shape(1 / shape if turned else shape)
        if muxer in {"mp4", "mov"}:
            self._container.container_options["movie_timescale"] = str(movie_timescale(coded.time_base, sample_rates))

    def write(self, image: Image, ticks: int) -> None:
        """Encodes a picture whose time is later than the last one's."""
        if self._first is None:
            self._first = ticks
            self._shift = max(0, -ticks)  # MP4 shows nothing before zero: all streams move together
        else:
            self._step = ticks - self._last
        self._last = ticks
        self._mux(self._encoder.encode(image, ticks + self._shift))

    @property
    def length(self) -> Fraction:
        """Seconds from the first frame to the last one."""
        return (self._last - (self._first or 0)) * self._coded.time_base

    def close(self, duration: Fraction | None, *, everything: bool) -> None:
        """Ends the file.

        Args:
            duration: length of the video in s, from its first frame to the end of its last. Without one the last frame
                stays as long as the one before it.
            everything: False for a run that was broken off: sound that begins after the last frame is left out.
        """
        try:
            stays = self._stay_of_last(duration)
            self._mux(self._encoder.finish(stays))
            if self._passengers is not None:
                end = (self._last + stays) * self._coded.time_base
                self._mux_passengers(self._passengers.until(None if everything else end))
        finally:
            if self._passengers is not None:
                self._passengers.close()
            with self._file:
                self._container.close()

    def _stay_of_last(self, duration: Fraction | None) -> int:
        """Returns the ticks for which the last frame is shown."""
        base = self._coded.time_base
        if duration is not None and self._first is not None:
            rest = self._first + round(duration / base) - self._last
            if rest > 0:
                return rest
        return self._step or max(1, round(1 / (self._coded.rate or DEFAULT_RATE) / base))

    def _mux(self, packets: Iterable[av.Packet[av.VideoStream]]) -> None:
        for packet in packets:
            if self._passengers is not None and packet.dts is not None:
                self._mux_passengers(self._passengers.until((packet.dts - self._shift) * self._coded.time_base))
            self._container.mux(packet)

    def _mux_passengers(self, packets: Iterable[av.Packet[av.stream.Stream]]) -> None:
        delay = self._shift * self._coded.time_base
        for packet in packets:
            if delay:
                packet.pts += round(delay / packet.time_base)
                packet.dts += round(delay / packet.time_base)
            self._container.mux(packet)


def movie_timescale(time_base: Fraction, sample_rates: list[int]) -> int:
    """Returns the unit in which MP4 counts where its streams begin; with the usual 1/1000 s they would be rounded."""
    video = time_base.denominator
    exact = math.lcm(video, *sample_rates)
    return exact if exact <= LARGEST_TIMESCALE else max(video, 1000)

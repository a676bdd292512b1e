"""Copies what is not video from the input file to the output: sound, subtitles, chapters, titles. Decodes nothing."""

from __future__ import annotations

import io
import logging
from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError
from av.stream import Discard

from nodes.container import open_input

OWN_TAGS = frozenset({"major_brand", "minor_version", "compatible_brands", "encoder"})
"""Container tags that the new container writes itself."""


class Passengers:
    """The sound and subtitle packets of a file, in order, ready for another container."""

    def __init__(
        self, origin: Path, container: av.container.InputContainer, log: logging.Logger, *, sound: bool
    ) -> None:
        self._origin = origin
        self._container = container
        self._log = log
        self._sound = sound
        self._streams: dict[int, av.stream.Stream] = {}
        self._packets = self._read()
        self._next: av.Packet[av.stream.Stream] | None = None

    @classmethod
    def of(cls, origin: Path | None, log: logging.Logger, *, sound: bool) -> Passengers | None:
        """Returns the passengers of a file, or None where there is no file or nothing to be had from it."""
        if origin is None:
            return None
        try:
            return cls(origin, open_input(origin), log, sound=sound)
        except FFmpegError:
            return None

    def board(self, container: av.container.OutputContainer) -> None:
        """Adds the streams, titles and chapters to a container whose video stream is already there."""
        container.metadata.update({k: v for k, v in self._container.metadata.items() if k not in OWN_TAGS})
        if not self._sound:
            return
        self._streams = dict(self._copied(container))
        for stream in self._container.streams:
            if stream.index not in self._streams:
                stream.discard = Discard.all  # saves reading the pictures a second time
        container.set_chapters(self._container.chapters())
        self._next = next(self._packets, None)

    @property
    def sample_rates(self) -> list[int]:
        """The rates of the copied sound streams: what their times are counted in."""
        return [stream.codec_context.sample_rate for stream in self._streams.values() if stream.type == "audio"]

    def until(self, seconds: Fraction | None) -> Iterator[av.Packet[av.stream.Stream]]:
        """Yields the packets that come before a time, or all that are left."""
        while self._next is not None and (seconds is None or _time_of(self._next) < seconds):
            packet, self._next = self._next, next(self._packets, None)
            yield packet

    def close(self) -> None:
        """Closes the input."""
        self._packets.close()
        self._container.close()

    def pixel_shape(self) -> Fraction | None:
        """Returns width through height of the input's pixels as stored, None if they are square."""
        for stream in self._container.streams.video[:1]:
            shape = stream.sample_aspect_ratio
            return None if not shape or shape == 1 else shape
        return None

    def _copied(self, container: av.container.OutputContainer) -> Iterator[tuple[int, av.stream.Stream]]:
        for stream in (*self._container.streams.audio, *self._container.streams.subtitles):
            if not _fits(stream, container.format.name):
                self._report_left_out(stream, container.format.name)
                continue
            copy = container.add_stream_from_template(stream)
            copy.metadata.update(stream.metadata)
            copy.disposition = stream.disposition
            yield stream.index, copy

    def _report_left_out(self, stream: av.stream.Stream, muxer: str) -> None:
        kind = "sound" if stream.type == "audio" else "subtitles"
        codec = stream.codec_context.name if stream.codec_context else "of unknown name"
        advice = "" if muxer == "matroska" else " (an output named .mkv holds more)"
        self._log.warning("%s: %s in codec %s do not fit into %s; left out%s", self._origin, kind, codec, muxer, advice)

    def _read(self) -> Generator[av.Packet[av.stream.Stream], None, None]:
        if not self._streams:
            return
        chosen = [stream for stream in self._container.streams if stream.index in self._streams]
        try:
            for packet in self._container.demux(chosen):
                if packet.pts is not None or packet.dts is not None:
                    # In sound and text both are the same; AVI knows only one of them.
                    packet.pts = packet.dts if packet.pts is None else packet.pts
                    packet.dts = packet.pts if packet.dts is None else packet.dts
                    packet.stream = self._streams[packet.stream.index]
                    yield packet
        except FFmpegError as error:
            self._log.warning("%s: its sound cannot be read to the end: %s", self._origin, error.strerror)


def _fits(stream: av.stream.Stream, muxer: str) -> bool:
    """Returns whether a container takes a stream; some refuse a codec only when the header is written, so one is."""
    try:
        with av.open(io.BytesIO(), "w", format=muxer) as trial:
            trial.add_stream_from_template(stream)
            trial.start_encoding()
    except (ValueError, FFmpegError):
        return False
    return True


def _time_of(packet: av.Packet[av.stream.Stream]) -> Fraction:
    stamp = packet.dts if packet.dts is not None else packet.pts
    return (stamp or 0) * packet.time_base

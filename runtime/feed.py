"""Reads the sources and brings their frames to the gate, in real time where that is asked for.

The graph's first source sets the pace. Of any other, a live graph takes the newest frame;
a file graph reads all in step.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from runtime.clock import SECOND, Clock
from runtime.errors import DlcError, NodeError, StreamError
from runtime.gate import Gate
from runtime.kinds import Buffers, Frame
from runtime.node import Mode, Picture, Source, StreamInfo
from runtime.qos import Quality, set_quality
from runtime.stats import NodeMeter, StageMeter

CATCH_UP_NS = SECOND
"""A source that is later than this does not hurry through what it missed."""

RATE = 25
"""Frames a second of a file that tells neither its rate nor its times."""

_FAILED: Any = object()
"""What a read has given that raised."""


class Reader:
    """One source, read by one thread: turns pictures into frames and keeps a file's pace when the graph is live."""

    def __init__(
        self, name: str, source: Source, info: StreamInfo, clock: Clock, mode: Mode, buffers: Buffers,
        stop: threading.Event,
    ) -> None:  # fmt: skip
        self.meter = NodeMeter()
        self.stage = StageMeter()
        self._name = name
        self._source = source
        self._clock = clock
        self._live = mode == "live"
        self._is_camera = info.live
        self._paced = self._live and not info.live
        self._rate = info.rate or Fraction(RATE)
        self._buffers = buffers
        self._stop = stop
        self._origin: int | None = None

    def next(self) -> Frame | None:
        """Returns the next frame, or None at the end or when stopped; raises `DlcError`."""
        number = self.meter.work.count
        try:
            picture = self._read()
            if not isinstance(picture, Picture | None):
                raise TypeError(f"read gave a {type(picture).__name__}; it gives a Picture, or None at the end")  # noqa: TRY301
            if picture is None or (self._paced and not self._wait_for(picture)):
                return None
            return self._frame(picture)
        except BaseException as error:
            self.meter.errors += 1
            if isinstance(error, DlcError):  # its message says which file or camera
                raise
            raise NodeError.of(error, self._name, number) from error

    def _read(self) -> Picture | None:
        """Returns the next picture, and counts the call unless it was the stream's end."""
        cpu, began, picture = time.thread_time_ns(), time.perf_counter_ns(), _FAILED
        try:
            picture = self._source.read()
        finally:
            spent, worked = time.perf_counter_ns() - began, time.thread_time_ns() - cpu
            waited = max(0, spent - worked) if self._is_camera else 0
            self.stage.waiting += waited
            self.meter.cpu += worked
            if picture is not None:
                self.meter.work.add(spent - waited)
        return picture

    def _wait_for(self, picture: Picture) -> bool:
        """Waits for a file's picture to be due; returns False when stopped."""
        now = self._clock.now()
        pts = (self.meter.work.count - 1) / self._rate if picture.pts is None else picture.pts
        due_after = int(pts * SECOND)
        if self._origin is None or now - (self._origin + due_after) > CATCH_UP_NS:
            self._origin = now - due_after
        went_on = self._clock.wait_until(self._origin + due_after, self._stop)
        self.stage.waiting += self._clock.now() - now
        return went_on

    def _frame(self, picture: Picture) -> Frame:
        now = self._clock.now()
        if self._origin is None:
            self._origin = now
        pts = Fraction(now - self._origin, SECOND) if picture.pts is None else picture.pts
        at = now / SECOND if self._live else float(pts)
        return Frame(picture.image, captured_at=now, pts=pts, time=at, buffers=self._buffers)


class Feed:
    """The threads that read a graph's sources.

    Args:
        sources: by name; the first one sets the pace.
        infos: their streams.
        gate: takes the frames.
        clock, mode, buffers: passed on to the readers.
        failed: told what a source raised.
    """

    def __init__(
        self, sources: Mapping[str, Source], infos: Mapping[str, StreamInfo], gate: Gate, clock: Clock, mode: Mode,
        buffers: Buffers, failed: Callable[[BaseException], None],
    ) -> None:  # fmt: skip
        self.stop_event = threading.Event()
        self.first_offer: int | None = None
        self.readers = {
            name: Reader(name, source, infos[name], clock, mode, buffers, self.stop_event)
            for name, source in sources.items()
        }
        self._gate = gate
        self._clock = clock
        self._failed = failed
        self._lead, *others = self.readers
        self._newest: dict[str, Frame | None] = dict.fromkeys(others)
        self._in_step = mode == "file"
        followed = [] if self._in_step else others
        self._threads = {self._lead: threading.Thread(target=self._guarded, args=(self._read_lead,))}
        self._threads |= {
            name: threading.Thread(target=self._guarded, args=(self._read_other, name)) for name in followed
        }
        for name, thread in self._threads.items():
            thread.name = f"dlc-{name}"

    def start(self) -> None:
        """Starts the threads."""
        for thread in self._threads.values():
            thread.start()

    def stop(self, timeout: float) -> list[str]:
        """Ends the threads; returns the names of sources whose threads hang."""
        self.stop_event.set()
        for thread in self._threads.values():
            if thread.ident is not None:
                thread.join(timeout)
        return [name for name, thread in self._threads.items() if thread.is_alive()]

    def _guarded(self, read: Callable[..., None], *arguments: str) -> None:
        set_quality(Quality.USER_INTERACTIVE)
        try:
            read(*arguments)
        except BaseException as error:  # noqa: BLE001 - whatever a source raises ends the run, with its reason
            self._failed(error)

    def _read_lead(self) -> None:
        lead = self.readers[self._lead]
        while not self.stop_event.is_set() and (frame := lead.next()):
            others = self._step_others()
            if others is None:
                break
            if self.first_offer is None:
                self.first_offer = self._clock.now()
            began = time.perf_counter_ns()
            wanted = len(others) < len(self._newest) or self._gate.offer((frame, *others))
            lead.stage.blocked += time.perf_counter_ns() - began
            if not wanted:
                break
        self._gate.finish()

    def _step_others(self) -> list[Frame] | None:
        """Returns a frame of each other source (fewer while one has none yet), or None when one has ended."""
        if self._in_step:
            frames = [self.readers[name].next() for name in self._newest]
            return None if None in frames else [frame for frame in frames if frame]
        return [frame for frame in self._newest.values() if frame]

    def _read_other(self, name: str) -> None:
        while not self.stop_event.is_set() and (frame := self.readers[name].next()):
            self._newest[name] = frame
        if self._newest[name] is None and not self.stop_event.is_set():
            raise StreamError(f"source {name!r} ended before its first frame")

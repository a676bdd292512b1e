"""Plays a script on the real engine: camera, detector and swap are actors, all other nodes are the real ones."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from bench.campaign.script import FPS, Moment, Script
from nodes.blend import blend
from nodes.cache import Cache
from nodes.guard import Guard
from nodes.label import Label
from runtime import Faces, Frame, Patches, Picture, Sink, Source, StreamInfo, Unit, node
from runtime.clock import MILLISECOND, SECOND
from runtime.errors import DlcError
from runtime.kinds import Image, Patch, PatchStatus
from runtime.node import MARK, Models
from runtime.stats import Snapshot
from runtime.testing import GraphRun, ManualClock

LINES = {
    "mode": "live",
    "adapt": "false",  # what fails is in the script, and the same each time
    "credits": "1",
    "camera": "{type: camera}",
    "faces": "{type: finder, in: camera}",
    "known": "{type: cache, in: [camera, faces]}",
    "swapped": "{type: actor, in: [camera, known]}",
    "composite": "{type: blend, in: [camera, swapped]}",
    "labelled": "{type: label, in: composite}",
    "guarded": "{type: guard, in: {frame: labelled, faces: known, raw: camera}}",
    "screen": "{type: eye, in: guarded}",
}
"""The graph of the play: `live_balanced` with actors in it. A script replaces, adds, or (empty) takes away lines."""

See = Callable[[int, Image], None]


def play(script: Script, see: See) -> tuple[Snapshot, DlcError | None]:
    """Runs a script; `see` is told the number and the pixels of each presented picture, sink by sink."""
    return Cast(script, see).play(LINES)


def _text(lines: Mapping[str, str]) -> str:
    lines = {name: line for name, line in lines.items() if line}
    top = [f"{key}: {lines.pop(key)}" for key in ("mode", "adapt", "credits") if key in lines]
    return "\n".join([*top, "nodes:", *(f"  {name}: {line}" for name, line in lines.items())])


class Play(Protocol):
    """What a cast needs to know of a script."""

    moments: list[Moment]
    graph: dict[str, str]
    stop_at: int | None

    def picture(self, index: int) -> Image:
        """Returns what the camera sees."""
        ...


class Cast:
    """The actors, bound to a script and a clock; the camera moves the clock, so that runs are the same."""

    def __init__(self, script: Play, see: See) -> None:
        self.script = script
        self.clock = ManualClock()
        self.see = see
        self.run: GraphRun | None = None
        self.models: Models | None = None

    def play(self, lines: Mapping[str, str]) -> tuple[Snapshot, DlcError | None]:
        """Runs the script on a graph, in which it may replace lines."""
        text, frames = _text({**lines, **self.script.graph}), len(self.script.moments)
        self.run = GraphRun(text, self.definitions(), clock=self.clock, frames=frames, models=self.models)
        with self.run as run:
            result = run.wait()
        return result.snapshot, result.error

    def definitions(self) -> list[Callable[..., Any]]:
        """Returns the node types of the play; the real ones raise where the script says so."""
        real = [self.faulty(definition) for definition in (Cache, blend, Label, Guard)]
        return [self.camera(), self._finder(), self._actor(), self.eye(), *real]

    def call(self, name: str, moment: Moment, work: Callable[[], Any]) -> Any:
        """Runs a real node on a picture."""
        if name in moment.raising:
            raise RuntimeError(f"{name} was told to fail")
        return work()

    def faulty(self, definition: Callable[..., Any]) -> Callable[..., Any]:
        """Returns a real node type that fails where the script says so."""
        name = getattr(definition, "__name__").lower()  # noqa: B009  # a callable need not have one
        if inspect.isclass(definition):
            call = self._tripping(name, definition.__call__)
            faulty = type(definition.__name__, (definition,), {"__call__": call, "__module__": definition.__module__})
            return node(name=name, ordered=getattr(definition, MARK).ordered)(faulty)
        return node(name=name)(self._tripping(name, definition))

    def _tripping(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def tripping(*arguments: Any, **ports: Any) -> Any:
            frames = (value for value in ports.values() if isinstance(value, Frame))
            moment = self.script.moments[number_of(next(frames))]
            return self.call(name, moment, lambda: call(*arguments, **ports))

        return tripping

    def camera(self) -> Callable[..., Any]:
        """Returns the source."""
        cast = self

        @node(name="camera")
        class Camera(Source):
            """Gives the next picture when there is room for it, so that none is dropped, and moves the clock."""

            def __init__(self) -> None:
                self._given = 0

            def info(self) -> StreamInfo:
                height, width = cast.script.picture(0).shape[:2]
                return StreamInfo(width, height, rate=Fraction(FPS), live=True)

            def read(self) -> Picture | None:
                index = self._given
                assert cast.run is not None  # noqa: S101  # it reads only while the graph runs
                engine = cast.run.engine
                if index == cast.script.stop_at:
                    engine.stop()
                if index >= len(cast.script.moments) or not _has_room(engine.gate, index):
                    return None
                moment = cast.script.moments[index]
                for name, setting, value in moment.settings:
                    engine.controls.set(name, setting, value)
                cast.clock.advance(SECOND // FPS + moment.gap_ms * MILLISECOND)
                self._given += 1
                return Picture(cast.script.picture(index), Fraction(index, FPS))

        return Camera

    def _finder(self) -> Callable[..., Any]:
        cast = self

        @node(name="finder", ordered=True)
        class Finder:
            """Says what the script says."""

            def __call__(self, frame: Frame) -> Faces:
                moment = cast.script.moments[number_of(frame)]
                cast.clock.advance(moment.late_ms * MILLISECOND)
                if moment.blind == "raises":
                    raise RuntimeError("the finder was told to fail")
                return moment.faces

        return Finder

    def _actor(self) -> Callable[..., Any]:
        cast = self

        @node(name="actor")
        def actor(frame: Frame, faces: Faces, *, opacity: Unit = 1.0) -> Patches:
            moment = cast.script.moments[number_of(frame)]
            if "actor" in moment.raising:
                raise RuntimeError("the actor was told to fail")
            return Patches(tuple(_patch(face, moment.failed, opacity) for face in faces), faces.detected)

        return actor

    def eye(self) -> Callable[..., Any]:
        """Returns the sink."""
        cast = self

        @node(name="eye")
        class Eye(Sink):
            """Shows the judge what is presented."""

            def write(self, frame: Frame) -> None:
                moment = cast.script.moments[number_of(frame)]
                if "eye" in moment.raising:
                    raise RuntimeError("the sink was told to fail")
                cast.see(number_of(frame), frame.image)

        return Eye


def number_of(frame: Frame) -> int:
    """Returns the number of a frame in its script."""
    return round(frame.pts * FPS)


def _has_room(gate: Any, given: int) -> bool:
    """Waits until the picture before has entered and one more may; returns whether more are wanted."""
    while not gate.closed and (gate.admitted < given or gate.in_flight >= gate.credits):
        gate.wait_idle(0.001)
    return not gate.closed


def _patch(face: Any, failed: set[str], opacity: float) -> Patch:
    """Returns a plain square over a face that is seen at a place that there is."""
    x0, y0, x1, _ = face.box
    side = x1 - x0 + 1
    if face.age > 0 or face.person in failed or not np.isfinite(face.box).all() or side < 2:
        return Patch(face, PatchStatus.FAILED)
    stripes = np.zeros((int(side), int(side), 3), np.uint8)
    stripes[::2] = 200
    to_patch = np.array([[1, 0, -x0], [0, 1, -y0]], np.float64)
    return Patch(face, PatchStatus.SWAPPED, stripes, stripes.copy(), "square", to_patch, opacity=opacity)

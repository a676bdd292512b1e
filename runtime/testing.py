"""What tests of graphs and nodes need: a scripted source, a sink that collects, nodes that wait, a manual clock.

    graph = "nodes: {a: {type: listed}, b: {type: my_node, in: a}, c: {type: collect, in: b}}"
    result = run_graph(graph, [my_node])
    assert [frame.seq for frame in result.frames["c"]] == [0, 1, 2]

The engine, its threads and its gate are the real ones; only the ends are made of lists.
Authors of nodes may use it, too.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self

import numpy as np

from runtime.clock import Clock, ManualClock, SystemClock
from runtime.document import parse_document
from runtime.engine import Engine
from runtime.errors import DlcError, ModelError
from runtime.fake_camera import FakeCamera
from runtime.graph import Graph
from runtime.kinds import Frame
from runtime.loading import check_document
from runtime.mainthread import MainThreadService
from runtime.node import QUALITIES, Context, Mode, Models, Picture, Session, Sink, Source, StreamInfo, node
from runtime.options import DRAIN_S, HANG_S, Options
from runtime.overrides import parse_overrides
from runtime.placing import Placement
from runtime.pool import Pool
from runtime.signature import spec_of
from runtime.stats import Snapshot
from runtime.table import NodeTable
from runtime.threads import Threads
from runtime.vitals import NoSigns, VitalSigns

__all__ = [
    "FakeCamera",
    "GraphRun",
    "Hold",
    "ManualClock",
    "NoModels",
    "Result",
    "load_text",
    "make_context",
    "numbered_pictures",
    "run_graph",
]

PATIENCE_S = 20.0
"""How long a test waits for something that is about to happen before it calls it a hang."""

RATE = 25
"""Frames a second of the listed source."""


class NoModels:
    """Models for graphs that need none."""

    def session(self, name: str, *, device: str | None = None, several: bool = False) -> Session:  # noqa: ARG002
        """Raises `ModelError`."""
        raise ModelError(f"this test has no models, and {name!r} was asked for")

    def file(self, name: str) -> tuple[Path, str]:
        """Raises `ModelError`."""
        raise ModelError(f"this test has no models, and the file of {name!r} was asked for")


def numbered_pictures(count: int, width: int = 16, height: int = 8) -> list[Picture]:
    """Returns pictures at 25 fps whose pixels all hold the picture's number (modulo 256)."""
    return [
        Picture(np.full((height, width, 3), index % 256, np.uint8), Fraction(index, RATE)) for index in range(count)
    ]


def make_context(mode: Mode = "file", models: Models | None = None, name: str = "test") -> Context:
    """Returns a context for calling a node without a graph."""
    return Context(
        node=name,
        mode=mode,
        quality=QUALITIES["balanced"],
        models=models or NoModels(),
        main=MainThreadService(),
        threads=Threads(),
        buffers=Pool(1 << 30),
    )


class Hold:
    """Keeps frames at a `gated` node until the test lets them go."""

    def __init__(self) -> None:
        self._arrived = threading.Semaphore(0)
        self._released = threading.Semaphore(0)

    def wait_arrived(self) -> None:
        """Waits until one more frame has reached the node."""
        if not self._arrived.acquire(timeout=PATIENCE_S):
            raise TimeoutError("no frame reached the gated node")

    def release(self, count: int = 1) -> None:
        """Lets frames go on."""
        self._released.release(count)

    def pass_through(self) -> None:
        """Called by the node: reports a frame and waits for its release."""
        self._arrived.release()
        if not self._released.acquire(timeout=PATIENCE_S):
            raise TimeoutError("the test never released the gated node")


@dataclass(frozen=True, slots=True)
class Result:
    """What came out of a graph.

    Attributes:
        frames: the frames that each collecting sink took.
        closed: for each collecting sink, whether it was closed with `ok`.
        snapshot: the counters at the end.
        error: what the run failed with, or None.
    """

    frames: Mapping[str, Sequence[Frame]]
    closed: Mapping[str, bool]
    snapshot: Snapshot
    error: DlcError | None


@dataclass(slots=True)
class _Ends:
    """What the scripted ends of a graph share with the test."""

    pictures: SimpleQueue[Picture | None] = field(default_factory=SimpleQueue)
    frames: dict[str, list[Frame]] = field(default_factory=dict)
    closed: dict[str, bool] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    size: tuple[int, int] = (16, 8)
    live: bool = False

    def definitions(self) -> list[Callable[..., Any]]:
        """Returns the node types `listed`, `collect` and `gated`, bound to these ends."""
        ends = self

        @node(name="listed")
        class Listed(Source):
            """Gives the test's pictures."""

            def __init__(self, context: Context) -> None:
                self._stop = context.stop

            def info(self) -> StreamInfo:
                return StreamInfo(*ends.size, rate=Fraction(RATE), live=ends.live)

            def read(self) -> Picture | None:
                while not self._stop():
                    with contextlib.suppress(Empty):
                        return ends.pictures.get(timeout=0.01)
                return None

        @node(name="collect")
        class Collect(Sink):
            """Keeps what it is given."""

            def __init__(self, context: Context) -> None:
                self._name = context.node
                ends.frames[self._name] = []

            def write(self, frame: Frame) -> None:
                ends.frames[self._name].append(frame)

            def close(self, ok: bool) -> None:  # noqa: FBT001 - the contract's signature
                ends.closed[self._name] = ok

        @node(name="gated", ordered=True)
        class Gated:
            """Hands frames on when the test says so."""

            def __init__(self, context: Context) -> None:
                self._hold = ends.holds.setdefault(context.node, Hold())

            def __call__(self, frame: Frame) -> Frame:
                self._hold.pass_through()
                return frame

        return [Listed, Collect, Gated]


class GraphRun:
    """A graph under test, running until `wait` or the end of the `with` block; `table` holds its node types.

    Args:
        text: the graph file.
        nodes: further node types.
        pictures: given by the `listed` source at once; without them the test gives them with `push`.
        clock: a `ManualClock`, or None for the machine's.
        frames, cores, measured_frames: as in `Options`; by default nothing is measured first.
        models: for nodes that need them.
        overrides: as for `--set`.
        hang_s: as in `Options`, for tests of nodes that hang.
        live_source: whether the source claims to be a camera, which the engine does not pace.
        signs: how the machine is.
        place: says where networks run.
        file: the graph file that the text is that of.
    """

    def __init__(
        self, text: str, nodes: Sequence[Callable[..., Any]] = (), pictures: Sequence[Picture] | None = None, *,
        clock: Clock | None = None, frames: int | None = None, cores: int = 4, measured_frames: int = 0,
        models: Models | None = None, overrides: Sequence[str] = (), live_source: bool = True, hang_s: float = HANG_S,
        signs: VitalSigns | None = None, place: Callable[[Graph], Placement] = lambda _graph: Placement(),
        file: Path | None = None,
    ) -> None:  # fmt: skip
        self._ends = _Ends(live=live_source)
        for picture in pictures or ():
            self.push(picture)
        if pictures is not None:
            self.end_stream()
        self.table = NodeTable(spec_of(definition) for definition in (*self._ends.definitions(), *nodes))
        self._main = MainThreadService()
        graph = load_text(text, self.table, overrides, file)
        options = Options(
            frames=frames, cores=cores, measured_frames=measured_frames, drain_s=min(DRAIN_S, hang_s), hang_s=hang_s,
            placement=place(graph), signs=signs or NoSigns(),
        )  # fmt: skip
        self.engine = Engine(graph, models or NoModels(), self._main, options, clock or SystemClock())

    def __enter__(self) -> Self:
        self.engine.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.engine.stop()
        self.end_stream()
        for hold in self._ends.holds.values():
            hold.release(1 << 20)
        self._main.serve(self.engine.ended)

    def push(self, picture: Picture) -> None:
        """Gives the source one more picture."""
        self._ends.size = (picture.image.shape[1], picture.image.shape[0])
        self._ends.pictures.put(picture)

    def end_stream(self) -> None:
        """Lets the source end."""
        self._ends.pictures.put(None)

    def hold(self, name: str) -> Hold:
        """Returns the hold of a `gated` node."""
        return self._ends.holds[name]

    def wait(self) -> Result:
        """Serves as the main thread until the run has ended; returns what came out."""
        self._main.serve(self.engine.ended)
        error: DlcError | None = None
        try:
            self.engine.close()
        except DlcError as raised:
            error = raised
        return Result(self._ends.frames, self._ends.closed, self.engine.snapshot(), error)


def run_graph(
    text: str, nodes: Sequence[Callable[..., Any]] = (), pictures: Sequence[Picture] | None = None, **options: Any
) -> Result:
    """Runs a graph over the pictures (three numbered ones by default) to its end; see `GraphRun` for the options."""
    with GraphRun(text, nodes, numbered_pictures(3) if pictures is None else pictures, **options) as run:
        return run.wait()


def load_text(text: str, table: NodeTable, overrides: Sequence[str] = (), file: Path | None = None) -> Graph:
    """Returns the checked graph of a text; raises `GraphError`."""
    return check_document(parse_document(text, file), table, parse_overrides(overrides)).unwrap()

"""What a dashboard sees of a run and may ask of it: plain data, and the link to whoever has the engine.

The same in one process (`runtime/desk.py`) and over a socket (`runtime/link.py`). Draws nothing, runs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from runtime.codec import Coded
from runtime.errors import ConfigurationError, RunError

State = Literal["loading", "running", "paused", "holding", "adapting", "stopping", "ended", "failed"]
Level = Literal["debug", "info", "warning", "error"]
Argument = str | int | bool
"""What a command takes."""

HISTOGRAM_EDGES_MS: tuple[float, ...] = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
"""Upper edges of the bins of `NodeNow.histogram`, ms; a last bin holds what is above: one bin more than edges."""


@dataclass(frozen=True, slots=True)
class SettingView(Coded):
    """One setting of a node.

    Attributes:
        name: as in the graph file.
        value, default: as written in a graph file, which is what the command `set` takes; empty without a default.
        live: changes between two frames; else changing it makes the node anew, and that of an end a new run.
        type: what it takes, in the words of `dlc.py nodes TYPE`.
        help: what it does.
        choices: the values that it can have, where they are few.
        low, high: least and most of a number, where there are any.
        unit: `ms`, `s`, `px`, or nothing.
    """

    name: str
    value: str
    default: str = ""
    live: bool = False
    type: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class InputView(Coded):
    """One edge: a node's port, the node and output that feed it (empty: its only one), and the kind that flows."""

    port: str
    node: str
    output: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class NodeView(Coded):
    """One node of the graph; `bypass` tells whether it may be passed by, `end` whether it is a source or a sink."""

    name: str
    type: str
    summary: str = ""
    inputs: tuple[InputView, ...] = ()
    settings: tuple[SettingView, ...] = ()
    bypass: bool = False
    end: bool = False


@dataclass(frozen=True, slots=True)
class GraphView(Coded):
    """The graph that runs; its nodes stand in topological order.

    Attributes:
        source, sink: where frames come from and go to, in words.
        profile: hardware profile, where there is one.
        latency_budget_ms, target_fps: what the run is held to, where that is set.
        ladder: the steps that ease a run, each a setting and its value; empty when the run does not adapt.
        version: -1 until the graph runs; grows with each rebuild.
    """

    name: str
    file: str = ""
    mode: str = "live"
    quality: str = ""
    description: str = ""
    nodes: tuple[NodeView, ...] = ()
    source: str = ""
    sink: str = ""
    profile: str = ""
    latency_budget_ms: float | None = None
    target_fps: float | None = None
    ladder: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class LoadingView(Coded):
    """Something that is being loaded, and for how many seconds; how much is still to come, no library tells."""

    what: str
    since_s: float = 0.0


@dataclass(frozen=True, slots=True)
class AgeView(Coded):
    """Capture to present over the latest frames, ms."""

    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    max: float = 0.0


@dataclass(frozen=True, slots=True)
class NodeNow(Coded):
    """One node now.

    Attributes:
        device: where its work runs.
        placement: what really runs where, when that is more than the CPU.
        fps: frames a second over the last interval.
        p50, p95, p99: wall time of a call over the latest calls, ms.
        recent: mean of that over the last interval, ms; 0 where no call ended in it.
        calls, errors, skipped: since the start.
        working, runnable, waiting, blocked: shares of its stage's time over the last interval, sum 1 (0 before the
            first): its own work, other nodes' turns on the same thread, waiting for input, held back behind others.
        bypassed: frames pass it by.
        counters: what the node itself counts.
        histogram: of the latest calls; see `HISTOGRAM_EDGES_MS`.
    """

    name: str
    device: str = "cpu"
    placement: str = ""
    fps: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    recent: float = 0.0
    calls: int = 0
    errors: int = 0
    skipped: int = 0
    working: float = 0.0
    runnable: float = 0.0
    waiting: float = 0.0
    blocked: float = 0.0
    bypassed: bool = False
    counters: Mapping[str, int] = field(default_factory=dict)
    histogram: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StateView(Coded):
    """The run now.

    Attributes:
        state: what it does; `reason` says why where that is not plain.
        loading: what is being loaded.
        graph_version: of the `GraphView` that belongs to this.
        settings_version: grows with each change of a live setting.
        wall_s: since the first frame was offered.
        fps: presented frames a second over the last interval.
        age: capture to present.
        presented, admitted, drops, skipped, held, blurred, withheld: frames since the start.
        cover_reason: why frames are held or blurred now.
        in_flight, credits: frames under way, and the most that may be.
        cpu: cores that the process keeps busy, over the last interval.
        rss_mb, pool_mb: memory of the process, and of the frames' buffers.
        gpu, thermal, power, memory: in words, where something is known.
        sound_delay_ms: by how much sound has to be delayed to fit the picture.
        step: how many steps of the ladder are taken; not always its first ones.
        total: frames of a file, where known.
        bottleneck: the node that sets the pace, `source`, or nothing.
        nodes: in the order of the graph.
    """

    state: State = "loading"
    reason: str = ""
    loading: tuple[LoadingView, ...] = ()
    graph_version: int = 0
    settings_version: int = 0
    wall_s: float = 0.0
    fps: float = 0.0
    age: AgeView = AgeView()
    presented: int = 0
    admitted: int = 0
    drops: int = 0
    skipped: int = 0
    held: int = 0
    blurred: int = 0
    withheld: int = 0
    cover_reason: str = ""
    in_flight: int = 0
    credits: int = 0
    cpu: float = 0.0
    rss_mb: float = 0.0
    pool_mb: float = 0.0
    gpu: str = ""
    thermal: str = ""
    power: str = ""
    memory: str = ""
    sound_delay_ms: float = 0.0
    step: int = 0
    total: int | None = None
    bottleneck: str = ""
    nodes: tuple[NodeNow, ...] = ()


@dataclass(frozen=True, slots=True)
class LogLine(Coded):
    """One line of the log.

    Attributes:
        index: grows by one from line to line.
        time: of the last of its messages, s since 1970.
        node: that logged it, or nothing.
        count: how many equal messages it stands for.
    """

    index: int
    time: float
    level: Level
    node: str
    text: str
    count: int = 1


class Refused(ConfigurationError):  # noqa: N818 - the word that people read
    """A command was not carried out; the run goes on as before. `help` says what to do instead."""

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002 - the word of diagnostics
        self.message = message
        self.help = help
        super().__init__(f"{message}\n{help}" if help else message)


class LinkClosed(RunError):  # noqa: N818 - a state, not a mistake
    """The other side is gone; `exit_code` is that of the run, where it is known."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        self.exit_code = exit_code
        super().__init__(message)


class Link(Protocol):
    """The way to whoever has the engine. Any thread may use it; reads are answered while a command is carried out."""

    def graph(self) -> GraphView:
        """Returns the graph that runs."""
        ...

    def now(self) -> StateView:
        """Returns the run as it is; rates and shares speak of the last second."""
        ...

    def log(self, after: int) -> tuple[LogLine, ...]:
        """Returns the lines behind index `after` (-1: all that are kept), and earlier ones whose count has grown."""
        ...

    def do(self, name: str, **arguments: Argument) -> str:
        """Carries out a command and returns a sentence about what was done.

        Raises:
            Refused: it was not carried out.
            LinkClosed: the other side is gone.
        """
        ...

"""A link without an engine behind it: fixed figures for tests and pictures of the dashboard.

Reads give the same until `advance`, so that what is shown does not depend on how often somebody looks.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from runtime.view import (
    HISTOGRAM_EDGES_MS,
    AgeView,
    Argument,
    GraphView,
    InputView,
    LinkClosed,
    LogLine,
    NodeNow,
    NodeView,
    Refused,
    SettingView,
    StateView,
)

EPOCH = 1_780_000_000.0
"""The time of the first line of the log."""

_UNIT = {"live": True, "type": "number, 0 to 1", "low": 0.0, "high": 1.0}


def _inputs(**origins: str) -> tuple[InputView, ...]:
    kinds = {"frame": "Frame", "faces": "Faces", "patches": "Patches", "raw": "Frame"}
    return tuple(InputView(port, node, kind=kinds[port]) for port, node in origins.items())


def example_graph() -> GraphView:
    """Returns a graph of eight nodes, as the live ones that are shipped."""
    nodes = (
        NodeView("camera", "source", "Gives frames.", (), (SettingView("uri", "auto", "auto", type="file"),),
                 end=True),
        NodeView(
            "faces", "detect", "Finds faces.", _inputs(frame="camera"),
            (
                SettingView("model", "blazeface", "blazeface", type="blazeface or scrfd"),
                SettingView("every_ms", "250", "250", live=True, type="whole number, 0 or more", low=0, unit="ms",
                            help="looks at the whole picture this often"),
                SettingView("min_score", "0.5", "0.5", help="surer than this", **_UNIT),  # type: ignore[arg-type]
            ),
        ),
        NodeView("known", "cache", "Saves repeated work.", _inputs(frame="camera", faces="faces"), bypass=True),
        NodeView(
            "swapped", "swap", "Puts the source person's face on.", _inputs(frame="camera", faces="known"),
            (
                SettingView("face", "[../assets/source_a.jpg]", type="file, or list of: file", help="whom to show"),
                SettingView("opacity", "1.0", "1.0", help="of the new face", **_UNIT),  # type: ignore[arg-type]
                SettingView("others", "swap", "swap", live=True, type="swap, leave or blur",
                            choices=("swap", "leave", "blur"), help="what becomes of the others"),
            ),
        ),
        NodeView("composite", "blend", "Blends faces in.", _inputs(frame="camera", patches="swapped")),
        NodeView("labelled", "label", "Draws the label.", _inputs(frame="composite"), bypass=True),
        NodeView("guarded", "guard", "Covers bare faces.", _inputs(frame="labelled", faces="known", raw="camera")),
        NodeView("screen", "sink", "Shows frames.", _inputs(frame="guarded"), end=True),
    )  # fmt: skip
    return GraphView(
        "live_balanced", "graphs/live_balanced.yaml", "live", "balanced", "live face swap", nodes,
        "demo clip, 960x540 at 30 fps", "window", "linux, 2 cores", 66.0, 30.0, ("faces.every_ms=500", "fps=24"),
    )  # fmt: skip


def example_state(tick: int = 0) -> StateView:
    """Returns figures that differ from tick to tick, always in the same way."""
    wave = math.sin(tick / 3)
    graph = example_graph()
    nodes = tuple(_node_now(node, number, tick) for number, node in enumerate(graph.nodes))
    presented = 1234 + 8 * tick
    return StateView(
        state="running", wall_s=41.5 + tick / 4, fps=29.9 + 0.1 * wave,
        age=AgeView(12.2 + wave, 16.4 + wave, 18.9 + wave, 24.0), presented=presented, admitted=presented + 1, drops=3,
        held=12, blurred=4, withheld=0, in_flight=1, credits=2, cpu=0.41, rss_mb=233.0, pool_mb=12.4, thermal="nominal",
        power="mains", memory="normal", sound_delay_ms=95.0, bottleneck="swapped", nodes=nodes,
    )  # fmt: skip


def example_log() -> tuple[LogLine, ...]:
    """Returns a few lines of each level."""
    return (
        LogLine(0, EPOCH, "info", "", "no camera: the bundled clip plays"),
        LogLine(1, EPOCH + 1, "info", "swapped", "source face: source_a.jpg"),
        LogLine(2, EPOCH + 9, "warning", "guarded", "blurred: no composite", 4),
        LogLine(3, EPOCH + 12, "error", "swapped", "frame 311: ValueError: the face is outside the picture", 2),
    )


def _node_now(node: NodeView, number: int, tick: int) -> NodeNow:
    typical = (2.4, 3.2, 0.31, 4.6, 1.3, 0.22, 0.4, 0.08)[number]
    p50 = typical * (1 + 0.2 * math.sin((tick + 5 * number) / 4))
    working = min(1.0, p50 * 0.03)
    counters: Mapping[str, int] = {
        "known": {"hits": 8123, "misses": 12}, "swapped": {"swaps": 400, "reuses": 834}, "screen": {"written": 1234},
    }.get(node.name, {})  # fmt: skip
    bins = tuple(max(0, 400 - 150 * abs(index - 2 - number % 5)) for index in range(len(HISTOGRAM_EDGES_MS) + 1))
    return NodeNow(
        node.name, "cpu", "", 29.9, p50, 1.5 * p50, 1.9 * p50, p50, 1240 + 8 * tick, 2 * (node.name == "swapped"), 0,
        working, 0.1, 0.9 - working - 0.05, 0.05, False, counters, bins,
    )  # fmt: skip


@dataclass(slots=True)
class ScriptedLink:
    """Answers with what it was given, and notes what it was asked.

    Attributes:
        graph_view, state, lines: what the reads give; a test may replace them.
        asked: the commands, in order.
        refusals: by command, what it is refused with.
        closed: raised by everything, once it is set.
        gate, work: reads and `stop` wait for the one, other commands for the other; open unless a test closes them.
        moving: each look is a tick later than the last.
    """

    graph_view: GraphView = field(default_factory=example_graph)
    state: StateView = field(default_factory=example_state)
    lines: tuple[LogLine, ...] = field(default_factory=example_log)
    asked: list[tuple[str, dict[str, Argument]]] = field(default_factory=list)
    refusals: dict[str, Refused] = field(default_factory=dict)
    closed: LinkClosed | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    work: threading.Event = field(default_factory=threading.Event)
    moving: bool = False
    ticks: int = 0

    def __post_init__(self) -> None:
        """Opens both."""
        self.gate.set()
        self.work.set()

    def advance(self, ticks: int = 1) -> None:
        """Lets time go on."""
        self.ticks += ticks
        before = self.state
        bypassed = {node.name for node in before.nodes if node.bypassed}
        later = example_state(self.ticks)
        self.state = replace(
            later, state=before.state, step=before.step, graph_version=before.graph_version,
            settings_version=before.settings_version,
            nodes=tuple(replace(node, bypassed=node.name in bypassed) for node in later.nodes),
        )  # fmt: skip

    def graph(self) -> GraphView:
        """Returns the graph."""
        self._answer(self.gate)
        return self.graph_view

    def now(self) -> StateView:
        """Returns the figures of this tick."""
        self._answer(self.gate)
        if self.moving:
            self.advance()
        return self.state

    def log(self, after: int) -> tuple[LogLine, ...]:
        """Returns the lines from an index on."""
        self._answer(self.gate)
        return tuple(line for line in self.lines if line.index >= after)

    def do(self, name: str, **arguments: Argument) -> str:
        """Notes a command; `pause`, `resume`, `stop`, `bypass`, `set` and `step_quality` show in later reads."""
        self._answer(self.gate if name == "stop" else self.work)
        self.asked.append((name, dict(arguments)))
        if name in self.refusals:
            raise self.refusals[name]
        state = {"pause": "paused", "resume": "running", "stop": "stopping"}.get(name)
        if state:
            self.state = replace(self.state, state=state)  # type: ignore[arg-type]
        if name == "bypass":
            self._bypass(str(arguments["node"]), on=bool(arguments["on"]))
        if name == "set":
            self._set(str(arguments["setting"]), str(arguments["value"]))
        if name == "step_quality":
            step = self.state.step - int(arguments["by"])
            self.state = replace(self.state, step=min(max(0, step), len(self.graph_view.ladder)))
        return " ".join([name, *map(str, arguments.values())])

    def _answer(self, gate: threading.Event) -> None:
        gate.wait()
        if self.closed is not None:
            raise self.closed

    def _bypass(self, node: str, *, on: bool) -> None:
        nodes = tuple(replace(item, bypassed=on) if item.name == node else item for item in self.state.nodes)
        self.state = replace(self.state, nodes=nodes)

    def _set(self, setting: str, value: str) -> None:
        """Changes a setting and, as an engine does, the version of the settings."""
        node, _, name = setting.partition(".")
        nodes = tuple(
            replace(
                item,
                settings=tuple(replace(one, value=value) if one.name == name else one for one in item.settings),
            )
            if item.name == node
            else item
            for item in self.graph_view.nodes
        )
        self.graph_view = replace(self.graph_view, nodes=nodes)
        self.state = replace(self.state, settings_version=self.state.settings_version + 1)

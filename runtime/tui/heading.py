"""The first lines of the dashboard: which graph runs, what state it is in, from where to where, on what."""

from __future__ import annotations

from runtime.tui import amounts
from runtime.tui.line import Line, Part, Tone, clean, packed, part
from runtime.view import GraphView, LoadingView, StateView

HEIGHT = 3

STATE_TONES: dict[str, Tone] = {
    "loading": "accent",
    "running": "good",
    "paused": "warning",
    "holding": "warning",
    "adapting": "accent",
    "stopping": "warning",
    "ended": "strong",
    "failed": "error",
}
_BAD_WORDS = {"serious": "warning", "critical": "error", "high": "warning"}


def heading(graph: GraphView, state: StateView, width: int, late: str = "") -> list[Line]:
    """Returns the three lines; `late` stands for the state when the engine does not answer."""
    return [
        packed(_state(graph, state, late), width),
        packed(_ends(graph, state), width),
        packed(_machine(graph, state), width),
    ]


def state_part(state: StateView, late: str = "") -> Part:
    """Returns the state in one word, or why it is not known."""
    if late:
        return part((late, "error"))
    return part((state.state.upper(), STATE_TONES.get(state.state, "strong")))


def loading_lines(loading: tuple[LoadingView, ...], width: int, height: int) -> list[Line]:
    """Returns a line for each thing that is being loaded, as far as there is room."""
    name = max(8, min(28, width - 30))
    shown = loading if len(loading) <= height else loading[: height - 1]
    lines = [
        packed(
            [
                part(("Loading ", "quiet"), f"{clean(item.what):<{name}}"[:name]),
                part(f"for {item.since_s:.0f} s"),
            ],
            width,
        )
        for item in shown
    ]
    if len(shown) < len(loading):
        lines.append(Line(((f"Loading {len(loading) - len(shown)} more", "quiet"),)))
    return lines


def _state(graph: GraphView, state: StateView, late: str) -> list[Part]:
    steps = len(graph.ladder)
    step = f"{state.step} of {steps} steps down" if state.step else "full quality"
    done = f"frame {amounts.count(state.presented)} of {amounts.count(state.total)}" if state.total else ""
    return [
        part((clean(graph.name), "strong")),
        state_part(state, late),
        part((done, "plain"), rank=1),
        part(("ladder ", "quiet"), step, rank=2) if steps else part(),
        part((f"{graph.mode} {clean(graph.quality)}".strip(), "quiet"), rank=3),
        part((amounts.duration(state.wall_s), "quiet"), rank=4),
        part(clean(state.reason)),
    ]


def _ends(graph: GraphView, state: StateView) -> list[Part]:
    limit = " (sets the pace)" if state.bottleneck == "source" else ""
    return [part(clean(graph.source) or "source", (limit, "warning"), f" → {clean(graph.sink) or 'sink'}")]


def _machine(graph: GraphView, state: StateView) -> list[Part]:
    told = (("profile", graph.profile, 1), ("thermal", state.thermal, 1), ("power", state.power, 2),
            ("memory", state.memory, 1), ("file", graph.file, 4))  # fmt: skip
    parts = [
        part((f"{name} ", "quiet"), (clean(words), _tone(words)), rank=rank) for name, words, rank in told if words
    ]
    return parts or [part((clean(graph.description), "quiet"))]


def _tone(words: str) -> Tone:
    for word, tone in _BAD_WORDS.items():
        if word in words:
            return "error" if tone == "error" else "warning"
    return "plain"

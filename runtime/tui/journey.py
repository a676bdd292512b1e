"""The whole way of frames in four lines: age against the budget, rate against the target, cover, what it takes."""

from __future__ import annotations

from runtime.tui import amounts
from runtime.tui.charts import gauge
from runtime.tui.line import Line, Part, Tone, clean, packed, part
from runtime.view import GraphView, StateView

HEIGHT = 4

_FLOWING = ("running", "holding", "adapting")


def journey(graph: GraphView, state: StateView, width: int) -> list[Line]:
    """Returns the four lines."""
    rows = [_age(graph, state), _rate(graph, state), _cover(state), _use(graph, state)]
    return [packed(row, width) for row in rows]


def age_parts(graph: GraphView, state: StateView) -> list[Part]:
    """Returns capture to present in ms, and the budget where there is one."""
    age, budget = state.age, graph.latency_budget_ms
    parts = [
        part(("p50 ", "quiet"), amounts.milliseconds(age.p50)),
        part(("p95 ", "quiet"), amounts.milliseconds(age.p95)),
        part(("p99 ", "quiet"), amounts.milliseconds(age.p99), (" ms", "quiet")),
        part(("max ", "quiet"), amounts.milliseconds(age.max), rank=3),
    ]
    if budget:
        over = age.p95 > budget
        tone: Tone = "error" if over else "good"
        parts += [
            part(("budget ", "quiet"), f"{budget:g} ms ", ("over" if over else "held", tone), rank=1),
            part((gauge(age.p95 / budget, 10), tone), rank=2),
        ]
    return parts


def rate_part(graph: GraphView, state: StateView) -> Part:
    """Returns presented frames a second, and how many it should be."""
    target = f" of {graph.target_fps:g}" if graph.target_fps else ""
    low = bool(graph.target_fps) and state.fps < 0.9 * (graph.target_fps or 0) and state.state in _FLOWING
    return part((amounts.rate(state.fps), "warning" if low else "strong"), f"{target} fps{' low' if low else ''}")


def cover_parts(state: StateView) -> list[Part]:
    """Returns how many frames were not shown as they came, and why frames are covered now."""
    counted = (("held", state.held), ("blurred", state.blurred), ("withheld", state.withheld))
    reason = f"now: {clean(state.cover_reason)}" if state.cover_reason else ""
    return [*(_counted(name, number) for name, number in counted), part((reason, "warning"))]


def _age(graph: GraphView, state: StateView) -> list[Part]:
    return [_title("Age"), *age_parts(graph, state), part(("capture to present", "quiet"), rank=4)]


def _rate(graph: GraphView, state: StateView) -> list[Part]:
    return [
        _title("Rate"),
        rate_part(graph, state),
        part(("presented ", "quiet"), amounts.count(state.presented), rank=2),
        _counted("drops", state.drops),
        _counted("skipped", state.skipped, rank=1),
        part(("admitted ", "quiet"), amounts.count(state.admitted), rank=3),
    ]


def _cover(state: StateView) -> list[Part]:
    return [_title("Cover"), *cover_parts(state)]


def _use(graph: GraphView, state: StateView) -> list[Part]:
    return [
        _title("Use"),
        part(("credits ", "quiet"), f"{state.in_flight}/{state.credits}"),
        part(("cpu ", "quiet"), f"{state.cpu:.2f}"),
        part(("mem ", "quiet"), amounts.megabytes(state.rss_mb), rank=1),
        part(("pool ", "quiet"), amounts.megabytes(state.pool_mb), rank=4),
        part(("gpu ", "quiet"), clean(state.gpu), rank=3) if state.gpu else part(),
        *(_sound(state) if graph.mode == "live" else []),
    ]


def _sound(state: StateView) -> list[Part]:
    delay = f"{state.sound_delay_ms:.0f} ms"
    return [part(("sound delay ", "quiet"), delay, rank=2), part(("to set in OBS", "quiet"), rank=5)]


def _counted(name: str, number: int, rank: int = 0) -> Part:
    return part((f"{name} ", "quiet"), (amounts.count(number), amounts.bad(number, "warning")), rank=rank)


def _title(word: str) -> Part:
    return part((f"{word:<5}", "strong"))

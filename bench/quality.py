"""How good a swap is: a graph over clips with known truth, judged frame by frame.

Read with it: `taps.py` (how the graph runs), `judge.py` (one frame), `verdict.py` (what the figures mean).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.figure import Figure
from bench.judge import Judge, source_of
from bench.notes import Notes
from bench.sheet import Shot, sheet, shot, write_picture
from bench.taps import Taps, run_tapped
from bench.truth import Truth, read_truth, truth_beside
from bench.verdict import Verdict, verdict
from models.session import ModelStore
from runtime.errors import ConfigurationError
from runtime.node import StreamInfo

ROOT = Path(__file__).parents[1]
GRAPH = ROOT / "graphs" / "swap_video.yaml"
DEMO = ROOT / "assets" / "demo.mp4"
SOURCE = ROOT / "assets" / "source_b.jpg"
SHOTS = 6


@dataclass(slots=True)
class _Collected:
    """What is kept of a clip while it runs."""

    judge: Judge
    sheet: bool
    whole: bool
    notes: list[Notes] = field(default_factory=list)
    shots: list[Shot] = field(default_factory=list)

    def take(self, taps: Taps, info: StreamInfo) -> None:
        index = len(self.notes)
        self.notes.append(self.judge.frame(index, taps))
        if self.sheet and index % max(1, -(-(info.frame_count or 1) // SHOTS)) == 0 and len(self.shots) < SHOTS:
            self.shots.append(shot(taps, whole=self.whole))


def truth_of(clip: Path, given: Path | None = None) -> Truth | None:
    """Returns a clip's truth: from the file given, or from beside the clip, or the demo clip's own; else None."""
    if given is not None:
        return read_truth(given)
    if clip.exists() and clip.samefile(DEMO):
        return read_truth(clip.with_name("truth.json"))
    beside = truth_beside(clip)
    return read_truth(beside) if beside.is_file() else None


def judge_clip(
    clip: Path, truth: Truth | None, graph: Path = GRAPH, source: Path = SOURCE, drawn: Path | None = None
) -> Verdict:
    """Runs a graph with this source face over a clip and judges it; `drawn` is where to draw frames, or None."""
    if not clip.is_file():
        raise ConfigurationError(f"{clip}: there is no such clip")
    store = ModelStore()
    whole = truth is None or any(len(people) != 1 for people in truth.frames)
    collected = _Collected(Judge(source_of(source, store), truth, store), drawn is not None, whole)
    snapshot = run_tapped(graph, str(clip.absolute()), str(source.absolute()), collected.take)
    if truth is not None and len(truth.frames) != len(collected.notes):
        raise ConfigurationError(
            f"{clip}: has {len(collected.notes)} frames, but its ground truth speaks of {len(truth.frames)}"
        )
    if drawn is not None and collected.shots:
        write_picture(sheet(collected.shots), drawn)
    return verdict(collected.notes, snapshot.run)


def figures(of: Verdict) -> list[Figure]:
    """Returns a verdict as figures, those that there are."""
    cosines = f"cosine {of.to_source or 0:.2f} / {of.to_bare or 0:.2f}"
    each = "" if of.points is None else " ".join(f"{value:.1f}" for value in of.points.each.values())
    rows = (
        ("faces found", of.found, "%", 100, False, f"{of.faces} faces"),
        ("point error / plain facemesh's", of.point_ratio, "x", 1.1, True, each and f"{each} % per point"),
        ("jitter of points / plain facemesh's", of.point_jitter and of.point_jitter.ratio, "x", 1.1, True, ""),
        ("jitter of colours / the input's", of.colour_jitter and of.colour_jitter.ratio, "x", 1.1, True, ""),
        ("identity margin", of.margin, "cosine", 0.3, False, cosines),
        ("nearer to the source", of.nearer, "%", 100, False, ""),
        ("expression error", of.expression, "%", 2.5, True, ""),
        ("changes of a track number", of.switches, "", 0, True, f"{of.strangers} faces where nobody is"),
        ("pixels changed outside patches", of.changed_outside, "px", 0, True, f"{of.frames} frames"),
    )
    return [
        Figure(name, float(value), unit, bar, at_most=at_most, note=note)
        for name, value, unit, bar, at_most, note in rows
        if value is not None
    ]


_COLUMNS: tuple[tuple[str, int, str, Callable[[Verdict], float | None]], ...] = (
    ("found%", 6, ".1f", lambda of: of.found),
    ("swap%", 6, ".1f", lambda of: of.swapped),
    ("err%", 5, ".2f", lambda of: of.points and of.points.mean),
    ("/mesh", 5, ".2f", lambda of: of.point_ratio),
    ("jitter", 6, ".2f", lambda of: of.point_jitter and of.point_jitter.ratio),
    ("colour", 6, ".2f", lambda of: of.colour_jitter and of.colour_jitter.ratio),
    ("margin", 6, "+.2f", lambda of: of.margin),
    ("near%", 6, ".1f", lambda of: of.nearer),
    ("expr%", 5, ".2f", lambda of: of.expression),
    ("id", 3, ".0f", lambda of: of.switches),
)
"""Heading, width, format and value of what the table shows; the JSON has all."""


def table(verdicts: Mapping[str, Verdict]) -> Iterator[str]:
    """Yields lines of at most 80 columns: a heading, rows for each clip and its people, and what is unusual."""
    yield f"{'clip':<15} " + " ".join(f"{name:>{width}}" for name, width, _, _ in _COLUMNS)
    for clip, of in verdicts.items():
        yield _line(clip, of)
        yield from (_line(f"  {name}", person) for name, person in of.people.items())
        unusual = {
            "found where nobody is": of.strangers, "held": of.held, "blurred": of.blurred, "withheld": of.withheld,
            "px changed outside": of.changed_outside,
        }  # fmt: skip
        said = [f"{count} {name}" for name, count in unusual.items() if count]
        if of.painted_over is not None:
            said.append(f"{of.painted_over:.0f} % of what passes before faces painted over")
        if of.mask_margin is not None and of.head_margin is not None:
            yield f"  margin at most: {of.mask_margin:+.2f} within the mask, {of.head_margin:+.2f} with the whole head"
        if said:
            yield f"  {', '.join(said)}"


def _line(name: str, of: Verdict) -> str:
    cells = [(width, how, value(of)) for _, width, how, value in _COLUMNS]
    texts = (f"{'-' if number is None else format(number, how):>{width}}" for width, how, number in cells)
    return f"{name:<15.15} " + " ".join(texts)


def as_json(verdicts: Mapping[str, Verdict], graph: Path, source: Path) -> dict[str, Any]:
    """Returns everything as values for a JSON file."""
    return {"graph": graph.stem, "source": source.stem, "clips": {name: _values(of) for name, of in verdicts.items()}}


def _values(of: Verdict) -> dict[str, Any]:
    ratios = {"point_ratio": of.point_ratio, "margin": of.margin, "gain": of.gain}
    return {**asdict(of), **ratios, "people": {name: _values(person) for name, person in of.people.items()}}

"""`bench`: the figures that dlc is built to hold, measured here; how good a swap is; and that no face gets out bare."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.common import check_new_file, complete_graph, graph_file
from runtime.errors import ConfigurationError

if TYPE_CHECKING:
    from bench.figure import Figure

app = typer.Typer(help="Measures the figures that dlc is built to hold, on this machine.")

Clips = Annotated[list[Path] | None, typer.Argument(help="Video files; the bundled clip without any.")]
TruthFile = Annotated[Path | None, typer.Option("--truth", help="Ground truth; else CLIP.truth.json where there is.")]
GraphName = Annotated[
    str, typer.Option("--graph", help="A graph file, or the name of a shipped graph.", autocompletion=complete_graph)
]
Face = Annotated[Path | None, typer.Option("-s", "--source", help="Picture of the face to put on.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write all figures to this file.")]
Sheets = Annotated[Path | None, typer.Option("--sheet", help="Draw a contact sheet of each clip into this folder.")]


@app.callback(invoke_without_command=True)
def everything(context: typer.Context) -> None:
    """Measures everything, or one of the parts."""
    if context.invoked_subcommand is None:
        for part in (engine, pictures, graphs, *([lambda: dashboard(0)] if os.name == "posix" else []), quality):
            part()


@app.command()
def engine() -> None:
    """What the engine itself costs."""
    from bench import overhead

    _print(overhead.measure)


@app.command()
def pictures() -> None:
    """What single nodes of the default path cost."""
    from bench import pictures

    _print(pictures.measure)


@app.command()
def graphs() -> None:
    """The default graph over the bundled clip: rate, age, start, memory."""
    from bench import graphs

    _print(graphs.measure)


@app.command()
def plan(
    graph: Annotated[
        list[str] | None, typer.Option("--graph", help="Only this one; may be repeated. live_balanced, swap_video ...")
    ] = None,
) -> None:
    """Plans against other ways to run a graph, and predictions against what then happens; takes ten minutes."""
    from bench import plan

    for line in plan.measure(graph or ()):
        print(line, flush=True)


@app.command()
def dashboard(
    pairs: Annotated[int, typer.Option(min=0, help="Pairs of live runs, with a dashboard and without: 90 s each.")] = 0,
) -> None:
    """What the dashboard costs, what it sends to a terminal, and what it does to the p99 of nodes."""
    from bench import dashboard, dashboard_pairs

    _print(dashboard.measure)
    _print(lambda: dashboard_pairs.measure(pairs))


@app.command()
def adapt() -> None:
    """The controller on simulated machines, then here, second by second, with a graph that is too much."""
    from bench import adapt

    lines = chain(
        adapt.simulation(), [""], adapt.sweep(), [""], adapt.reality(adapts=False), [""], adapt.reality(adapts=True)
    )
    for line in lines:
        print(line, flush=True)


@app.command()
def quality(
    clips: Clips = None,
    truth: TruthFile = None,
    graph: GraphName = "swap_video",
    source: Face = None,
    json_file: JsonFile = None,
    sheet: Sheets = None,
) -> None:
    """Judges a swap: whom it looks like, how steady it is, what it changes; on clips, best with ground truth."""
    from bench import quality

    if truth is not None and len(clips or ()) > 1:
        raise ConfigurationError(
            "--truth belongs to one clip; name one, or put the truth beside each as CLIP.truth.json"
        )
    if json_file is not None:
        check_new_file("--json", json_file)
    logging.getLogger("dlc").setLevel(logging.ERROR)  # what a run would warn of, the table tells
    file, face = graph_file(graph), source or quality.SOURCE
    verdicts = {}
    for clip in clips or [quality.DEMO]:
        drawn = None if sheet is None else sheet / f"{clip.stem}.jpg"
        verdicts[clip.stem] = quality.judge_clip(clip, quality.truth_of(clip, truth), file, face, drawn)
        lines = list(quality.table({clip.stem: verdicts[clip.stem]}))
        print("\n".join(lines if len(verdicts) == 1 else lines[1:]), flush=True)
    if not clips:
        print()
        _print(lambda: quality.figures(verdicts[quality.DEMO.stem]))
    if json_file is not None:
        json_file.write_text(json.dumps(quality.as_json(verdicts, file, face), indent=1) + "\n")


@app.command()
def network(
    model: Annotated[str, typer.Argument(metavar="FILE|NAME", help="An ONNX file, or the name of a model.")],
    device: Annotated[str, typer.Option("--device", help="Where it runs: cpu, cuda:0, coreml:ane ...")] = "cpu",
    batch: Annotated[list[int] | None, typer.Option("--batch", min=1, help="Rows in a run; may be repeated.")] = None,
    fp16: Annotated[bool, typer.Option("--fp16", help="Half precision too.")] = False,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of a session on the CPU.")] = 1,
) -> None:
    """How long a network takes on a device, by batch and precision."""
    from bench.networks import HEAD, Row, measure
    from commands.models_inspect import found, looked_into

    content, _ = looked_into(found(model)[0])
    print(HEAD)
    for row in measure(content, device, batch or [1], ["fp32", "fp16"] if fp16 else ["fp32"], threads):
        print(row.line() if isinstance(row, Row) else row, flush=True)


@app.command()
def settings(
    graph: Annotated[str, typer.Argument(help="A graph file, or the name of a shipped graph.")],
    ways: Annotated[
        list[str],
        typer.Option(
            "--try",
            help="Settings, as --set takes them; may be repeated. The first is what the others are compared with.",
        ),
    ],
    frames: Annotated[int, typer.Option(min=1, help="Frames of a run.")] = 60,
    rounds: Annotated[int, typer.Option(min=1, help="Runs with each.")] = 3,
) -> None:
    """What settings of a graph cost in file mode: with each of them in turns, in one process."""
    from bench.settings import HEAD, measure

    rows = list(measure(graph_file(graph), ways, frames, rounds))
    print("\n".join([HEAD, *(row.line(rows[0]) for row in rows)]))


@app.command()
def campaign(
    clips: Clips = None,
    frames: Annotated[int, typer.Option(min=1, help="Scripted frames to present, at least.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes other scripts.")] = 0,
    json_file: JsonFile = None,
) -> None:
    """Lets everything fail that can, and counts bare faces in what is presented: scripted, then on clips with truth."""
    from bench import campaign, quality
    from bench.campaign.row import HEAD, Row, total

    if json_file is not None:
        check_new_file("--json", json_file)
    logging.getLogger("dlc").setLevel(logging.CRITICAL)  # errors are what this is about
    rows: list[Row] = []
    truths = {clip: quality.truth_of(clip) for clip in clips or [quality.DEMO]}
    if without := [str(clip) for clip, truth in truths.items() if truth is None]:
        raise ConfigurationError(f"{', '.join(without)}: has no ground truth beside it, CLIP.truth.json")
    films = (campaign.campaign_on(clip, truth, seed) for clip, truth in truths.items() if truth is not None)
    print(HEAD, flush=True)
    for row in chain(campaign.campaign(frames, seed), *films):
        rows.append(row)
        print(row.line(), flush=True)
    whole = total(rows)
    print(whole.line())
    print(f"held or blurred for no reason: {whole.unexplained}; bare before anybody could know them: {whole.unknown}")
    if json_file is not None:
        json_file.write_text(json.dumps([row.as_json() for row in rows], indent=1) + "\n")
    if whole.bare:
        raise typer.Exit(1)


def _print(measure: Callable[[], Iterable[Figure]]) -> None:
    for figure in measure():
        print(figure.line(), flush=True)

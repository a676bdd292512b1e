"""`plan` and `calibrate`: what a graph will do, here or on another machine, and how that compares with what it did."""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.common import Format, GraphName, Sets, graph_file, node_table
from commands.execution import InferenceThreads, Profile, key_overrides
from runtime.errors import ConfigurationError
from runtime.rendering import Style

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runtime.forecast import Compared, Forecast
    from runtime.graph import Graph
    from runtime.metrics import Metrics
    from runtime.overrides import Override

Target = Annotated[str | None, typer.Option("-t", "--target", help="Video or picture to plan for.")]
Output = Annotated[str | None, typer.Option("-o", "--output", help="File that would be written.")]


def plan(
    graph: GraphName = "live_balanced",
    profile: Profile = None,
    form: Format = "text",
    sets: Sets = None,
    target: Target = None,
    output: Output = None,
    compare: Annotated[Path | None, typer.Option("--compare", help="A metrics file of the same graph.")] = None,
    threads: InferenceThreads = 0,
) -> None:
    """Says how a graph would be placed and what it would do. What it costs is measured once, with the bundled clip.

    A network that is not here is estimated from its card, where that tells what it computes.
    """
    from commands.absent import absent_networks, with_absent
    from commands.planning import Workshop, freed_devices, stand_in_notes
    from models.store import Store
    from runtime.forecast import compare as compare_with

    keys = key_overrides(profile, None, None)
    loaded = _loader(graph, sets, target, output, keys, runs=False)(())
    metrics = _metrics_of(loaded, compare) if compare else None
    absent = absent_networks(loaded, Store().lacking)
    workshop = Workshop.of(loaded.profile)
    freed = [] if workshop.hardware.here else freed_devices(loaded, workshop.hardware)
    load = _loader(graph, sets, target, output, [*keys, *freed, *(one.override for one in absent)])
    measured = load(())
    costs = workshop.costs.get(workshop.key(measured))
    if costs is None or not costs.base_bytes:
        print(f"{loaded.name}: measured once on this machine, which takes some seconds", file=sys.stderr)
        costs = workshop.calibrate(load, measured)
    workshop.measure_networks([one.network for one in absent if one.is_here], ("cpu",), float("inf"))
    made = workshop.forecast(loaded, with_absent(costs, absent, workshop.networks), threads)
    made = replace(made, notes=(*stand_in_notes(loaded, costs), *(one.reason for one in absent)))
    compared = compare_with(made.prediction, metrics.model_dump()) if metrics else []
    if form == "json":
        data = made.as_data() | {"graph": loaded.name, "mode": loaded.mode}
        rows = [{"what": c.name, "predicted": c.predicted, "measured": c.measured, "error": c.error} for c in compared]
        print(json.dumps(data | ({"compared": rows} if compare else {}), indent=2))
        return
    print("\n".join(_told(loaded, made, Style.of(sys.stdout).width)))
    if compare:
        print("\n".join(_told_of_comparison(compared)))


def calibrate(
    graph: GraphName = "live_balanced",
    device: Annotated[
        list[str] | None, typer.Option("--device", help="Only these devices; all here by default.")
    ] = None,
    sets: Sets = None,
    target: Target = None,
    output: Output = None,
) -> None:
    """Measures what a graph's nodes, and its networks on each device, cost here; `plan` and `run` use that."""
    from commands.planning import Workshop

    load = _loader(graph, sets, target, output)
    loaded = load(())
    workshop = Workshop.of("auto")
    devices = [_usable(name) for name in device] if device else list(workshop.here.devices())
    print(f"{loaded.name}: nodes, one frame at a time and side by side ...", file=sys.stderr)
    costs = workshop.calibrate(load, loaded)
    workshop.measure_networks(costs.networks, devices, float("inf"))
    for name, cost in costs.nodes.items():
        networks = ", ".join(f"{network} {ms:.2f}" for network, ms in cost.networks.items())
        print(f"{name:<12} {cost.wall_ms:7.2f} ms  {cost.cpu_ms:7.2f} ms CPU  {networks}".rstrip())
    for network in sorted(costs.networks):
        for name in devices:
            if taken := workshop.networks.time(network, name, 1):
                print(f"{network:<24} {name:<12} {taken.ms:7.2f} ms  {taken.cpu_ms:7.2f} ms CPU")


def _usable(device: str) -> str:
    """Returns a device's full name; raises `ConfigurationError` where nothing here runs it."""
    from models.providers import device_of, unfit

    if fault := unfit(device):
        raise ConfigurationError(f"--device {device}: {fault.message}; {fault.help}")
    return device_of(device).name


def _loader(
    graph: str, sets: Sequence[str] | None, target: str | None, output: str | None,
    others: Sequence[Override] = (), *, runs: bool = True,
) -> Callable[[Sequence[Override]], Graph]:  # fmt: skip
    """Returns what loads the graph with further values; without `runs` it may name networks that are not here."""
    from runtime.loading import load_graph
    from runtime.overrides import parse_overrides
    from runtime.shortcuts import End

    file, table = graph_file(graph), node_table(runs=runs)
    overrides = [*parse_overrides(sets or ()), *others]
    ends = [End(flag, value) for flag, value in (("-t", target), ("-o", output)) if value is not None]

    def load(more: Sequence[Override]) -> Graph:
        """A trial's own ends stand in for the command line's."""
        replaced = {override.path.rpartition(".")[2] for override in more}
        return load_graph(file, table, [*overrides, *more], [end for end in ends if end.setting not in replaced])

    return load


def _told(graph: Graph, made: Forecast, width: int) -> list[str]:
    predicted, hardware = made.prediction, made.hardware
    where = "this machine" if hardware.here else "predicted, not run on such a machine"
    if hardware.system.startswith("macOS") and not hardware.here:
        where = "predicted, not run on a Mac"
    age = f", capture to present {predicted.age_ms:.1f} ms" if graph.mode == "live" else ""
    threads = ", ".join(f"{library} {count}" for library, count in made.threads.told().items())
    head = (
        f"{graph.name} ({graph.mode}) on {hardware.name}: {hardware.chip}; {where}",
        f"{predicted.fps:.1f} fps{age}, {predicted.memory_mb:.0f} MB; limit: {predicted.limit}",
        f"threads: {threads}",
    )
    lines = [
        *(textwrap.fill(line, width, subsequent_indent="  ") for line in head),
        "",
        f"{'node':<12} {'ms':>7}  {'alone':>7}  device",
    ]
    for name, ms in predicted.node_ms.items():
        device = made.placement.devices.get(name, "")
        lines.append(f"{name:<12} {ms:7.2f}  {made.costs.nodes[name].typical_ms:7.2f}  {device}".rstrip())
    return [*lines, "", *(textwrap.fill(f"- {reason}", width, subsequent_indent="  ") for reason in made.reasons)]


def _metrics_of(graph: Graph, file: Path) -> Metrics:
    """Returns what a run of the graph wrote; raises `ConfigurationError` where that is not what the file is."""
    from pydantic import ValidationError

    from runtime.metrics import Metrics

    try:
        metrics = Metrics.model_validate_json(file.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"--compare {file}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise ConfigurationError(
            f"--compare {file}: is no metrics file of this version of dlc; run {graph.name} with --metrics again"
        ) from error
    whose = f"{metrics.graph.get('name')} ({metrics.graph.get('mode')})"
    if whose != f"{graph.name} ({graph.mode})":
        raise ConfigurationError(f"--compare {file}: is of {whose}, not of {graph.name} ({graph.mode})")
    names = [node.name for node in graph.nodes]
    if metrics.nodes.keys() != set(names):
        raise ConfigurationError(
            f"--compare {file}: is of other nodes: {', '.join(metrics.nodes)}; not {', '.join(names)}"
        )
    return metrics


def _told_of_comparison(compared: Sequence[Compared]) -> list[str]:
    rows = [
        f"{c.name:<12} {c.predicted:9.2f}  {c.measured:9.2f}  {'-' if c.error is None else f'{c.error:+.0%}':>7}"
        for c in compared
    ]
    return ["", f"{'':<12} {'predicted':>9}  {'measured':>9}  {'error':>7}", *rows]

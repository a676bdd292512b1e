"""Makes a run of the command line's arguments; also what the engine's process is told to begin with."""

from __future__ import annotations

import functools
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from commands.common import LOG_FORMAT, check_new_file, graph_file, node_table, shipped_graphs
from commands.execution import batch_overrides, key_overrides
from runtime.codes import Code
from runtime.errors import ConfigurationError

if TYPE_CHECKING:
    from runtime.diagnostics import Diagnostic
    from runtime.engine import Engine
    from runtime.graph import Graph
    from runtime.mainthread import MainThreadService
    from runtime.placing import Placement
    from runtime.program import Job, Loading, Program
    from runtime.recipe import Recipe
    from runtime.vitals import VitalSigns

PROGRAM = "commands.serving:open_program"
"""Where the engine's process finds how to make a program of a job."""


def recipe_of(job: Job) -> Recipe:
    """Returns how a job's graph is made; raises `ConfigurationError`."""
    from runtime.loading import check_file
    from runtime.overrides import parse_overrides
    from runtime.recipe import Recipe
    from runtime.shortcuts import End

    flags = (("-s", job.source), ("-t", job.target), ("-o", job.output))
    file, table = graph_file(job.graph), node_table()
    ends = tuple(End(flag, value) for flag, value in flags if value is not None)
    overrides = [*parse_overrides(job.sets), *key_overrides(job.profile, job.provider, job.memory)]
    if job.batch is not None:
        overrides += batch_overrides(check_file(file, table, overrides, ends).unwrap(), job.batch)
    shipped = file.resolve() in {other.resolve() for other in shipped_graphs().values()}
    return Recipe(file, table, tuple(overrides), ends, shipped=shipped)


def checked_graph(recipe: Recipe, job: Job) -> tuple[Graph, list[Diagnostic]]:
    """Returns the graph of a job's recipe, and what to warn of; raises `ConfigurationError` with all that is wrong."""
    from runtime.loading import check_file

    checked = check_file(recipe.file, recipe.table, recipe.overrides, recipe.ends)
    graph = checked.unwrap()
    for flag, file in (("--metrics", job.metrics), ("--log", job.log)):
        if file is not None:
            _check_own_file(flag, Path(file), recipe.file, graph)
    # Somebody who wrote `raw: true` knows it; `check` reminds of what that means.
    return graph, [warning for warning in checked.diagnostics if warning.code is not Code.RAW_SINK]


def program_of(job: Job, recipe: Recipe, graph: Graph) -> Program:
    """Returns the run of a checked graph."""
    from commands.planning import Workshop, limit_threads
    from models.session import ModelStore
    from nodes.sink.still import save_still
    from runtime.engine import Engine
    from runtime.options import Options
    from runtime.program import Program, ToldModels

    signs = _signs(job.simulate)
    workshop_of = functools.cache(Workshop.of)  # the machine is looked at once, however often a graph is placed
    workshop = workshop_of(graph.profile)
    placement, threads, cores = workshop.settings_for(graph, job.threads)
    models = ModelStore(threads, strict_device=graph.strict_device, aside=graph.mode == "live")
    engines: list[Engine] = []

    def build(main: MainThreadService, loading: Loading) -> Engine:
        limit_threads(threads)
        options = Options(
            frames=job.frames, cores=cores, threads=threads, signs=signs, monitors=job.monitors, placement=placement
        )
        engines.append(Engine(graph, ToldModels(models, loading), main, options))
        return engines[-1]

    def place(other: Graph) -> Placement:
        return workshop_of(other.profile).settings_for(other, job.threads)[0]

    def close() -> None:
        models.close()
        for engine in engines:
            if engine.costs.nodes:
                workshop.costs.put(workshop.key(engine.graph), engine.costs)

    metrics = Path(job.metrics) if job.metrics else None
    return Program(replace(recipe, place=place), graph, save_still, build, metrics, close)


def open_program(job: Job) -> Program:
    """Makes a run in the engine's process, whose standard error is its log."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(LOG_FORMAT))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("dlc").setLevel(logging.DEBUG if job.log or job.verbose > 1 else logging.INFO)
    recipe = recipe_of(job)
    graph, warnings = checked_graph(recipe, job)
    for warning in warnings:
        logging.getLogger("dlc").warning("%s", warning)
    return program_of(job, recipe, graph)


def _signs(simulate: str | None) -> VitalSigns:
    from runtime.clock import SystemClock
    from runtime.simulated import simulated
    from runtime.vitals import system_signs

    return system_signs() if simulate is None else simulated(simulate, SystemClock())


def _check_own_file(flag: str, file: Path, graph_file: Path, graph: Graph) -> None:
    """Refuses a file for dlc's own notes that the graph reads or will write."""
    from runtime.settings import named_paths

    check_new_file(flag, file)
    used = [graph_file, *(named.path for node in graph.nodes for named in named_paths(node.fixed))]
    if any(file.resolve() == other.resolve() or _is_same(file, other) for other in used):
        raise ConfigurationError(f"{flag} {file}: the graph uses this file; choose another name")


def _is_same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)

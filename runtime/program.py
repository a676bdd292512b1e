"""What a run is made of, as the command line says it: in this process, or told to the engine's process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runtime.codec import Coded
from runtime.engine import Engine
from runtime.graph import Graph
from runtime.mainthread import MainThreadService
from runtime.node import Models, Session
from runtime.recipe import Recipe
from runtime.snapshots import SavePicture

Loading = Callable[..., None]
"""Is told what is being loaded, and nothing when that is done."""


@dataclass(frozen=True, slots=True)
class Job(Coded):
    """The arguments of `run`, as they were given; paths start at the working directory.

    Attributes:
        graph: file or name.
        sets, source, target, output, provider: what replaces values of the file.
        frames, duration: after how many frames or seconds it ends.
        metrics: file to write metrics to.
        log: file that everything is logged to.
        verbose: how often -v was given.
        control: name under which dashboards find the engine.
        watch: whether the graph file is read again when it changes.
        simulate: the made-up machine to rehearse on.
        monitors: whether readings of the machine are kept.
        terminal: the settings of the terminal that the parent draws on, and as which file the engine has it.
        profile, batch, memory, threads: the machine to plan for, frames at once, ceiling for pictures, and
            threads of a network, 0 as the plan needs.
    """

    graph: str
    sets: tuple[str, ...] = ()
    source: str | None = None
    target: str | None = None
    output: str | None = None
    provider: str | None = None
    frames: int | None = None
    duration: float | None = None
    metrics: str | None = None
    log: str | None = None
    verbose: int = 0
    control: str | None = None
    watch: bool = False
    simulate: str | None = None
    monitors: bool = False
    terminal: tuple[int, ...] = ()
    profile: str | None = None
    batch: int | None = None
    memory: str | None = None
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Program:
    """A run that is ready to be made.

    Attributes:
        recipe: how its graph is made.
        graph: made from it.
        save: writes a picture file.
        build: makes the engine on the main thread, and tells what it loads.
        metrics: file to write metrics to at the end, or None.
        close: gives up what loading has begun.
    """

    recipe: Recipe
    graph: Graph
    save: SavePicture
    build: Callable[[MainThreadService, Loading], Engine]
    metrics: Path | None
    close: Callable[[], None]


class ToldModels(Models):
    """Passes models on, and tells which one is being loaded."""

    def __init__(self, models: Models, loading: Loading) -> None:
        self._models = models
        self._loading = loading

    def session(self, name: str, *, device: str | None = None, several: bool = False) -> Session:
        """Returns the session of a model."""
        self._loading(name)
        try:
            return self._models.session(name, device=device, several=several)
        finally:
            self._loading()

    def file(self, name: str) -> tuple[Path, str]:
        """Returns where a model's file is, and its SHA-256."""
        return self._models.file(name)

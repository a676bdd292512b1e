"""A `Link` to an engine in this process: what a dashboard sees of it and may ask of it.

Any thread may use it. Before the engine is there it says what is being loaded.
"""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from runtime.engine import Engine
from runtime.errors import DlcError, GraphError
from runtime.graph import Graph
from runtime.graph_view import Describer
from runtime.log_ring import LogRing
from runtime.now import LastSecond, Sample, view_of
from runtime.recipe import Recipe
from runtime.rendering import FOR_DASHBOARDS, report
from runtime.retouch import Retouch
from runtime.snapshots import SavePicture, save_picture
from runtime.view import Argument, GraphView, LoadingView, LogLine, Refused, StateView

UNOPENED = -1
"""The version of a graph whose sources are not open yet: its view tells less than that of the graph that runs."""


class Desk:
    """Everything that may be seen and asked of one run.

    Args:
        recipe: how its graph is made.
        graph: made from it.
        log: the lines of its log.
        save: writes a picture file.
    """

    def __init__(self, recipe: Recipe, graph: Graph, log: LogRing, save: SavePicture) -> None:
        self._recipe = recipe
        self._graph = graph
        self._log = log
        self._save = save
        self._engine: Engine | None = None
        self._retouch: Retouch | None = None
        self._loading: tuple[float, tuple[str, ...]] = (0.0, ())  # since when, and what
        self._failed = ""
        self._stopped = False
        self._attaching = threading.Lock()  # guards the step from no engine to one, and whether it is to stop
        self._last_second = LastSecond()
        self._looking = threading.Lock()  # guards the samples
        self._describing = threading.Lock()  # guards what the describer has found out
        self._describer = Describer()
        self._commands: Mapping[str, Callable[..., str]] = {
            "pause": self._pause, "resume": self._resume, "step": self._step, "stop": self._stop,
            "bypass": self._bypass, "set": self._set, "face": self._face, "step_quality": self._step_quality,
            "picture": self._picture, "reload": self._reload, "save": self._save_settings,
        }  # fmt: skip

    def is_loading(self, *what: str) -> None:
        """Is told what is being loaded now; nothing when that is done."""
        self._loading = time.monotonic(), what

    def has_failed(self, why: str) -> None:
        """Is told that there will be no engine, and why."""
        self._failed = why

    def attach(self, engine: Engine) -> None:
        """Is given the engine as soon as it is made."""
        engine.crew.shown.keeps = engine.graph.mode == "live"
        self._retouch = Retouch(engine, self._recipe)
        with self._attaching:
            self._engine = engine
            stopped = self._stopped
        if stopped:
            engine.stop(partial=True)

    def graph(self) -> GraphView:
        """Returns the graph that runs."""
        with self._describing:
            if self._engine is None:
                return self._describer.view(self._graph, {}, {}, {}, (), UNOPENED)
            with self._engine.changing:
                graph, crew, version = self._engine.graph, self._engine.crew, self._engine.version
                ladder = self._engine.housekeeper.ladder
            counters = {node.name: crew.counters(node.name) for node in graph.of_role("sink")}
            return self._describer.view(graph, self._engine.controls.current.of, crew.infos, counters, ladder, version)

    def now(self) -> StateView:
        """Returns the run as it is; rates and shares speak of the last second."""
        engine = self._engine
        if engine is None and self._failed:
            return StateView(state="failed", reason=self._failed, graph_version=UNOPENED)
        if engine is None:
            return StateView(state="loading", graph_version=UNOPENED, loading=self._loading_view())
        with self._looking:
            after = Sample.of(engine)
            before = self._last_second.add(after)
        total = engine.info.frame_count if engine.graph.mode == "file" else None
        view = view_of(before, after, bypassed=engine.controls.current.bypassed, total=total)
        view = replace(view, graph_version=engine.version, loading=self._loading_view())
        if engine.failure is not None:
            return replace(view, state="failed", reason=str(engine.failure))
        if engine.changes.waiting and view.state in ("running", "holding"):
            return replace(view, state="holding", reason="the graph is being changed")
        return view

    def log(self, after: int) -> tuple[LogLine, ...]:
        """Returns the lines behind an index, and those before it that have grown."""
        return self._log.after(after)

    def do(self, name: str, **arguments: Argument) -> str:
        """Carries out a command; raises `Refused`."""
        command = self._commands.get(name)
        if command is None:
            raise Refused(f"there is no command {name!r}", f"there are {', '.join(self._commands)}")
        try:
            bound = inspect.signature(command, eval_str=True).bind(**arguments)
        except TypeError as error:
            raise Refused(f"{name}: {error}") from error
        for parameter in inspect.signature(command, eval_str=True).parameters.values():
            given = bound.arguments.get(parameter.name, parameter.default)
            if type(given) is not parameter.annotation:
                raise Refused(f"{name}: {parameter.name} does not take {given!r}")
        try:
            return command(*bound.args, **bound.kwargs)
        except Refused:
            raise
        except GraphError as error:
            raise Refused(report(error.diagnostics, FOR_DASHBOARDS)) from error
        except DlcError as error:
            raise Refused(str(error)) from error

    def _loading_view(self) -> tuple[LoadingView, ...]:
        since, what = self._loading
        return tuple(LoadingView(item, time.monotonic() - since) for item in what)

    def _running(self) -> Engine:
        """Returns the engine; raises `Refused` where there is none that runs."""
        if self._engine is None:
            raise Refused("the run is still loading", "wait until frames flow")
        if self._engine.state in ("ending", "ended", "failed"):
            raise Refused("the run is ending")
        return self._engine

    def _changes(self) -> Retouch:
        self._running()
        if self._retouch is None:
            raise Refused("the run is still loading", "wait until frames flow")
        return self._retouch

    def _pause(self) -> str:
        self._running().pause()
        return "paused: no frame enters until it is resumed"

    def _resume(self) -> str:
        self._running().resume()
        return "frames flow again"

    def _step(self) -> str:
        engine = self._running()
        if not engine.gate.paused:
            raise Refused("a step is taken while the run is paused", "pause first")
        engine.gate.step()
        return "the next frame goes through"

    def _stop(self, now: bool = False) -> str:  # noqa: FBT001, FBT002 - a command's argument
        with self._attaching:
            self._stopped = True
            engine = self._engine
        if engine is None:
            return "ending as soon as it has loaded"
        engine.stop(partial=True)
        if now:
            engine.pipeline.abandon()
        return "ending"

    def _bypass(self, node: str, on: bool) -> str:  # noqa: FBT001 - a command's argument
        self._running().controls.bypass(node, on)
        return f"frames pass {node} by" if on else f"{node} works again"

    def _set(self, setting: str, value: str) -> str:
        return self._changes().set(setting, value)

    def _face(self, file: str) -> str:
        return self._changes().face(file)

    def _reload(self) -> str:
        return self._changes().reload()

    def _save_settings(self) -> str:
        return self._changes().save()

    def _step_quality(self, by: int) -> str:
        if by not in (-1, 1):
            raise Refused(f"step_quality: by is 1 or -1, not {by}")
        self._running().housekeeper.walk(by)
        return "a step up the ladder of quality" if by > 0 else "a step down the ladder of quality"

    def _picture(self, file: str = "") -> str:
        return save_picture(self._running(), file, self._save)

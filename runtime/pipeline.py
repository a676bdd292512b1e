"""The stages of one plan, joined and running. The engine replaces the whole pipeline when the plan changes."""

from __future__ import annotations

import time
from collections.abc import Callable

from runtime.crew import Crew
from runtime.cuts import stages_before
from runtime.graph import Graph
from runtime.plan import Plan
from runtime.stage import Stage
from runtime.tokens import Token


class Pipeline:
    """Stages built from a plan.

    Args:
        graph: what the plan was made for.
        plan: which nodes share a thread.
        crew: the nodes' instances.
        first_seq: number of the first frame that will enter.
        done: told of each frame that has passed one of the last stages.
        crashed: told of what should never be raised.
    """

    def __init__(
        self, graph: Graph, plan: Plan, crew: Crew, *, first_seq: int, done: Callable[[Token], None],
        crashed: Callable[[BaseException], None],
    ) -> None:  # fmt: skip
        self.plan = plan
        self.stage_of = {name: index for index, stage in enumerate(plan.stages) for name in stage}
        before = stages_before(graph, plan.stages)
        self.stages = []
        for names, upstream in zip(plan.stages, before, strict=True):
            chains = crew.chains(names, serial=plan.serial)
            batch = max(plan.batches.get(name, 1) for name in names)
            self.stages.append(
                Stage(
                    "+".join(names),
                    chains,
                    upstream=len(upstream),
                    first_seq=first_seq,
                    done=done,
                    crashed=crashed,
                    batch=batch,
                    fills=graph.mode == "file",
                )
            )
        for stage, upstream in zip(self.stages, before, strict=True):
            for index in upstream:
                self.stages[index].downstream.append(stage)
        self._entries = [stage for stage, upstream in zip(self.stages, before, strict=True) if not upstream]
        self.ends = sum(not stage.downstream for stage in self.stages)

    def start(self) -> None:
        """Starts all threads; if one cannot start, ends the others and raises `RuntimeError`."""
        try:
            for stage in self.stages:
                stage.start()
        except BaseException:
            self.stop(1)
            raise

    def enter(self, token: Token) -> None:
        """Hands a frame to the first stages."""
        for stage in self._entries:
            stage.deliver(token)

    def ends_at(self, seq: int) -> None:
        """Tells every stage the number of the last frame."""
        for stage in self.stages:
            stage.ends_at(seq)

    def abandon(self) -> None:
        """Lets the frames in flight pass without further work."""
        for stage in self.stages:
            stage.abandoned = True

    def scale_batches(self, share: float) -> None:
        """Lets live nodes take only a share of their largest batches at once, 1 of the least; 1.0 is all."""
        for stage, names in zip(self.stages, self.plan.stages, strict=True):
            most = max(self.plan.batches.get(name, 1) for name in names)
            stage.batch = max(1, int(most * share))

    def stop(self, timeout: float) -> list[str]:
        """Ends all threads; returns the names of nodes that hang for more than `timeout` seconds."""
        deadline = time.monotonic() + timeout
        for stage in self.stages:
            stage.stop()
        return [name for stage in self.stages for name in stage.join(deadline)]

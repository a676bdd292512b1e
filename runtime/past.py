"""What nodes and stages counted that a change of the graph or of the plan has ended: a run's sums go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from runtime.crew import Crew
from runtime.pipeline import Pipeline


class Past:
    """Sums of what is gone. Written by the engine's thread, under the lock that guards the change.

    Attributes:
        errors: of nodes that are gone.
        counters: what these counted themselves.
        waiting, blocked: ns, by node, of the stages in which nodes that go on have been before.
    """

    def __init__(self) -> None:
        self.errors = 0
        self.counters: Counter[str] = Counter()
        self.waiting: Counter[str] = Counter()
        self.blocked: Counter[str] = Counter()

    def take_stages(self, pipeline: Pipeline) -> None:
        """The threads of a pipeline have ended."""
        for name, index in pipeline.stage_of.items():
            meters = pipeline.stages[index].meters
            self.waiting[name] += sum(meter.waited() for meter in meters)
            self.blocked[name] += sum(meter.blocked for meter in meters)

    def take_nodes(self, crew: Crew, kept: Collection[str]) -> None:
        """The nodes of a crew are leaving, but for those that are kept."""
        for name in crew.workers.keys() - set(kept):
            self.errors += sum(invocation.meter.errors for invocation in crew.invocations(name))
            self.counters.update(crew.counters(name))
            self.waiting.pop(name, None)
            self.blocked.pop(name, None)

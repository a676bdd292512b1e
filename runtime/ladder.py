"""The ladder: prepared steps by which a graph takes less work, the least visible ones first, the frame rate last."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from runtime.graph import Graph, GraphNode
from runtime.rung import FPS, Place, Rung
from runtime.settings import HARMS, Eases

CAPS = (0.8, 2 / 3, 0.5)
"""Rates at the end of the ladder, as shares of the one that is aimed at."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs in the order in which they are taken, and the values that settings have on none of them.

    Which ones are taken is a collection of their indices: those that cannot help are passed over.
    """

    rungs: tuple[Rung, ...]
    base: Mapping[Place, Any]

    def settings(self, taken: Collection[int]) -> Mapping[Place, Any]:
        """Returns the value of each setting of the ladder with these rungs taken."""
        steps = {self.rungs[index].place: self.rungs[index].value for index in sorted(taken)}
        return {place: steps.get(place, value) for place, value in self.base.items()}

    def cap(self, taken: Collection[int]) -> float | None:
        """Returns the frame rate that the lowest of the rungs allows, or None where none of them limits it."""
        caps = [float(self.rungs[index].value) for index in taken if self.rungs[index].is_cap]
        return min(caps, default=None)

    def before(self, index: int, taken: Collection[int]) -> Any:
        """Returns the value that a rung replaces, or None for the first limit of the rate."""
        place = self.rungs[index].place
        above = [other for other in taken if other < index and self.rungs[other].place == place]
        return self.rungs[max(above)].value if above else self.base.get(place)


def ladder_of(graph: Graph, target_fps: float) -> Ladder:
    """Returns the ladder of a graph: its own, or one made from what its node types say of their settings.

    Args:
        graph: what runs.
        target_fps: the rate that is aimed at; rungs that do not lower it are left out.
    """
    rungs = graph.ladder if graph.ladder is not None else (*_eased(graph), *_caps(target_fps))
    useful = tuple(rung for rung in rungs if not rung.is_cap or float(rung.value) < target_fps)
    base = {rung.place: getattr(graph.node(rung.node).live, rung.setting) for rung in useful if rung.node}
    return Ladder(useful, MappingProxyType(base))


def _eased(graph: Graph) -> Sequence[Rung]:
    found = [(HARMS.index(harm), step, rung) for node in graph.nodes for harm, step, rung in _of_node(node)]
    return [rung for _, _, rung in sorted(found, key=lambda entry: entry[:2])]


def _of_node(node: GraphNode) -> Iterator[tuple[str, int, Rung]]:
    """Yields the steps of a node's settings: how much they are seen, how many come before, and what they do."""
    for name, field in type(node.live).model_fields.items():
        for eases in (mark for mark in field.metadata if isinstance(mark, Eases)):
            if any(getattr(node.fixed, setting) != value for setting, value in eases.only.items()):
                continue
            for step, value in enumerate(eases.below(getattr(node.live, name))):
                yield eases.harm, step, Rung(node.name, name, value)


def _caps(target_fps: float) -> list[Rung]:
    return [Rung(None, FPS, round(share * target_fps)) for share in CAPS]

"""Plans of graphs whose networks are not here: what is measured in their place, and what their cards say of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runtime.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runtime.costs import Cost, Costs, Times
    from runtime.graph import Graph
    from runtime.overrides import Override


@dataclass(frozen=True, slots=True)
class Absent:
    """A network that a node names and that cannot run here.

    Attributes:
        node, setting: which name it.
        network: its name.
        lacking: what is not here, of it and of those that it needs.
        stand_in: the setting's default, with which the node is measured; None: nothing.
        gflop: operations of one run as its card tells, 10^9; None: it does not.
    """

    node: str
    setting: str
    network: str
    lacking: Sequence[str]
    stand_in: str | None
    gflop: float | None

    @property
    def is_here(self) -> bool:
        """Whether its own file is here, so that it can be measured, though not what it needs."""
        return self.network not in self.lacking

    @property
    def override(self) -> Override:
        """The value with which the graph can be run."""
        from runtime.overrides import Override

        return Override(f"{self.node}.{self.setting}", self.stand_in)

    @property
    def reason(self) -> str:
        """What to tell of the plan."""
        run = "its run is measured" if self.is_here else f"estimated from its card, {self.gflop:g} GFLOP"
        return (
            f"{self.network}: {', '.join(self.lacking)} not here: {run}, once a frame; "
            f"what else {self.node} does is measured with {self.setting}: {self.stand_in or 'null'}"
        )


def absent_networks(graph: Graph, lacking: Callable[[str], Sequence[str]]) -> list[Absent]:
    """Returns the networks of a graph that cannot run here; raises `ConfigurationError` where one cannot be planned."""
    from models.cards import load_card
    from runtime.settings import named_models

    found = []
    for node in graph.nodes:
        for setting, name in named_models(node.fixed):
            if missing := lacking(name):
                default = type(node.fixed).model_fields[setting].default
                one = Absent(node.name, setting, name, missing, default, load_card(name).gflop)
                _check(one, lacking)
                found.append(one)
    return found


def _check(one: Absent, lacking: Callable[[str], Sequence[str]]) -> None:
    """Raises `ConfigurationError` where there is nothing to plan from."""
    known = one.is_here or one.gflop is not None
    can_run = one.stand_in is None or (isinstance(one.stand_in, str) and not lacking(one.stand_in))
    if not known or not can_run:
        why = "its card does not tell what it computes" if can_run else f"nothing can stand in for it in {one.node}"
        raise ConfigurationError(
            f"{one.node}.{one.setting}: {', '.join(one.lacking)} not here, and {why}; dlc.py check tells how to get it"
        )


def with_absent(costs: Costs, absent: Sequence[Absent], times: Times) -> Costs:
    """Returns costs that were measured with stand-ins, with what the networks would take on this processor."""
    nodes = dict(costs.nodes)
    for one in absent:
        time = times.time(one.network, "cpu", 1)
        if time is not None:
            nodes[one.node] = _with_network(nodes[one.node], one.network, time.ms)
    lacking = {network for one in absent for network in one.lacking}
    more_bytes = sum(times.size(network) or 0 for network in lacking)
    return replace(costs, nodes=nodes, base_bytes=costs.base_bytes + more_bytes)


def _with_network(cost: Cost, network: str, ms: float) -> Cost:
    """Returns a node's cost with one network in place of those that it was measured with."""
    more = ms - sum(cost.networks.values())
    return replace(cost.moved(cost.wall_ms + more, cost.cpu_ms + more), networks={network: ms})

"""What networks need of a device's memory: their weights, and as much again to work in for each frame at once.

That is a rule of thumb: providers tell what they take only once a session runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.costs import Costs, Times
from runtime.graph import Graph


@dataclass(frozen=True, slots=True)
class DeviceMemory:
    """What fits where.

    Attributes:
        graph: whose networks are placed.
        costs: tell which networks each node runs.
        times: know how large they are.
        limits: bytes by device; one that is not named has no limit.
    """

    graph: Graph
    costs: Costs
    times: Times
    limits: Mapping[str, int]

    def fits(self, devices: Mapping[str, str]) -> bool:
        """Returns whether the networks of nodes on these devices fit, one frame at a time."""
        return all(self._need(devices, device, {}) <= limit for device, limit in self.limits.items())

    def batches(self, devices: Mapping[str, str]) -> dict[str, int]:
        """Returns, for nodes whose batch is too large for their device, what fits; the largest gives way first."""
        batches = {name: self.graph.node(name).batch for name in devices}
        for device, limit in self.limits.items():
            while self._need(devices, device, batches) > limit:
                largest = max((name for name in devices if devices[name] == device), key=lambda name: batches[name])
                if batches[largest] == 1:
                    break
                batches[largest] -= 1
        return {name: batch for name, batch in batches.items() if batch < self.graph.node(name).batch}

    def reasons(self, nodes: list[str]) -> tuple[str, ...]:
        """Returns why not all of these nodes can be on a device, for each device where that is so."""
        return tuple(
            f"{device} has {limit / 1e9:.1f} GB of memory, too little for all networks of {', '.join(nodes)}: "
            f"about {need / 1e9:.1f} GB"
            for device, limit in self.limits.items()
            if (need := self._need(dict.fromkeys(nodes, device), device, {})) > limit
        )

    def _need(self, devices: Mapping[str, str], device: str, batches: Mapping[str, int]) -> int:
        """Returns what networks need on a device; nodes that run the same one share its session."""
        needs: dict[str, int] = {}
        for name in (name for name, place in devices.items() if place == device):
            for network in self.costs.nodes[name].networks:
                need = (1 + batches.get(name, 1)) * (self.times.size(network) or 0)
                needs[network] = max(need, needs.get(network, 0))
        return sum(needs.values())

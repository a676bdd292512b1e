"""Where each node's networks run. A rule decides for what the graph leaves open; nothing is opened here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from runtime.graph import Graph
from runtime.keys import may_run_networks
from runtime.schema import AUTO

PREFERRED = ("cuda:0", "coreml:ane")
"""Devices that are taken where they are, best first. CoreML left to itself may take eight times as long as with CPU and
neural engine alone (78 ms against 657 ms in one published case)."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The devices of a graph's nodes.

    Attributes:
        devices: of each node that may run networks.
        reasons: why, one sentence each.
    """

    devices: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()

    @property
    def elsewhere(self) -> Mapping[str, str]:
        """The nodes whose networks do not run on the processor, and where they do."""
        return {name: device for name, device in self.devices.items() if not device.endswith("cpu")}


def place_by_rule(graph: Graph, here: Collection[str]) -> Placement:
    """Returns what the graph says, and for what it leaves open the best device of those that are here."""
    best = next((device for device in PREFERRED if device in here), "cpu")
    devices = {}
    for node in graph.nodes:
        if may_run_networks(node.spec):
            wanted = node.device or graph.device
            devices[node.name] = best if wanted == AUTO else wanted
    pinned = [f"{node.name} on {node.device}" for node in graph.nodes if node.device not in (None, AUTO)]
    rest = f"networks on {best}" if graph.device == AUTO else f"networks on {graph.device}, as the graph says"
    return Placement(devices, (", ".join([rest, *pinned]),))

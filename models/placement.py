"""Says what really runs a session: the provider, its partitions, and the operators left to the CPU."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import onnxruntime as ort

from runtime.errors import ModelError

RECORD = "session.record_ep_graph_assignment_info"
"""The session's setting that has ONNX Runtime note which provider takes which nodes (1.24 and newer)."""

CPU_PROVIDER = "CPUExecutionProvider"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the nodes of a session run.

    Attributes:
        provider: the provider that was wanted, and that runs at least a part.
        partitions: how many pieces the provider runs: one for each node, where it has kernels as CUDA has; None where
            ONNX Runtime does not say.
        nodes: nodes in these pieces.
        on_cpu: operators left to the CPU, with their counts; empty where `provider` is the CPU's.
    """

    provider: str
    partitions: int | None = None
    nodes: int = 0
    on_cpu: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        short = self.provider.removesuffix("ExecutionProvider")
        if self.partitions is None:
            return short
        rest = ", ".join(f"{count} {operator}" for operator, count in self.on_cpu.most_common())
        parts = f"in {self.partitions} partitions"
        if self.partitions in (1, self.nodes):
            parts = "in 1 partition" if self.partitions == 1 else "one by one"
        return f"{short}: {self.nodes} nodes {parts}; on the CPU: {rest or 'none'}"


def placement_of(session: ort.InferenceSession, provider: str) -> Placement:
    """Returns where a session's nodes run.

    Raises:
        ModelError: not the wanted provider. ONNX Runtime falls back to the CPU with no more than a line in its log
            where a provider cannot start (a GPU that is not there, a library that is missing), and keeps a provider
            in its list that takes not one node.
    """
    if provider not in session.get_providers():
        raise ModelError(f"{provider} did not start (its reason is on standard error): the CPU would run all")
    if provider == CPU_PROVIDER or not hasattr(session, "get_provider_graph_assignment_info"):
        return Placement(provider)
    pieces = session.get_provider_graph_assignment_info()
    ours = [piece for piece in pieces if piece.ep_name == provider]
    if not ours:
        raise ModelError(f"{provider} takes none of the {len(pieces)} nodes: the CPU would run all")
    others = Counter(node.op_type for piece in pieces if piece.ep_name != provider for node in piece.get_nodes())
    return Placement(provider, len(ours), sum(len(piece.get_nodes()) for piece in ours), others)

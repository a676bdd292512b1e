"""The flags of `run` and `swap` that say where and how networks run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from runtime.errors import ConfigurationError

if TYPE_CHECKING:
    from runtime.graph import Graph
    from runtime.overrides import Override

Providers = Annotated[
    str | None,
    typer.Option(
        "--execution-provider", metavar="NAME[,NAME]", help="The graph's device: the first of these that is here."
    ),
]

Profile = Annotated[
    str | None, typer.Option("--profile", help="Plan for this machine: auto, cpu, cuda, m3-pro ...; the graph's key.")
]
Batch = Annotated[int | None, typer.Option("--batch-size", min=1, help="Frames that nodes which can take at once.")]
Memory = Annotated[str | None, typer.Option("--max-memory", help='Ceiling for pictures in flight, as "512 MiB".')]
InferenceThreads = Annotated[
    int,
    typer.Option("--execution-threads", min=0, max=64, help="Of ONNX Runtime for a network; 0: as planned."),
]

_SUFFIX = "executionprovider"
"""What ONNX Runtime's own names of providers end with."""


def key_overrides(profile: str | None, provider: str | None, memory: str | None) -> list[Override]:
    """Returns what flags say as values for the graph's keys; raises as `device_override`."""
    from runtime.overrides import Override

    given = (("profile", profile, "--profile"), ("max_memory", memory, "--max-memory"))
    keys = [Override(key, _number(value), flag, value) for key, value, flag in given if value is not None]
    return [*keys, *device_override(provider)]


def batch_overrides(graph: Graph, batch: int | None) -> list[Override]:
    """Returns what `--batch-size` says for the nodes that can take several frames at once.

    Raises:
        ConfigurationError: there is none.
    """
    from runtime.overrides import Override

    if batch is None:
        return []
    able = [node.name for node in graph.nodes if node.spec.batched]
    if not able:
        raise ConfigurationError(
            f"--batch-size {batch}: no node of {graph.name} takes several frames at once; "
            "networks take all faces of a frame together by themselves"
        )
    return [Override(f"{name}.batch", batch, "--batch-size", str(batch)) for name in able]


def _number(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def device_override(flag: str | None) -> list[Override]:
    """Returns what `--execution-provider` says as a value for the graph's `device`.

    Raises:
        ConfigurationError: a device that does not exist, or none of them is here.
    """
    from models.providers import unfit
    from runtime.overrides import Override

    if flag is None:
        return []
    passed = []
    for name in (part.strip().lower().removesuffix(_SUFFIX) for part in flag.split(",")):
        fault = None if name == "auto" else unfit(name)
        if fault is None:
            if passed:
                print(f"--execution-provider {flag}: {'; '.join(passed)}; {name} is taken", file=sys.stderr)
            return [Override("device", name, "--execution-provider", flag)]
        if not fault.exists:
            raise ConfigurationError(f"--execution-provider {flag}: {fault.message}; {fault.help}")
        passed.append(fault.message)
        remedy = fault.help
    raise ConfigurationError(f"--execution-provider {flag}: {'; '.join(passed)}; {remedy}")

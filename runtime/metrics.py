"""The file that `--metrics` writes: a run's snapshot, the machine, and the versions. Its schema is versioned.

`docs/metrics.md` describes it for readers; `Metrics.model_json_schema()` describes it for programs.
"""

from __future__ import annotations

import platform
import time
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from runtime.cpuinfo import usable_cores
from runtime.graph import Graph
from runtime.process import peak_rss_mb
from runtime.stats import Percentiles, Snapshot
from runtime.version import VERSION
from runtime.whole_file import write_whole

SCHEMA_VERSION: Literal[1] = 1

_PACKAGES = ("av", "numpy", "onnxruntime", "opencv-python", "pydantic")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Spread(_Part):
    """Percentiles over the latest 1024 samples, in ms."""

    p50: float
    p95: float
    p99: float
    max: float


class Timing(Spread):
    """A node's wall time for one frame."""

    mean: float


class RunMetrics(_Part):
    """The run as a whole."""

    frames_presented: int = Field(description="admitted frames that a sink took")
    frames_admitted: int = Field(description="frames that passed the gate")
    drops: int = Field(description="frames that a newer one replaced at the gate")
    paced: int = Field(description="frames that were left out at the gate to hold a rate below the source's")
    skipped: int = Field(
        description="admitted frames that no sink took because a node raised, or the run was broken off"
    )
    withheld: int = Field(description="admitted frames that a live sink refused: a face in them was not cleared")
    held: int = Field(description="frames for which a guard showed an earlier picture")
    blurred: int = Field(description="frames that a guard blurred")
    errors: int = Field(description="times that a node raised")
    credits: int = Field(description="most frames in flight")
    wall_s: float = Field(description="from the first frame offered to the end")
    fps: float = Field(description="presented frames a second over wall_s")
    cpu_s: float = Field(description="processor time of the process, start-up included")
    peak_rss_mb: float | None = Field(description="most memory that the process held; null on Windows")
    age_ms: Spread = Field(description="capture to present")


class NodeMetrics(_Part):
    """One node, summed over its workers."""

    type: str
    stage: str = Field(description="nodes that share its thread, joined by +")
    workers: int
    calls: int = Field(description="frames on which it ran")
    errors: int
    skipped: int = Field(description="frames that it never saw because upstream had skipped them")
    device: str = Field(description="where its networks run")
    networks: dict[str, str] = Field(description="what really runs each of its networks")
    ms: Timing = Field(description="wall time of a call")
    cpu_ms_mean: float = Field(description="processor time of the calling thread in a call")
    waiting_s: float = Field(description="its stage waited for input")
    working_s: float = Field(description="it ran")
    blocked_s: float = Field(description="sources: waited for a credit; stages with workers: waited for their turn")
    counters: dict[str, int] = Field(description="what the node itself counts")


class ChangeMetrics(_Part):
    """One change that the controller made."""

    at_s: float = Field(description="since frames flow")
    step: int = Field(description="rungs that were taken then")
    reason: str = Field(description="in a sentence")


class AdaptationMetrics(_Part):
    """How a live graph was held to its rate and latency."""

    step: int = Field(description="rungs of the ladder that are taken at the end")
    steps: int = Field(description="rungs that there are")
    eased: dict[str, Any] = Field(description="settings with their values, for the rungs that are taken")
    aim_fps: float = Field(description="the rate that is to be held at the end")
    budget_ms: float | None = Field(description="capture to present (p95) that is to be held")
    cap_fps: float | None = Field(description="most frames a second that may enter, or null")
    limit: str = Field(description="what there is too little of")
    reason: str = Field(description="of the last change, or why there is none though one is needed")
    changes: int = Field(description="how many there were")
    history: list[ChangeMetrics] = Field(description="the latest 64")


class ReadingMetrics(_Part):
    """How the machine was at one moment."""

    at_s: float = Field(description="since frames flow")
    thermal: str = Field(description="nominal, fair, serious or critical")
    power: str = Field(description="mains, battery or unknown")
    memory: str = Field(description="normal, warn or critical")
    load: float | None = Field(description="share of all cores that were busy")
    memory_free_bytes: int | None = Field(description="what the process could still have")
    gpu: dict[str, float | int | None] | None = Field(description="the first NVIDIA GPU")


class Metrics(_Part):
    """A metrics file."""

    schema_version: Literal[1] = SCHEMA_VERSION
    graph: dict[str, str]
    run: RunMetrics
    nodes: dict[str, NodeMetrics]
    adaptation: AdaptationMetrics | None = Field(description="null where nothing adapts")
    monitored: list[ReadingMetrics] = Field(description="one each 5 s with --enable-monitoring, the latest 720")
    machine: dict[str, str | int]
    versions: dict[str, str]


def collect(snapshot: Snapshot, graph: Graph) -> Metrics:
    """Returns the metrics of a run."""
    run = asdict(snapshot.run)
    fields = RunMetrics.model_fields.keys() & run.keys() - {"age_ms"}
    return Metrics(
        graph={"name": graph.name, "mode": graph.mode, "file": str(graph.file or "")},
        run=RunMetrics(
            **{name: run[name] for name in fields},
            cpu_s=time.process_time(),
            peak_rss_mb=peak_rss_mb(),
            age_ms=Spread(**_spread(snapshot.run.age_ms)),
        ),
        nodes={
            name: NodeMetrics(**{**asdict(node), "ms": Timing(**_spread(node.ms), mean=node.ms.mean)})
            for name, node in snapshot.nodes.items()
        },
        adaptation=None if snapshot.adaptation is None else AdaptationMetrics(**asdict(snapshot.adaptation)),
        monitored=[ReadingMetrics(at_s=one.at_s, **asdict(one.vitals)) for one in snapshot.monitored],
        machine=_machine(),
        versions=_versions(),
    )


def write(metrics: Metrics, file: Path) -> None:
    """Writes a metrics file beside its place and renames it."""
    write_whole(file, metrics.model_dump_json(indent=2) + "\n")


def _spread(percentiles: Percentiles) -> dict[str, float]:
    return {"p50": percentiles.p50, "p95": percentiles.p95, "p99": percentiles.p99, "max": percentiles.max}


def _machine() -> dict[str, str | int]:
    return {
        "system": platform.system(),
        "release": platform.release(),
        "processor": platform.machine(),
        "cores": usable_cores(),
        "written_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _versions() -> dict[str, str]:
    found: dict[str, Any] = {"python": platform.python_version(), "dlc": VERSION}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found

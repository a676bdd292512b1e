"""What a run may be told beside its graph."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from runtime.cpuinfo import usable_cores
from runtime.node import Mode
from runtime.placing import Placement
from runtime.plan import Machine, Plan
from runtime.threads import Threads
from runtime.vitals import NoSigns, VitalSigns

MEASURED_FRAMES = 12
"""Frames that run on one thread to be timed; the first third only warms up."""

DRAIN_S = 1.0
"""How long frames in flight may take to come out when somebody stops the run or it has failed."""

HANG_S = 5.0
"""How long a thread may take to end before it counts as hung; and the last frames of a live stream, to come out."""


WATCH_S = 0.05
"""How often the engine looks whether a sink wants the end, or somebody stopped the run."""


@dataclass(frozen=True, slots=True)
class Options:
    """Limits and resources of a run.

    Attributes:
        frames: admitted frames after which it ends, or None.
        cores: processor cores to plan for.
        threads: how many threads each library may use.
        placement: where networks run; a node that it does not name runs them where `models` puts them.
        signs: tells how the machine is.
        monitors: whether readings of it are kept for the snapshot, in file mode too.
        measured_frames: frames to time before stages are cut; 0 takes each node for expensive.
        plan: in place of the one that would be made; for comparisons.
        drain_s: how long frames in flight may take to come out when somebody stops the run.
        hang_s: how long a thread may take to end before it counts as hung.
    """

    frames: int | None = None
    cores: int = field(default_factory=usable_cores)
    threads: Threads = field(default_factory=Threads)
    placement: Placement = field(default_factory=Placement)
    signs: VitalSigns = field(default_factory=NoSigns)
    monitors: bool = False
    measured_frames: int = MEASURED_FRAMES
    plan: Plan | None = None
    drain_s: float = DRAIN_S
    hang_s: float = HANG_S

    def machine(self, placement: Placement) -> Machine:
        """Returns what a run with networks at these places is planned for."""
        return Machine(self.cores, self.threads.encode, placement.elsewhere, placement.batches)

    def grace_s(self, mode: Mode, *, stopped: bool) -> float:
        """Returns how long frames in flight may take to come out; a file that nobody stopped has all the time."""
        if stopped:
            return self.drain_s
        return self.hang_s if mode == "live" else math.inf

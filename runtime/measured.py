"""The plan that follows from the frames that have been timed."""

from __future__ import annotations

from runtime.clock import MILLISECOND
from runtime.crew import Crew
from runtime.feed import Feed
from runtime.graph import Graph
from runtime.options import Options
from runtime.plan import Cost, Plan, make_plan


def measured_plan(
    graph: Graph, crew: Crew, feed: Feed, *, target_fps: float, frame_bytes: int, options: Options
) -> Plan:
    """Returns the plan for a graph whose nodes have run a few frames.

    Args:
        graph: what runs.
        crew: its nodes, with their meters.
        feed: its sources.
        target_fps: rate of a live source.
        frame_bytes: buffers that one frame takes while in flight.
        options: cores, and how many of the frames only warmed up.
    """
    cold = options.measured_frames // 3
    lead = next(iter(feed.readers.values()))
    costs = {
        node.name: Cost.measured(crew.invocations(node.name)[0].meter, cold)
        for node in graph.nodes
        if node.spec.role != "source"
    }
    return make_plan(
        graph, costs, target_fps=target_fps, cores=options.cores, frame_bytes=frame_bytes,
        decode_ms=lead.meter.cpu / MILLISECOND / max(1, lead.meter.work.count),
    )  # fmt: skip
